"""A connection to the broker that was closed says so: so a worker takes it for lost and connects again."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from time import sleep
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


@pytest.mark.skipif(embedded.server_binary() is None, reason="the embedded broker does not run here")
def test_what_a_dead_worker_held_comes_back_and_what_a_living_one_holds_does_not(tmp_path: Path) -> None:
    with embedded.running(tmp_path) as url:
        address = url.replace("unix://", "redis+socket://", 1)
        options = {"visibility_timeout": 0.4, "unacked_restore_throttle": 1}
        living, other = (Connection(address, transport_options=options) for _ in range(2))
        got: list[tuple[str, Any]] = []
        for name, link in (("living", living), ("other", other)):
            consumer = link.Consumer(
                [Queue("a")], callbacks=[lambda body, message, name=name: got.append((name, message))]
            )
            consumer.qos(prefetch_count=1)
            consumer.consume()
        living.Producer().publish("long work", routing_key="a")
        living.drain_events(timeout=5)
        for _ in range(4):  # it works for far longer than a silent one is waited for
            sleep(0.2)
            for link in (living, other):
                link.transport.cycle.maybe_restore_messages()
        with suppress(TimeoutError):
            other.drain_events(timeout=0.2)
        assert [name for name, _ in got] == ["living"]

        sleep(0.5)  # and was killed
        other.transport.cycle.maybe_restore_messages()
        other.drain_events(timeout=5)
        assert [name for name, _ in got] == ["living", "other"]
        got[1][1].ack()
        assert not other.default_channel.client.hlen("unacked")
        for link in (living, other):
            link.close()
