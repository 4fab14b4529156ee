"""Doors for Celery: parse, one call into the rooms, answer."""

from __future__ import annotations

from celery import shared_task

from campaigns.actions import measuring
from crm.kit.clock import now


@shared_task(name="campaigns.measure_goals")
def measure_goals(**event: object) -> None:
    """Bring every goal's points up to now; the event that asked for it, if one did, changes nothing."""
    measuring.measure_goals(as_of=now())
