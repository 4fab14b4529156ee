"""Doors for Celery: parse, one call into the rooms, answer."""

from __future__ import annotations

from celery import shared_task

from crm.kit.clock import now
from crm.kit.processes import this_worker
from segments.actions.recomputing import recompute


@shared_task(name="segments.recompute_segments")
def recompute_segments(cause: str = "schedule", **event: object) -> str:
    """Bring all segments up to now. What events say is not needed: the mirror knows who changed."""
    run = recompute(cause=cause, as_of=now(), worker=this_worker())
    return "another run is at work" if run is None else f"{run.entered} in, {run.left} out"
