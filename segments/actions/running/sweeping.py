"""One sweep: everyone is judged without any lock, compared with who was in, and the difference is written under it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from time import perf_counter

import numpy as np
import numpy.typing as npt
from django.db import transaction

from crm.kit import checkpoints
from crm.models import ContactTouch
from segments.actions.membership.endings import ends
from segments.actions.membership.lines import Because
from segments.actions.membership.sizing import note_day
from segments.actions.membership.updating import update_rows
from segments.actions.membership.writing import Move, write_moves
from segments.actions.running.checkpoints import keep_if_due, kept_names
from segments.actions.running.claiming import finish
from segments.actions.running.failing import note_problems
from segments.actions.running.origins import Origins
from segments.engine.judging.apart import judge_apart, needed
from segments.engine.language import moments
from segments.mirror import everyone, patches, roster
from segments.mirror.everyone import Everyone
from segments.models import MembershipChange, MirrorState, Run, Segment
from segments.queries.catalogue import Prepared, Tables, catalogue, prepare
from segments.queries.membership.placements import ended_since_counted, placed
from segments.queries.running.reasons import reasons_of

Ids = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
AT_ONCE = 5_000
ARCHIVED = "While the segment was in the archive, nobody was counted"


class Overtaken(RuntimeError):
    """What was judged is too old to be written."""


class Packed(Tables):
    """Members of segments from the roster, by slug."""

    def __init__(self, members: roster.Roster, keys: dict[str, int]) -> None:
        self._members = members
        self._keys = keys

    def members(self, slug: str) -> Ids:
        return self._members.members(self._keys[slug])

    def since(self, slug: str) -> tuple[Ids, Ids]:
        return self._members.standing(self._keys[slug])


class Sweep:
    """Everyone judged as of the run's instant for the chosen segments; `whole`: those are all there are."""

    def __init__(self, run: Run, chosen: list[Segment], *, whole: bool, rebuild: bool, began: float) -> None:
        self.run = run
        self.chosen = chosen
        self.whole = whole
        self.rebuild = rebuild
        self.seconds: dict[str, float] = {}
        self._began = self._mark = began

    def carry_out(self) -> Run:
        """Judge, compare, write. Raises `Overtaken`, `Drifted`, `TakenOver`: then nothing is written."""
        contacts, prepared = self._read()
        truths = self._judge(contacts, prepared)
        moves = self._compare(contacts, prepared, truths)
        with checkpoints.beside(), transaction.atomic():
            state = MirrorState.objects.locked()
            self._write(state, contacts, moves, prepared)
        roster.clear(keep={state.packed, *kept_names()})
        return self.run

    @staticmethod
    def distrust() -> None:
        """Have the members read anew by the next sweep."""
        with transaction.atomic():
            state = MirrorState.objects.locked()
            state.packed = ""
            state.save(update_fields=["packed"])

    def _read(self) -> tuple[Everyone, Prepared]:
        """The members so far come first, so that whatever is written later is known to be later."""
        state = MirrorState.objects.current()
        keys = dict(Segment.objects.live().values_list("slug", "pk"))
        self.members, loaded = roster.known(state.packed, state.log, keys.values())
        if state.packed and not loaded:
            self.run.note += "The packed members were not there or not whole: the tables were read instead. "
        self._phase("members")
        contacts = everyone.now(rebuild=self.rebuild)
        listing = Packed(self.members, keys)
        slugs = [segment.slug for segment in self.chosen]
        prepared = prepare(catalogue(contacts), slugs, as_of=self.run.as_of, listing=listing)
        if everyone.ensure(prepared.properties(), everyone.held_attributes(prepared.rules)):
            contacts = everyone.now(rebuild=False)
        self.reasons = reasons_of([*contacts.touches, *contacts.live_touches])
        self._phase("read")
        return contacts, prepared

    def _judge(self, contacts: Everyone, prepared: Prepared) -> dict[str, Bools]:
        as_of = moments.to_us(self.run.as_of)
        truths, problems = judge_apart(
            prepared.rules,
            [segment.slug for segment in self.chosen if segment.slug in prepared.rules],
            lambda rules, names: contacts.judge(
                rules, as_of=as_of, zone=prepared.zone, listed=prepared.listed, wanted=names
            )[0],
        )
        prepared.problems.update(problems)
        self._phase("judge")
        return truths

    def _compare(self, contacts: Everyone, prepared: Prepared, truths: dict[str, Bools]) -> list[Move]:
        """Who moves, by segment. Needs no lock: what is written meanwhile is left out under it."""
        found = {
            one.slug: self.members.difference(one.pk, contacts.ids, truths[one.slug])
            for one in self.chosen
            if one.slug in truths
        }
        saved = {one.slug: one.version for one in self.chosen if one.evaluated_version != one.version}
        # Each is in one of the two, and neither has anybody twice.
        moved = {slug: np.sort(np.concatenate(ways)) for slug, ways in found.items()} if saved else {}
        origins = Origins(prepared.rules, saved, moved)
        self.ended = ended_since_counted(self.run.as_of, self.chosen)
        moves = [self._move(one, *found[one.slug], origins) for one in self.chosen if one.slug in found]
        self._phase("compare")
        return moves

    def _move(self, segment: Segment, entered: Ids, left: Ids, origins: Origins) -> Move:
        """Who moves in a segment, with the cause, and what more is known of some of them."""
        move = Move(segment, entered, left, self.reasons.everybody or MembershipChange.TIME)
        if self.run.kind == Run.RECONCILE:
            move.cause = MembershipChange.RECONCILE
        elif segment.slug in origins.saved:
            move.cause = MembershipChange.RULE
        elif segment.evaluated_at is None:
            everybody = np.sort(np.concatenate([entered, left]))
            move.because = [Because(everybody, MembershipChange.CHANGE, {"reason": ARCHIVED})]
        else:
            ended = ends(self.ended.get(segment.pk, {}), entered, left)
            move.because = [one.without(ended) for one in origins.because(segment.slug)]
            move.reasons = self.reasons.by_contact | ended if ended else self.reasons.by_contact
        return move

    def _write(self, state: MirrorState, contacts: Everyone, moves: list[Move], prepared: Prepared) -> None:
        newer = patches.covered_since(contacts.patch, state.patch)
        if newer is None:
            raise Overtaken("The patches that were registered meanwhile are gone.")
        segments, others, ways = roster.moved_since(self.members.log, state.log)
        current = self._current(prepared)
        moves = [move for move in moves if move.segment.pk in current]
        spared = np.unique(
            np.concatenate([np.fromiter(newer, np.int64, len(newer)), others, *self._placed(moves)])
        )
        written = [move.without(spared) for move in moves]
        for move in written:
            move.segment = current[move.segment.pk]
        moved = write_moves(written, state=state, run=self.run, at=self.run.as_of, zone=prepared.zone)
        evaluated = [move.segment for move in written]
        note_day([one for one in evaluated if one.pk not in moved], at=self.run.as_of, zone=prepared.zone)
        for segment in evaluated:
            segment.evaluated_at, segment.evaluated_version = self.run.as_of, segment.version
        rows = [(one.pk, one.evaluated_at, one.evaluated_version) for one in evaluated]
        update_rows(Segment, ("evaluated_at", "evaluated_version"), rows)
        self.run.failing = note_problems(current.values(), prepared.problems, at=self.run.as_of)
        if self.whole:
            self._cover(state, contacts, newer, spared)
        self._phase("write")
        for segment in np.unique(segments).tolist():
            mine = segments == segment
            self.members.apply(segment, others[mine], ways[mine], moments.to_us(self.run.as_of))
        self._pack(state, written)
        state.save()
        self._finish(state, contacts, moved, len(evaluated))

    def _current(self, prepared: Prepared) -> dict[int, Segment]:
        """The chosen segments as they are now, locked; without those saved or archived since they were chosen, and
        without those that read one of these: what they say follows from a rule that counts no more.
        """
        versions = {segment.pk: segment.version for segment in self.chosen}
        rows = Segment.objects.live().select_for_update().filter(pk__in=versions).order_by("pk")
        current = {row.pk: row for row in rows if row.version == versions[row.pk]}
        gone = {one.slug for one in self.chosen if one.pk not in current}
        return {
            key: row
            for key, row in current.items()
            if not gone or not gone & needed(prepared.rules, row.slug).keys()
        }

    def _placed(self, moves: list[Move]) -> Iterator[Ids]:
        """Those whom a hand placed otherwise since they were judged: what follows from it elsewhere is not known."""
        by_hand = placed(self.run.as_of, [move.segment.pk for move in moves])
        for move in moves:
            if people := by_hand.get(move.segment.pk):
                yield np.intersect1d(move.entered, people.excluded, assume_unique=True)
                yield np.intersect1d(move.left, people.included, assume_unique=True)

    def _cover(self, state: MirrorState, contacts: Everyone, newer: frozenset[int], spared: Ids) -> None:
        """Remove the touches whose verdicts are written; those read from the database become a patch first.

        Of the contacts that were left out the touches stay: the quick judgement looks at them again.
        """
        left_out = set(spared.tolist())
        covered = [pk for pk in contacts.touches if self.reasons.contacts.get(pk) not in left_out]
        if contacts.live is not None:
            try:
                state.patch = patches.store(contacts.live.without(newer), state.patch + 1)
                covered += [
                    pk for pk in contacts.live_touches if self.reasons.contacts.get(pk) not in left_out
                ]
            except OSError as error:
                self.run.note += (
                    f"The mirror cannot be written ({error.strerror or error}): the verdicts are, and the "
                    "changes stay waiting. Make room or give access there. "
                )
        for start in range(0, len(covered), AT_ONCE):
            ContactTouch.objects.filter(pk__in=covered[start : start + AT_ONCE]).delete()

    def _pack(self, state: MirrorState, written: list[Move]) -> None:
        """The members as they are with this run, in a file that the state row names when this transaction does."""
        members = self.members
        for move in written:
            at = moments.to_us(move.segment.logged_at or self.run.as_of)
            members.apply(move.segment.pk, move.left, np.zeros(len(move.left), bool), 0)
            members.apply(move.segment.pk, move.entered, np.ones(len(move.entered), bool), at)
        members.log = state.log
        name = secrets.token_hex(12)
        try:
            roster.save(members, name)
            state.packed = name
            keep_if_due(state, at=self.run.as_of)
        except OSError as error:
            state.packed = ""
            self.run.note += (
                f"The packed members cannot be written ({error.strerror or error}): the next sweep reads the "
                "tables. Make room or give access there. "
            )
        self._phase("pack")

    def _finish(
        self, state: MirrorState, contacts: Everyone, moved: dict[int, tuple[int, int]], segments: int
    ) -> None:
        run = self.run
        run.segments, run.contacts, run.patch = segments, len(contacts), contacts.patch
        run.entered = sum(entered for entered, _ in moved.values())
        run.left = sum(left for _, left in moved.values())
        run.moved = {str(key): list(ways) for key, ways in moved.items()}
        run.seconds = self.seconds
        run.finished_at = run.started_at + timedelta(seconds=perf_counter() - self._began)
        newest = max((one.evaluated_at for one in self.chosen if one.evaluated_at), default=run.as_of)
        if newest > run.as_of:
            run.note += (
                f"The clock was set back: members are judged as of {run.as_of:%d %B %Y, %H:%M:%S}, after runs as "
                f"of {newest:%d %B %Y, %H:%M:%S} (UTC); no log goes back in time. "
            )
        finish(run)

    def _phase(self, name: str) -> None:
        now = perf_counter()
        self.seconds[name] = round(self.seconds.get(name, 0.0) + now - self._mark, 3)
        self._mark = now
