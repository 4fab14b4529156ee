"""Writes what happened into the outbox; `config` decides what follows."""

from __future__ import annotations

import logging
from typing import Any

from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError

from crm.models import OutboxEvent

log = logging.getLogger(__name__)
RELAY = "config.relay_outbox"


def publish(name: str, **payload: Any) -> None:
    """Record an event in the current transaction; wake the relay when it commits.

    Must be called inside a transaction, so that the event lives and dies with what it tells of.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"publish({name!r}) outside a transaction")
    OutboxEvent.objects.create(name=name, payload=payload)
    transaction.on_commit(wake_relay)


def wake_relay() -> None:
    """Ask a worker to send what waits. Where the broker is away, the periodic sweep does it later."""
    try:
        current_app.send_task(RELAY, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("The broker cannot be reached, the outbox waits: %s", error)
