"""A connection to the broker that was closed says so: so a worker takes it for lost and connects again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Queue
from kombu.transport import get_transport_cls

from config import embedded, transport


@pytest.mark.parametrize("name", ["redis", "rediss"])
def test_celery_takes_this_way(name: str) -> None:
    assert get_transport_cls(name) is transport.Transport


@pytest.mark.skipif(embedded.server_binary() is None, reason="the embedded broker does not run here")
def test_a_message_of_a_closed_connection_is_given_up_and_no_fault_of_the_program(tmp_path: Path) -> None:
    got: list[Any] = []
    with embedded.running(tmp_path) as url:
        link = Connection(url.replace("unix://", "redis+socket://", 1))
        channel = link.default_channel
        consumer = link.Consumer(
            [Queue("a")], callbacks=[lambda body, message: got.append(message)], channel=channel
        )
        consumer.consume()
        link.Producer(channel=channel).publish("hello", routing_key="a")
        link.drain_events(timeout=5)
        link.close()
        channel._pool = channel._async_pool = None  # as it is where the event loop saw the connection break
        with pytest.raises(link.connection_errors):
            got[0].ack()
