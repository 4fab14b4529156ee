"""Writes what happened into the outbox; `config` decides what follows."""

from __future__ import annotations

import logging
from functools import partial
from math import ceil
from time import monotonic, time
from typing import Any

from celery import current_app
from django.core.cache import cache
from django.db import connection, transaction

from crm.models import OutboxEvent

log = logging.getLogger(__name__)
UNHURRIED: set[str] = set()  # events nothing follows from: filled by `config`, which knows
RELAY = "config.relay_outbox"
ASKED = "outbox.asked"  # in the cache while a wake-up waits to be heard
ATTENDED = "outbox.attended."  # and an event's name: in the cache while a worker does again and again what it asks for
ATTENDED_SECONDS = 0.5  # unless it says so again: so long changes wait where that worker is killed
ASKED_SECONDS = 1  # a wake-up that was lost is given up; the next publish asks again
AWAY_SECONDS = 1.0
AGAIN = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
}  # a broker that was restarted takes the second try


def publish(name: str, **payload: Any) -> None:
    """Record an event in the current transaction; wake the relay when it commits.

    Must be called inside a transaction, so that the event lives and dies with what it tells of.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"publish({name!r}) outside a transaction")
    OutboxEvent.objects.create(name=name, payload=payload)
    if name not in UNHURRIED:
        transaction.on_commit(partial(wake_relay, name))


def wake_relay(name: str = "") -> None:
    """Ask a worker to send what waits, unless one was asked and has not begun yet, or attends to this event already.

    Where the broker is away nobody waits for it again for a second: the periodic sweep sends what waits.
    """
    if monotonic() < _broker.away_until:
        return
    try:
        if name and _is_attended(name):
            return
        if cache.add(ASKED, 1, ASKED_SECONDS):
            _ask()
    except Exception as error:  # of the broker or the cache, whatever keeps them: the event is kept
        _broker.away_until = monotonic() + AWAY_SECONDS
        log.warning("The broker cannot be reached, the outbox waits: %s", error)


def _ask() -> None:
    try:
        current_app.send_task(RELAY, retry=True, retry_policy=AGAIN)
    except Exception:
        cache.delete(ASKED)  # nobody was asked: who comes next asks
        raise


def heard() -> None:
    """Called by the relay before it looks: whatever is published from now on asks anew."""
    try:
        cache.delete(ASKED)
    except Exception as error:  # the mark goes by itself after some seconds
        log.warning("The cache cannot be reached: %s", error)


def attend(name: str) -> None:
    """Say that this worker looks by itself, soon and again and again, for what an event asks for.

    Who publishes it need not wake anybody for half a second then. Whoever stops says so (`leave`) before the last look.
    """
    try:
        cache.set(ATTENDED + name, time() + ATTENDED_SECONDS, ceil(ATTENDED_SECONDS))
    except Exception as error:  # then everybody wakes the relay
        log.warning("The cache cannot be reached: %s", error)


def _is_attended(name: str) -> bool:
    """True if somebody said so less than half a second ago: caches forget at whole seconds only."""
    until = cache.get(ATTENDED + name)
    return until is not None and 0 <= until - time() <= ATTENDED_SECONDS


def leave(name: str) -> None:
    """Attend to an event no longer."""
    try:
        cache.delete(ATTENDED + name)
    except Exception as error:  # the mark goes by itself after some seconds
        log.warning("The cache cannot be reached: %s", error)


class _Broker:
    """Until when (of the monotonic clock) this process takes the broker for away."""

    away_until = 0.0


_broker = _Broker()
