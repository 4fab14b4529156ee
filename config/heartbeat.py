"""Signs of life, kept in the cache: each worker's with what it does, and that of the schedule."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache

from crm.kit.clock import now

log = logging.getLogger(__name__)
WORKER, SCHEDULE, WORKERS = "heartbeat.worker", "heartbeat.schedule", "heartbeat.workers"
KEPT_SECONDS = 24 * 3600
FORGOTTEN_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Sign:
    """A worker's newest sign of life: when, which queues it serves, which tasks it was at."""

    at: datetime
    queues: tuple[str, ...]
    doing: tuple[str, ...]


def note(sign: str, at: datetime) -> None:
    """Keep that this part was alive at this instant."""
    cache.set(sign, at.isoformat(), KEPT_SECONDS)


def last(sign: str) -> datetime | None:
    """When this part last gave a sign of life; None if not within a day, or if the cache does not answer."""
    try:
        written = cache.get(sign)
    except Exception as error:  # redis, the file system: whatever keeps the cache
        log.warning("The signs of life cannot be read: %s", error)
        return None
    return datetime.fromisoformat(written) if written else None


def beat(name: str = "", queues: Collection[str] = (), doing: Collection[str] = ()) -> None:
    """The worker's own sign, given by its timer; a broker that is away must not end the worker.

    Two workers that beat in the same instant may lose one sign; the next comes ten seconds later.
    """
    at = now()
    try:
        note(WORKER, at)
        if name:
            told = cache.get(WORKERS) or {}
            told[name] = (at.isoformat(), sorted(queues), sorted(doing))
            cache.set(WORKERS, told, KEPT_SECONDS)
    except Exception as error:  # redis, the file system: whatever keeps the cache
        log.warning("The worker's heartbeat could not be written: %s", error)


def workers() -> dict[str, Sign]:
    """The newest sign of each worker that gave one lately, by name."""
    try:
        told = cache.get(WORKERS) or {}
    except Exception as error:  # redis, the file system: whatever keeps the cache
        log.warning("The signs of life cannot be read: %s", error)
        return {}
    signs = {
        name: Sign(datetime.fromisoformat(at), tuple(queues), tuple(doing))
        for name, (at, queues, doing) in told.items()
    }
    oldest = now() - FORGOTTEN_AFTER
    return {name: sign for name, sign in signs.items() if sign.at > oldest}
