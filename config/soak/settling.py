"""Waits until the product has nothing left to do and begins nothing more, and then for one more sweep."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from crm.actions.publishing import wake_relay
from crm.models import ContactTouch, Import, OutboxEvent
from segments.models import Run, Segment

WAKE_EVERY = 2.0
Answer = TypeVar("Answer")


def left_to_do() -> dict[str, int]:
    """What is not done yet, by name; empty when all is."""
    found = {
        "events in the outbox": OutboxEvent.objects.filter(sent_at__isnull=True).count(),
        "contacts touched and not judged": ContactTouch.objects.count(),
        "runs at work": Run.objects.filter(state=Run.RUNNING).count(),
        "imports not ended": Import.objects.filter(state__in=(Import.QUEUED, Import.RUNNING)).count(),
        "segments never judged": Segment.objects.filter(
            kind=Segment.DYNAMIC, evaluated_at__isnull=True, problem=""
        ).count(),
    }
    return {name: number for name, number in found.items() if number}


def quiet(patience: float, *, calm: float = 0.0, wake: bool = False) -> dict[str, int]:
    """What is left to do after so many seconds at most; empty once nothing was left to do for `calm` seconds together.

    A task that was sent and has not begun is not seen: hence `calm`. With `wake` the relay is asked to send what waits,
    as the schedule would where there is one.
    """
    began = busy = time.monotonic()
    asked = 0.0
    while True:
        left, at = _asked(left_to_do), time.monotonic()
        if left:
            busy = at
        if (not left and at - busy >= calm) or at - began >= patience:
            return left
        if wake and left and at - asked > WAKE_EVERY:
            wake_relay()
            asked = at
        time.sleep(0.25)


def swept(after: datetime, patience: float) -> Run | None:
    """The first whole sweep as of an instant later than `after`; None where none ends in time."""

    def find() -> Run | None:
        done = Run.objects.filter(state=Run.DONE, kind=Run.SWEEP, as_of__gt=after)
        return done.filter(segments__gt=0).order_by("as_of").first()

    deadline = time.monotonic() + patience
    run = _asked(find)
    while run is None and time.monotonic() < deadline:
        time.sleep(0.25)
        run = _asked(find)
    return run


def newest_sweep() -> Run | None:
    """The last whole sweep that ended well."""
    return _asked(lambda: Run.objects.filter(state=Run.DONE, kind=Run.SWEEP).order_by("-as_of").first())


def _asked(question: Callable[[], Answer]) -> Answer:
    """The answer, asked again while the database is away."""
    while True:
        try:
            return question()
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(0.5)
