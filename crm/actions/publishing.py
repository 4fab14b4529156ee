"""Writes what happened into the outbox; `config` decides what follows."""

from __future__ import annotations

import logging
from time import monotonic
from typing import Any

from celery import current_app
from django.core.cache import cache
from django.db import connection, transaction

from crm.models import OutboxEvent

log = logging.getLogger(__name__)
RELAY = "config.relay_outbox"
ASKED = "outbox.asked"  # in the cache while a wake-up waits to be heard
ASKED_SECONDS = 5  # a wake-up that was lost is given up; the next publish asks again
AWAY_SECONDS = 5.0


def publish(name: str, **payload: Any) -> None:
    """Record an event in the current transaction; wake the relay when it commits.

    Must be called inside a transaction, so that the event lives and dies with what it tells of.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"publish({name!r}) outside a transaction")
    OutboxEvent.objects.create(name=name, payload=payload)
    transaction.on_commit(wake_relay)


def wake_relay() -> None:
    """Ask a worker to send what waits, unless one was asked and has not begun yet.

    Where the broker is away nobody waits for it again for some seconds: the periodic sweep sends what waits.
    """
    if monotonic() < _broker.away_until:
        return
    try:
        if cache.add(ASKED, 1, ASKED_SECONDS):
            current_app.send_task(RELAY, retry=False)
    except Exception as error:  # of the broker or the cache, whatever keeps them: the event is kept
        _broker.away_until = monotonic() + AWAY_SECONDS
        log.warning("The broker cannot be reached, the outbox waits: %s", error)


def heard() -> None:
    """Called by the relay before it looks: whatever is published from now on asks anew."""
    try:
        cache.delete(ASKED)
    except Exception as error:  # the mark goes by itself after some seconds
        log.warning("The cache cannot be reached: %s", error)


class _Broker:
    """Until when (of the monotonic clock) this process takes the broker for away."""

    away_until = 0.0


_broker = _Broker()
