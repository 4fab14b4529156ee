"""Brings every segment's members up to an instant: judged in one pass, the difference written in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from crm.actions.publishing import publish
from crm.kit.processes import is_gone
from segments.engine import moments
from segments.mirror import everyone
from segments.models import Membership, MembershipChange, Run, Segment, SegmentSize
from segments.queries.catalogue import Prepared, catalogue, prepare

STUCK_AFTER = timedelta(minutes=5)
AT_ONCE = 2_000
Ids = npt.NDArray[np.int64]


@dataclass
class _Change:
    """Who came into a segment and who left it."""

    segment: Segment
    members: int
    entered: Ids
    left: Ids


def recompute(
    *, cause: str, as_of: datetime, worker: str, segments: Sequence[int] | None = None, rebuild: bool = True
) -> Run | None:
    """Judge the live segments (or those given) as of an instant and write what changed.

    None where another run is at work: the one lock is a row, so two at once do no harm. A run whose process is gone,
    or that gave no sign of life for five minutes, is taken over. A segment whose verdict is newer than `as_of`, or
    whose rule was saved meanwhile, is left as it is; one that cannot be evaluated keeps its members and says why.
    """
    run = _claim(cause, as_of, worker)
    if run is None:
        return None
    try:
        return _carry_out(run, segments, rebuild)
    except Exception as error:
        Run.objects.filter(pk=run.pk, state=Run.RUNNING).update(
            state=Run.FAILED, error=f"{type(error).__name__}: {error}"[:2_000], finished_at=run.started_at
        )
        raise


def _claim(cause: str, as_of: datetime, worker: str) -> Run | None:
    for running in Run.objects.filter(state=Run.RUNNING):
        if is_gone(running.worker) or running.heartbeat_at < as_of - STUCK_AFTER:
            Run.objects.filter(pk=running.pk, state=Run.RUNNING).update(
                state=Run.ABANDONED, error="It gave no sign of life; another worker took over."
            )
    try:
        with transaction.atomic():
            return Run.objects.create(
                as_of=as_of, cause=cause[:40], worker=worker[:80], heartbeat_at=as_of, started_at=as_of
            )
    except IntegrityError:
        return None


def _carry_out(run: Run, wanted: Sequence[int] | None, rebuild: bool) -> Run:
    began = perf_counter()
    live = Segment.objects.live().filter(kind=Segment.DYNAMIC)
    chosen = list(live if wanted is None else live.filter(pk__in=wanted))
    chosen = [s for s in chosen if s.evaluated_at is None or s.evaluated_at <= run.as_of]
    contacts = everyone.now(rebuild=rebuild)
    known = catalogue(contacts)
    prepared = prepare(known, [segment.slug for segment in chosen], as_of=run.as_of)
    if everyone.ensure(prepared.properties()):
        contacts = everyone.now(rebuild=False)
    read = perf_counter()
    members = _members(contacts, prepared, run)
    judged = perf_counter()
    changes = _changes(chosen, members)
    with transaction.atomic():
        written = [change for change in changes if _write(change, run, known.zone)]
        for segment in chosen:
            problem = prepared.problems.get(segment.slug, "")
            if segment.problem != problem:
                Segment.objects.filter(pk=segment.pk, version=segment.version).update(problem=problem[:500])
        run.segments, run.contacts = len(written), len(contacts)
        run.entered = sum(len(change.entered) for change in written)
        run.left = sum(len(change.left) for change in written)
        run.state = Run.DONE
        run.seconds = {
            "read": round(read - began, 3),
            "judge": round(judged - read, 3),
            "write": round(perf_counter() - judged, 3),
        }
        run.finished_at = run.started_at + timedelta(seconds=perf_counter() - began)
        _finish(run)
        moved = [change.segment.pk for change in written if len(change.entered) or len(change.left)]
        if moved:
            publish("MembersChanged", run=run.pk, segments=moved)
    return run


def _finish(run: Run) -> None:
    mine = Run.objects.filter(pk=run.pk, state=Run.RUNNING)
    fields = ("segments", "contacts", "entered", "left", "state", "seconds", "finished_at")
    if not mine.update(**{field: getattr(run, field) for field in fields}):
        raise TakenOver("Another worker took this run over; nothing of it is written.")


class TakenOver(RuntimeError):
    """The run was given up for lost while it was still at work."""


def _members(contacts: everyone.Everyone, prepared: Prepared, run: Run) -> dict[str, Ids]:
    truths, _ = contacts.judge(
        prepared.rules, as_of=moments.to_us(run.as_of), zone=prepared.zone, listed=prepared.listed
    )
    ids = contacts.ids
    return {slug: ids[truth] for slug, truth in truths.items()}


def _changes(chosen: list[Segment], members: dict[str, Ids]) -> list[_Change]:
    changes = []
    for segment in chosen:
        if segment.slug not in members:
            continue
        before = np.fromiter(
            Membership.objects.filter(segment=segment).values_list("contact_id", flat=True), np.int64
        )
        after = members[segment.slug]
        changes.append(_Change(segment, len(after), np.setdiff1d(after, before), np.setdiff1d(before, after)))
    return changes


def _write(change: _Change, run: Run, zone: ZoneInfo) -> bool:
    """Write one segment's difference; False where a newer verdict or rule got in first."""
    segment = change.segment
    fresh = Q(evaluated_at=None) | Q(evaluated_at__lte=run.as_of)
    current = Segment.objects.filter(fresh, pk=segment.pk, version=segment.version)
    claimed = current.update(size=change.members, evaluated_at=run.as_of, evaluated_version=segment.version)
    if not claimed:
        return False
    cause = _cause(segment, run)
    Membership.objects.bulk_create(
        [Membership(segment=segment, contact_id=int(key), since=run.as_of) for key in change.entered],
        batch_size=AT_ONCE,
        ignore_conflicts=True,
    )
    for start in range(0, len(change.left), AT_ONCE):
        some = [int(key) for key in change.left[start : start + AT_ONCE]]
        Membership.objects.filter(segment=segment, contact_id__in=some).delete()
    MembershipChange.objects.bulk_create(
        [
            MembershipChange(
                segment=segment,
                contact_id=int(key),
                entered=entered,
                at=run.as_of,
                cause=cause,
                version=segment.version,
                run=run,
            )
            for keys, entered in ((change.entered, True), (change.left, False))
            for key in keys
        ],
        batch_size=AT_ONCE,
    )
    note_size(segment, change.members, len(change.entered), len(change.left), at=run.as_of, zone=zone)
    return True


def _cause(segment: Segment, run: Run) -> str:
    if segment.evaluated_version != segment.version:
        return MembershipChange.RULE
    return MembershipChange.TIME if run.cause == "schedule" else MembershipChange.CHANGE


def note_size(segment: Segment, size: int, entered: int, left: int, *, at: datetime, zone: ZoneInfo) -> None:
    """Keep a segment's size for the day (of the account's zone), and add who came and went."""
    day = at.astimezone(zone).date()
    row, created = SegmentSize.objects.get_or_create(
        segment=segment, on=day, defaults={"size": size, "entered": entered, "left": left}
    )
    if not created:
        SegmentSize.objects.filter(pk=row.pk).update(
            size=size, entered=F("entered") + entered, left=F("left") + left
        )
