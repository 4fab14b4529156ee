"""Brings every segment's members up to an instant: judged in one pass, the difference written in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from time import perf_counter

from segments.actions.membership.rows import Drifted
from segments.actions.running.claiming import Clock, TakenOver, alive, claim, fail
from segments.actions.running.sweeping import Overtaken, Sweep
from segments.models import Run, Segment
from segments.queries.running.stale import stale_segments

__all__ = ["TakenOver", "recompute"]

TRIES = 3
KINDS = {"rule": Run.RULE, "reconcile": Run.RECONCILE}


def recompute(
    *,
    cause: str,
    as_of: datetime | Clock,
    worker: str,
    segments: Sequence[int] | None = None,
    rebuild: bool = True,
) -> Run | None:
    """Judge the live segments (or those given) as of an instant and write what changed.

    `as_of` is an instant, which never replaces a verdict of a later one; or a clock, read once the way is free, so
    that the order of runs counts and no clock that was set back stops them. None where another run is at work: the
    one lock is a row, so two at once do no harm. A segment whose rule was saved meanwhile is left as it is; one that
    cannot be evaluated keeps its members and says why. What the quick judgement or a colleague wrote meanwhile stays.
    """
    clock = as_of if callable(as_of) else lambda: as_of
    run = claim(kind=KINDS.get(cause, Run.SWEEP), lane=Run.EVERYONE, cause=cause, at=clock(), worker=worker)
    if run is None:
        return None
    began = perf_counter()
    try:
        with alive(run, clock):
            if cause == "rule" and segments is None:
                segments = stale_segments()
            return _carry_out(run, clock, segments, ordered=callable(as_of), rebuild=rebuild)
    except BaseException as error:
        fail(run, error, at=run.started_at + timedelta(seconds=perf_counter() - began))
        raise


def _carry_out(run: Run, clock: Clock, wanted: Sequence[int] | None, *, ordered: bool, rebuild: bool) -> Run:
    """A sweep that was overtaken, or that finds the packed members untrue, begins again."""
    began = perf_counter()
    for tries in range(TRIES):
        run.as_of = clock()
        live = Segment.objects.live().filter(kind=Segment.DYNAMIC)
        chosen = list((live if wanted is None else live.filter(pk__in=wanted)).order_by("pk"))
        if not ordered:
            chosen = [one for one in chosen if one.evaluated_at is None or one.evaluated_at <= run.as_of]
        sweep = Sweep(run, chosen, whole=wanted is None, rebuild=rebuild, began=began)
        try:
            return sweep.carry_out()
        except (Overtaken, Drifted) as error:
            run.note += f"{error} Begun again. "
            if isinstance(error, Drifted):
                sweep.distrust()
            if tries == TRIES - 1:
                raise
    raise AssertionError("unreachable")
