"""Signs of life, kept in the cache: the worker's, and that of the schedule."""

from __future__ import annotations

import logging
from datetime import datetime

from django.core.cache import cache

from crm.kit.clock import now

log = logging.getLogger(__name__)
WORKER, SCHEDULE = "heartbeat.worker", "heartbeat.schedule"
KEPT_SECONDS = 24 * 3600


def note(sign: str, at: datetime) -> None:
    """Keep that this part was alive at this instant."""
    cache.set(sign, at.isoformat(), KEPT_SECONDS)


def last(sign: str) -> datetime | None:
    """When this part last gave a sign of life; None if not within a day."""
    written = cache.get(sign)
    return datetime.fromisoformat(written) if written else None


def beat() -> None:
    """The worker's own sign, given by its timer; a broker that is away must not end the worker."""
    try:
        note(WORKER, now())
    except Exception as error:  # redis, the file system: whatever keeps the cache
        log.warning("The worker's heartbeat could not be written: %s", error)
