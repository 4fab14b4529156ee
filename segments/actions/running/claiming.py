"""Who may run: one run a lane, known by a row; it gives signs of life, and is taken over where they stop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread
from time import monotonic

from django.db import DatabaseError, IntegrityError, connection, transaction

from crm.kit.processes import is_gone
from segments.models import Run

log = logging.getLogger(__name__)
BEAT_SECONDS = 5.0
LONGEST = 3_600.0  # seconds a run gives signs of life at most: one that hangs is taken over
QUICK_KEPT = timedelta(days=3)  # at most some a second
KEPT = timedelta(days=60)
STUCK_AFTER = timedelta(seconds=30)
Clock = Callable[[], datetime]
_at_work: set[str] = set()  # the runs of this process, by the name of their worker


class TakenOver(RuntimeError):
    """The run was given up for lost while it was still at work: nothing of it may be written."""

    def __init__(self) -> None:
        super().__init__("Another worker took this run over; nothing of it is written.")


def claim(*, kind: str, lane: str, cause: str, at: datetime, worker: str) -> Run | None:
    """A new run of this lane; None where another is at work.

    One whose process is gone, or that gave no sign of life for half a minute (or one from a clock that far ahead),
    is taken over and recorded as abandoned.
    """
    clear_lane(lane, at=at, worker=worker)
    if Run.objects.filter(lane=lane, state=Run.RUNNING).exists():
        return None
    try:
        with transaction.atomic():
            return Run.objects.create(
                kind=kind,
                lane=lane,
                as_of=at,
                cause=cause[:40],
                worker=worker[:80],
                heartbeat_at=at,
                started_at=at,
            )
    except IntegrityError:  # another claimed it in this very moment
        return None


def clear_lane(lane: str, *, at: datetime, worker: str) -> None:
    """Record as abandoned whatever no longer works in a lane."""
    for running in Run.objects.filter(lane=lane, state=Run.RUNNING):
        if has_died(running, at=at, worker=worker):
            Run.objects.filter(pk=running.pk, state=Run.RUNNING, heartbeat_at=running.heartbeat_at).update(
                state=Run.ABANDONED,
                finished_at=at,
                error="It gave no sign of life; another worker took over.",
            )


def has_died(running: Run, *, at: datetime, worker: str) -> bool:
    """True if nobody works at a run any more, as far as can be told: then whoever wants its lane takes it over."""
    silent = abs(at - running.heartbeat_at) > STUCK_AFTER
    return silent or is_gone(running.worker) or _given_up(running.worker, worker)


def _given_up(running: str, worker: str) -> bool:
    """True if a run is this very process's, which no longer works at it: it lost its connection, say."""
    process = worker.rpartition(":")[0]
    return bool(process) and running.rpartition(":")[0] == process and running not in _at_work


@contextmanager
def alive(run: Run, clock: Clock) -> Iterator[None]:
    """Give signs of life for the length of the block, from a thread with a connection of its own."""
    over = Event()
    thread = Thread(target=_beat, args=(run.pk, over, clock), daemon=True, name=f"run-{run.pk}")
    _at_work.add(run.worker)
    thread.start()
    try:
        yield
    finally:
        _at_work.discard(run.worker)
        over.set()


def _beat(run: int, over: Event, clock: Clock) -> None:
    ends = monotonic() + LONGEST
    try:
        while not over.wait(BEAT_SECONDS) and monotonic() < ends:
            try:
                _note(run, clock())
            except DatabaseError as error:  # SQLite while the run itself writes; a connection that was lost
                log.info("No sign of life from run %s: %s", run, error)
                connection.close()
    finally:
        connection.close()


def _note(run: int, at: datetime) -> None:
    Run.objects.filter(pk=run, state=Run.RUNNING).update(heartbeat_at=at)


def clean_runs(*, at: datetime) -> int:
    """Remove the records of runs nobody will ask for; how many. The log keeps their numbers."""
    old = Run.objects.exclude(state=Run.RUNNING)
    quick, _ = old.filter(kind=Run.QUICK, started_at__lt=at - QUICK_KEPT).delete()
    others, _ = old.filter(started_at__lt=at - KEPT).delete()
    return quick + others


def finish(run: Run) -> None:
    """Record what came of a run, in the transaction that writes it. Raises `TakenOver`."""
    run.state = Run.DONE
    fields = (
        *("as_of", "state", "segments", "failing", "contacts", "entered", "left", "moved", "seconds"),
        *("patch", "note", "finished_at"),
    )
    mine = Run.objects.filter(pk=run.pk, state=Run.RUNNING)
    if not mine.update(**{field: getattr(run, field) for field in fields}):
        raise TakenOver


def fail(run: Run, error: BaseException, *, at: datetime) -> None:
    """Record that a run failed, unless it was taken over. Never raises: the database itself may be what is away."""
    mine = Run.objects.filter(pk=run.pk, state=Run.RUNNING)
    said = f"{type(error).__name__}: {error}"[:2_000]
    try:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        mine.update(state=Run.FAILED, error=said, finished_at=at, note=run.note)
    except DatabaseError as second:  # the next run takes this one over
        log.warning("Run %s failed (%s) and this could not be recorded: %s", run.pk, error, second)
