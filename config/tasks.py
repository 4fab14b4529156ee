"""Doors for Celery: the relay of the outbox and its cleaning."""

from __future__ import annotations

from typing import Any

from celery import current_app, shared_task
from django.db import InterfaceError, OperationalError

from config import heartbeat, relay
from crm.actions.publishing import heard
from crm.kit.clock import now


@shared_task(
    name="config.relay_outbox",
    autoretry_for=(OperationalError, InterfaceError),
    default_retry_delay=0.5,
    max_retries=20,
)
def relay_outbox() -> None:
    """Send what the outbox holds."""
    heard()
    at = now()
    heartbeat.note(heartbeat.SCHEDULE, at)
    relay.relay(at=at, send=_send)


@shared_task(name="config.clean_outbox")
def clean_outbox() -> None:
    """Remove events that were sent long ago."""
    relay.clean_outbox(at=now())


def _send(task: str, arguments: dict[str, Any]) -> None:
    current_app.send_task(task, kwargs=arguments)
