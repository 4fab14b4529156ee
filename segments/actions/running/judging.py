"""The quick path: contacts that changed are judged at once, by all segments, and their moves are written."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event, Thread
from time import monotonic, perf_counter, sleep

import numpy as np
import numpy.typing as npt
from django.db import DatabaseError, connection, transaction

from crm.actions.publishing import attend, leave
from crm.models import ContactTouch
from segments.actions.membership.endings import ends
from segments.actions.membership.writing import Move, write_moves
from segments.actions.running.claiming import Clock, TakenOver, alive, claim, clear_lane, fail
from segments.actions.running.failing import note_problems
from segments.actions.running.verdicts import Verdicts, judge_patch
from segments.mirror import everyone, held, patches, roster
from segments.mirror.everyone import Everyone
from segments.mirror.patches import Patch
from segments.models import MembershipChange, MirrorState, Placement, Run, Segment
from segments.queries.membership.placements import ended_since_counted, placed
from segments.queries.running.reasons import Evidence, Reasons, add_reasons

Ids = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
BATCH = 2_000  # touches judged together
LOOKED = 60.0  # seconds for which the types of everyone's columns are taken as they were
LONGEST = 30.0  # seconds one task judges before it lets the next begin
PACE = 0.2  # seconds from batch to batch, so that each has more to do where changes pour in
LOOK = 0.03  # seconds from look to look while nothing waits
TOLD = 0.15  # seconds from sign to sign that somebody attends to changes
CHANGED = "ContactsChanged"
log = logging.getLogger(__name__)


class _Saved(Exception):
    """A segment was saved, made or archived while these were judged: they are judged again."""


class _Gone(Exception):
    """Files of the mirror are gone: nobody can tell what is newer. The sweep makes a new mirror."""


class _Looked:
    """What this process saw last of the mirror's files, and when; and how far it judged what could not be stored."""

    def __init__(self) -> None:
        self.mirror: held.Mirror | None = None
        self.at = 0.0
        self.contacts: Everyone | None = None
        self.unstored = 0

    def after(self) -> int:
        """The touch up to which all are judged, though the mirror could not take them."""
        mirror = held.mirror()
        if self.mirror is not mirror:
            self.mirror, self.contacts, self.unstored = mirror, None, 0
        return self.unstored

    def settled(self) -> Everyone | None:
        """Everyone as the files have them; those of a while ago while newer ones are being opened."""
        self.after()
        if self.contacts is None:
            self.contacts, self.at = everyone.settled(), monotonic()
        elif monotonic() - self.at >= LOOKED:
            self.at = monotonic()
            Thread(target=self._look_again, args=(self.mirror,), daemon=True, name="look-again").start()
        return self.contacts

    def _look_again(self, mirror: held.Mirror | None) -> None:
        try:
            found = everyone.settled()
            if self.mirror is mirror:
                self.contacts = found
        except DatabaseError as error:
            log.info("The mirror could not be looked at again: %s", error)
        finally:
            connection.close()


_looked = _Looked()


@dataclass
class _Batch:
    """Touches that are judged together: the contacts as they were read after them, and why they are judged.

    `ended`: by segment and contact the placements by hand that came to their end since everybody was judged.
    """

    touches: list[int]
    reasons: Reasons
    patch: Patch
    ended: dict[int, dict[int, Placement]] = field(default_factory=dict)


def judge_changed(
    *, clock: Clock, worker: str, most_seconds: float = LONGEST, linger: float = 0.0
) -> Run | None:
    """Judge the contacts that changed, batch by batch, until none waits; None where nothing waits or another does it.

    With `linger` it looks again and again for so many seconds more, so that nobody need wake it for each change.

    Each batch is one transaction: members, log, sizes, event, the patch that the mirror gets, the touches removed. Two
    at once, a repeated call or a worker cut off anywhere change nothing more. Where all contacts were touched at once,
    or there is no mirror yet, it is left to the sweep.
    """
    at = clock()
    if not waits():
        clear_lane(Run.CHANGED, at=at, worker=worker)
        return None
    run = claim(kind=Run.QUICK, lane=Run.CHANGED, cause="change", at=at, worker=worker)
    if run is None:
        return None
    began = perf_counter()
    run.seconds = {"read": 0.0, "judge": 0.0, "write": 0.0}
    try:
        with alive(run, clock):
            _judge_on(run, clock, began + most_seconds, linger)
            run.finished_at = run.started_at + timedelta(seconds=perf_counter() - began)
            _end(run)
    except BaseException as error:
        fail(run, error, at=at + timedelta(seconds=perf_counter() - began))
        raise
    return run


def _judge_on(run: Run, clock: Clock, ends: float, linger: float) -> None:
    """Batch by batch; where it lingers, with pauses, and known to those who publish changes."""
    worked = 0.0
    with _attending() if linger else nullcontext():
        while (begun := perf_counter()) < ends:
            pause = LOOK
            if _judge_batch(run, clock):
                worked, pause = perf_counter(), begun + PACE - perf_counter()
            elif begun - worked >= linger:
                break
            if linger:
                sleep(max(0.0, pause))


@contextmanager
def _attending() -> Iterator[None]:
    """Those who publish changes know of it for the length of the block, also while a batch takes long."""
    over = Event()

    def tell() -> None:
        ends = monotonic() + 2 * LONGEST
        while monotonic() < ends and not over.wait(TOLD):
            attend(CHANGED)

    attend(CHANGED)
    thread = Thread(target=tell, daemon=True, name="attending")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        leave(CHANGED)


def waits() -> bool:
    """True if a changed contact waits to be judged."""
    return bool(_waiting(_looked.after(), 1))


def _waiting(after: int, most: int) -> list[tuple[int, int, str, Evidence]]:
    rows = ContactTouch.objects.filter(contact__isnull=False, pk__gt=after).order_by("pk")
    found = rows.values_list("pk", "contact_id", "cause", "evidence")[:most]
    return [(pk, contact, cause, evidence) for pk, contact, cause, evidence in found if contact is not None]


def _judge_batch(run: Run, clock: Clock) -> bool:
    """Judge what waits longest; False where nothing more can be done."""
    begun = perf_counter()
    contacts = _looked.settled()
    rows = _waiting(_looked.after(), BATCH)
    if contacts is None or not rows:
        return False
    batch = _Batch([pk for pk, *_ in rows], Reasons(), patches.read_changed({row[1] for row in rows}))
    add_reasons(batch.reasons, rows)
    verdicts = judge_patch(contacts, batch.patch, as_of=clock())
    batch.ended = ended_since_counted(verdicts.as_of, verdicts.segments)
    judged = perf_counter()
    try:
        with transaction.atomic():
            _write(run, batch, verdicts)
            spent = {
                "read": judged - begun - verdicts.seconds,
                "judge": verdicts.seconds,
                "write": perf_counter() - judged,
            }
            run.seconds = {phase: round(run.seconds[phase] + spent[phase], 3) for phase in spent}
            run.as_of, run.segments = verdicts.as_of, len(verdicts.truths)
            _progress(run)
    except _Saved:
        return True
    except _Gone:
        return False
    return True


def _write(run: Run, batch: _Batch, verdicts: Verdicts) -> None:
    """Under the lock: leave out whom another covered meanwhile, write the others' moves, register the patch."""
    state = MirrorState.objects.locked()
    touches = _still_waiting(batch)
    newer = patches.covered_since(batch.patch.since, state.patch)
    if newer is None:
        raise _Gone
    left_out = {batch.reasons.contacts[pk] for pk in batch.touches if pk not in touches}
    left_out |= newer | _placed_since(batch, verdicts)
    patch = batch.patch.without([one for one in left_out if one is not None])
    touches = {pk for pk in touches if batch.reasons.contacts[pk] not in left_out}
    rows = Segment.objects.live().select_for_update().filter(kind=Segment.DYNAMIC).order_by("pk")
    current = {row.pk: row for row in rows}
    if {one.pk: one.version for one in verdicts.segments} != {
        row.pk: row.version for row in current.values()
    }:
        raise _Saved
    moves = _moves(batch, patch, verdicts)
    for move in moves:
        move.segment = current[move.segment.pk]
    at, prepared = verdicts.as_of, verdicts.prepared
    moved = write_moves(moves, state=state, run=run, at=at, zone=prepared.zone)
    run.failing = note_problems([current[one.pk] for one in verdicts.segments], prepared.problems, at=at)
    _register(run, state, patch, touches, newest=max(batch.touches))
    state.save()
    run.contacts += len(patch)
    run.entered += sum(entered for entered, _ in moved.values())
    run.left += sum(left for _, left in moved.values())
    for key, (entered, left) in moved.items():
        before = run.moved.get(str(key), [0, 0])
        run.moved[str(key)] = [before[0] + entered, before[1] + left]


def _still_waiting(batch: _Batch) -> set[int]:
    """The touches of the batch that are still there: the others were covered by a sweep that saw them, too."""
    found = ContactTouch.objects.filter(pk__gte=min(batch.touches), pk__lte=max(batch.touches))
    return set(found.values_list("pk", flat=True)) & set(batch.touches)


def _placed_since(batch: _Batch, verdicts: Verdicts) -> set[int]:
    """Those whom a hand placed otherwise since they were judged: what follows from it elsewhere is not known."""
    by_hand = placed(verdicts.as_of, [one.pk for one in verdicts.segments])
    found: set[int] = set()
    living = np.asarray(batch.patch.population.ids, np.int64)
    for segment in verdicts.segments:
        people = by_hand.get(segment.pk)
        if people and segment.slug in verdicts.truths:
            truth = verdicts.truths[segment.slug]
            found |= set(np.intersect1d(living[~truth], people.included).tolist())
            found |= set(np.intersect1d(living[truth], people.excluded).tolist())
    return found


def _moves(batch: _Batch, patch: Patch, verdicts: Verdicts) -> list[Move]:
    """Who of these contacts comes in and who goes, against the rows that there are now."""
    ids = patch.ids
    if not len(ids):
        return []
    keys, members = roster.standing_of(ids.tolist())
    living = np.asarray(batch.patch.population.ids, np.int64)
    moves = []
    for segment in verdicts.segments:
        if segment.slug not in verdicts.truths:
            continue
        inside = members[slice(*np.searchsorted(keys, [segment.pk, segment.pk + 1]))]
        now = np.intersect1d(living[verdicts.truths[segment.slug]], ids)
        entered = np.setdiff1d(now, inside, assume_unique=True)
        left = np.setdiff1d(inside, now, assume_unique=True)
        known = batch.reasons.by_contact | ends(batch.ended.get(segment.pk, {}), entered, left)
        moves.append(Move(segment, entered, left, MembershipChange.CHANGE, known))
    return moves


def _register(run: Run, state: MirrorState, patch: Patch, touches: set[int], *, newest: int) -> None:
    """Store the patch and remove the touches it covers. Where the disk is full they stay, judged all the same."""
    try:
        if len(patch):
            state.patch = patches.store(patch, state.patch + 1)
    except OSError as error:
        _looked.unstored = newest
        said = (
            f"The mirror cannot be written ({error.strerror or error}): the verdicts are, and the changes stay "
            "waiting. Make room or give access there. "
        )
        run.note = said
        return
    _looked.unstored = 0
    ContactTouch.objects.filter(pk__in=touches).delete()


def _progress(run: Run) -> None:
    """Keep what the run did so far, in the transaction that does it. Raises `TakenOver`."""
    fields = ("as_of", "segments", "failing", "contacts", "entered", "left", "moved", "seconds", "note")
    mine = Run.objects.filter(pk=run.pk, state=Run.RUNNING)
    if not mine.update(**{field: getattr(run, field) for field in fields}):
        raise TakenOver


def _end(run: Run) -> None:
    run.state = Run.DONE
    mine = Run.objects.filter(pk=run.pk, state=Run.RUNNING)
    mine.update(state=Run.DONE, finished_at=run.finished_at)
