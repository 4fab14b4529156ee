"""What should have been done by now over all segments and was not: its worker died, it failed, nobody sent it."""

from __future__ import annotations

from datetime import datetime, timedelta

from segments.actions.running.claiming import clear_lane, has_died
from segments.actions.running.rebuilding import READING
from segments.actions.running.reconciling import COMPARE
from segments.models import Run
from segments.queries.running.stale import SWEPT_EVERY, waiting_cause

NEVER_SENT = SWEPT_EVERY + timedelta(seconds=5)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=1)  # doubled from failure to failure
LOOKED_BACK = 7


def overdue(at: datetime, *, worker: str) -> str | None:
    """The cause for which a run is to begin at once, so that it need not wait for the next minute; None: for none.

    A comparison or a reading of the mirror whose worker died is recorded as abandoned: nobody else looks at its lane
    before the night.
    """
    for lane in (COMPARE, READING):
        clear_lane(lane, at=at, worker=worker)
    runs = list(Run.objects.filter(lane=Run.EVERYONE).order_by("-pk")[:LOOKED_BACK])
    if not runs:
        return None
    newest = runs[0]
    if newest.state == Run.RUNNING:
        if not has_died(newest, at=at, worker=worker):
            return None
        return "rule" if newest.kind == Run.RULE else "time"
    lost = next((place for place, run in enumerate(runs) if run.state == Run.DONE), len(runs))
    if lost:
        ended = newest.finished_at or newest.started_at
        if abs(at - ended) < min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (lost - 1)):
            return None
        return "rule" if newest.kind == Run.RULE else "time"
    swept = Run.objects.filter(kind=Run.SWEEP, state=Run.DONE).order_by("-pk").first()
    if swept is not None and abs(at - swept.started_at) >= NEVER_SENT:
        return "time"
    return "rule" if waiting_cause(at) == "rule" else None
