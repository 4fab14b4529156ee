"""The way to Redis, where a connection that is closed says so, and where what a killed worker held comes back soon.

Celery closes what it lost before messages are acknowledged or given back through it. Kombu's own channel then fails
with an AttributeError, which nobody takes for a lost connection: the worker ends, and stays half alive for as long as
a task of its is at work.

Kombu gives a message to another worker when it was not acknowledged for as long as the longest task may take, counted
from when it was fetched. Here a worker that lives says so of each message that it holds, so that time can be short.
"""

from __future__ import annotations

from time import time
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis
from redis.exceptions import ConnectionError as Lost


class Held(redis.QoS):  # type: ignore[misc]
    """The messages that a channel fetched and did not acknowledge: its own stay its own while it lives."""

    def restore_visible(self, start: int = 0, num: int | None = 10, interval: int = 10) -> None:
        """Say of its own that they are in work, and give back those of which nobody has said so for long."""
        held: Any = self
        own = {tag: time() for tag in list(held._delivered) if tag not in held._dirty}
        if own:
            with self.channel.conn_or_acquire() as client:
                client.zadd(self.unacked_index_key, own, xx=True)
        super().restore_visible(start=start, num=num, interval=interval)


class Channel(redis.Channel):  # type: ignore[misc]
    """Opens no new connection for a channel whose own was closed."""

    QoS = Held

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
