"""Compares mirror and memberships with a full fresh reading and evaluation; reports every difference, and mends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter

import numpy as np
import numpy.typing as npt
from django.db import transaction

from crm.actions.publishing import publish
from crm.models import ContactTouch
from segments.actions.membership.writing import Move, write_moves
from segments.actions.running.claiming import Clock, alive, claim, fail, finish
from segments.actions.running.recomputing import recompute
from segments.actions.running.sweeping import Overtaken
from segments.engine.judging.agreeing import Part
from segments.engine.language import moments
from segments.mirror import everyone, patches, roster, store
from segments.mirror.everyone import Everyone
from segments.mirror.reading import declared_types, read_everyone
from segments.models import MembershipChange, MirrorState, Run, Segment
from segments.queries.catalogue import Prepared, catalogue, prepare
from segments.queries.membership.placements import placed

Ids = npt.NDArray[np.int64]
COMPARE = "compare"  # its lane: sweeps go on meanwhile


@dataclass(frozen=True)
class Drift:
    """Where a segment is not what a fresh evaluation says: who lacks, who is too many, who is judged wrongly."""

    segment: Segment
    missing: Ids
    extra: Ids
    mirrored: Ids
    size: int  # that it tells, less that it has

    def __bool__(self) -> bool:
        return bool(len(self.missing) or len(self.extra) or len(self.mirrored) or self.size)

    def sentence(self) -> str:
        """What is wrong, for the record of the run."""
        said = [
            f"{len(self.missing):,} missing" if len(self.missing) else "",
            f"{len(self.extra):,} too many" if len(self.extra) else "",
            f"{len(self.mirrored):,} judged wrongly by the mirror" if len(self.mirrored) else "",
            f"its size told off by {self.size:+,}" if self.size else "",
        ]
        return f"‘{self.segment.name}’: {', '.join(part for part in said if part)}"


@dataclass
class Reconciled:
    """What a comparison found. `memberships` were compared in `segments` segments; none drifted: all is well."""

    run: Run
    segments: int
    memberships: int
    left_out: int  # contacts that changed while everybody was read
    drifts: list[Drift] = field(default_factory=list)


def reconcile(*, clock: Clock, worker: str) -> Reconciled | None:
    """Read everybody again, judge everything anew, compare and mend. None where another compares, or sweeps just now.

    Compared is as of a sweep made first. Contacts that change while everybody is read are left out: their turn comes
    with the next comparison. Rows that differ are mended in the log with the cause `reconcile`; a mirror that differs
    is written anew.
    """
    run = claim(kind=Run.RECONCILE, lane=COMPARE, cause="reconcile", at=clock(), worker=worker)
    if run is None:
        return None
    began = perf_counter()
    try:
        with alive(run, clock):
            sweep = recompute(cause="schedule", as_of=clock, worker=worker)
            if sweep is None:
                Run.objects.filter(pk=run.pk).delete()
                return None
            found = _compare(run, sweep)
            _mend(found)
            run.seconds = {"compare": round(perf_counter() - began, 3)}
            run.finished_at = run.started_at + timedelta(seconds=perf_counter() - began)
            _tell(found)
    except BaseException as error:
        fail(run, error, at=run.started_at + timedelta(seconds=perf_counter() - began))
        raise
    return found


def _compare(run: Run, sweep: Run) -> Reconciled:
    state = MirrorState.objects.current()
    run.as_of = sweep.as_of
    segments = list(Segment.objects.live().filter(kind=Segment.DYNAMIC, problem="", evaluated_at=sweep.as_of))
    segments = [one for one in segments if one.evaluated_version == one.version]
    mirrored = everyone.now()
    prepared = prepare(catalogue(mirrored), [one.slug for one in segments], as_of=sweep.as_of)
    # A property that came in a patch may be wanted by nobody yet, and a rule reads it.
    names = store.wanted() | prepared.properties()
    fresh = Everyone(
        parts=[Part(read_everyone(names, store.wanted("histories")))],
        built_at=sweep.as_of,
        declared=declared_types(),
    )
    run.contacts = len(fresh)
    truths, shown = (_members(contacts, prepared, sweep) for contacts in (fresh, mirrored))
    rows, _ = roster.known("", MirrorState.objects.current().log, [one.pk for one in segments])
    changed = changed_since(patch=sweep.patch, log=state.log)
    found = Reconciled(run, len(segments), 0, len(changed))
    sizes = dict(Segment.objects.values_list("pk", "size"))
    for segment in segments:
        if segment.slug not in truths:
            continue
        expected, held = truths[segment.slug], rows.members(segment.pk)
        found.memberships += len(held)
        drift = Drift(
            segment,
            missing=_less(expected, held, changed),
            extra=_less(held, expected, changed),
            mirrored=np.union1d(
                _less(expected, shown[segment.slug], changed), _less(shown[segment.slug], expected, changed)
            ),
            size=0 if len(changed) else sizes[segment.pk] - len(held),
        )
        if drift:
            found.drifts.append(drift)
    return found


def changed_since(*, patch: int, log: int) -> Ids:
    """The contacts who changed, or whose memberships did, since a place of mirror and log."""
    state = MirrorState.objects.current()
    touched = ContactTouch.objects.filter(contact__isnull=False).values_list("contact_id", flat=True)
    waiting = np.fromiter(touched.iterator(chunk_size=20_000), np.int64)
    newer = patches.covered_since(patch, state.patch)
    if newer is None:
        raise Overtaken("The patches of the mirror that were registered meanwhile are gone: compare again.")
    _, logged, _ = roster.moved_since(log, state.log)
    return np.unique(np.concatenate([waiting, np.fromiter(newer, np.int64, len(newer)), logged]))


def _members(contacts: Everyone, prepared: Prepared, sweep: Run) -> Mapping[str, Ids]:
    truths, _ = contacts.judge(
        prepared.rules, as_of=moments.to_us(sweep.as_of), zone=prepared.zone, listed=prepared.listed
    )
    return {slug: np.sort(contacts.ids[truth]) for slug, truth in truths.items()}


def _less(some: Ids, others: Ids, changed: Ids) -> Ids:
    return np.setdiff1d(np.setdiff1d(some, others, assume_unique=True), changed, assume_unique=True)


def _mend(found: Reconciled) -> None:
    if any(len(drift.mirrored) for drift in found.drifts):
        everyone.snapshot()
    if not any(len(drift.missing) or len(drift.extra) or drift.size for drift in found.drifts):
        return
    run = found.run
    zone = catalogue().zone
    with transaction.atomic():
        state = MirrorState.objects.locked()
        current = {
            row.pk: row
            for row in Segment.objects.live()
            .select_for_update()
            .filter(pk__in=[drift.segment.pk for drift in found.drifts])
            .order_by("pk")
        }
        rows, _ = roster.known("", state.log, current)
        by_hand = placed(run.as_of, list(current))
        moves = []
        for drift in found.drifts:
            segment = current.get(drift.segment.pk)
            if segment is None or segment.version != drift.segment.version:
                continue
            held = rows.members(segment.pk)
            missing = np.setdiff1d(drift.missing, held, assume_unique=True)
            extra = np.intersect1d(drift.extra, held, assume_unique=True)
            if people := by_hand.get(segment.pk):
                missing = np.setdiff1d(missing, people.excluded, assume_unique=True)
                extra = np.setdiff1d(extra, people.included, assume_unique=True)
            segment.size = len(held)
            segment.save(update_fields=["size"])
            moves.append(Move(segment, missing, extra, MembershipChange.RECONCILE))
        moved = write_moves(moves, state=state, run=run, at=run.as_of, zone=zone)
        state.packed = ""
        state.save()
    run.entered = sum(entered for entered, _ in moved.values())
    run.left = sum(left for _, left in moved.values())
    run.moved = {str(key): list(ways) for key, ways in moved.items()}


def _tell(found: Reconciled) -> None:
    run = found.run
    run.segments = found.segments
    compared = f"{found.memberships:,} memberships of {found.segments:,} segments"
    if found.drifts:
        run.note += f"Differences, now mended: {'; '.join(drift.sentence() for drift in found.drifts[:20])}. "
    else:
        run.note += f"No difference: {compared} are what a full fresh evaluation says. "
    if found.left_out:
        run.note += f"{found.left_out:,} customers changed meanwhile and were left out. "
    with transaction.atomic():
        finish(run)
        if found.drifts:
            publish("DriftFound", run=run.pk, segments=[drift.segment.pk for drift in found.drifts])
