"""A broker that was restarted is found at once; one that stays away is waited for as Celery does."""

from __future__ import annotations

from typing import Any

import pytest
from kombu.exceptions import OperationalError

from config.celery import app
from config.reconnecting import SOON, Quickly, Schedule


class Link:
    """A connection that is refused so many times, and notes how it was asked for."""

    connected = False

    def __init__(self, refused: int) -> None:
        self.refused = refused
        self.asked: list[dict[str, Any]] = []

    def ensure_connection(self, *words: Any, **named: Any) -> Link:
        self.asked.append(named)
        if len(self.asked) <= self.refused:
            raise OperationalError("refused")
        return self


def test_who_takes_messages_and_who_sends_them_are_ours() -> None:
    assert app.conf.worker_consumer == "config.reconnecting:Quickly"
    assert app.conf.beat_scheduler == "config.reconnecting:Schedule"


@pytest.mark.parametrize("refused", [0, 1])
def test_a_worker_asks_every_tenth_of_a_second_before_it_waits_longer(refused: int) -> None:
    link = Link(refused)
    consumer = Quickly.__new__(Quickly)
    consumer.app, consumer.first_connection_attempt, consumer.broker_connection_retry_attempt = app, False, 0
    assert consumer.ensure_connected(link) is link
    assert {name: link.asked[0][name] for name in SOON} == SOON
    assert len(link.asked) == 2


@pytest.mark.parametrize("refused", [0, 1])
def test_the_schedule_does_the_same(refused: int) -> None:
    link = Link(refused)
    schedule = Schedule(app, lazy=True)
    schedule.connection = link
    assert schedule._ensure_connected() is link
    assert link.asked[0] == SOON
    assert len(link.asked) == 2
