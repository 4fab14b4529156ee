"""The way to Redis, where a connection that is closed says so.

Celery closes what it lost before messages are acknowledged or given back through it. Kombu's own channel then fails
with an AttributeError, which nobody takes for a lost connection: the worker ends, and stays half alive for as long as
a task of its is at work.
"""

from __future__ import annotations

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis
from redis.exceptions import ConnectionError as Lost


class Channel(redis.Channel):  # type: ignore[misc]
    """Opens no new connection for a channel whose own was closed."""

    def _connparams(self, asynchronous: bool = False) -> Any:
        if self.connection is None or self.connection.client is None:
            raise Lost("This connection to the broker is closed.")
        return super()._connparams(asynchronous)


class Transport(redis.Transport):  # type: ignore[misc]
    """Redis by such channels."""

    Channel = Channel


def use() -> None:
    """Have Celery take this way wherever an address names a Redis."""
    for name in ("redis", "rediss"):
        TRANSPORT_ALIASES[name] = "config.transport:Transport"
