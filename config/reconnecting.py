"""Workers and a schedule that find a restarted broker within a tenth of a second; Celery waits for two, for four."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from celery.beat import PersistentScheduler
from celery.worker.consumer import Consumer
from celery.worker.state import maybe_shutdown
from kombu import Connection
from kombu.exceptions import OperationalError

# About half a minute of tries; whoever is not back then is waited for at Celery's own pace.
SOON = {"max_retries": 40, "interval_start": 0.1, "interval_step": 0.05, "interval_max": 1.0}


class Quickly(Consumer):  # type: ignore[misc]
    """Takes messages, and connects again at once where the broker went away."""

    def ensure_connected(self, conn: Connection) -> Any:
        with suppress(OperationalError):
            conn.ensure_connection(callback=maybe_shutdown, **SOON)
        return super().ensure_connected(conn)


class Schedule(PersistentScheduler):  # type: ignore[misc]
    """Sends periodic tasks, and connects again at once where the broker went away."""

    def _ensure_connected(self) -> Any:
        with suppress(OperationalError):
            self.connection.ensure_connection(**SOON)
        return super()._ensure_connected()
