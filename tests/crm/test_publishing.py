"""One wake-up waits at a time, and a broker that is away is not waited for again and again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from celery import current_app
from django.core.cache import cache
from django.db import transaction

from crm.actions import publishing
from crm.actions.publishing import attend, heard, leave, publish, wake_relay
from crm.models import OutboxEvent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rested() -> Iterator[None]:
    cache.delete(publishing.ASKED)
    leave("ContactsChanged")
    publishing._broker.away_until = 0.0
    yield
    cache.delete(publishing.ASKED)
    publishing._broker.away_until = 0.0


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **options: found.append(name))
    return found


def test_five_hundred_changes_ask_once_until_the_relay_begins(sent: list[str]) -> None:
    for _ in range(500):
        wake_relay()
    assert sent == [publishing.RELAY]
    heard()
    wake_relay()
    assert sent == [publishing.RELAY] * 2


@pytest.mark.django_db(transaction=True)
def test_an_event_wakes_the_relay_when_it_is_committed(sent: list[str]) -> None:
    with transaction.atomic():
        publish("GoalSaved", goal=1)
        assert sent == []
    assert sent == [publishing.RELAY]
    assert OutboxEvent.objects.count() == 1


def test_a_broker_that_is_away_is_asked_once_in_some_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def away(name: str, **options: object) -> None:
        asked.append(name)
        raise OSError("no route")

    monkeypatch.setattr(current_app, "send_task", away)
    for _ in range(20):
        cache.delete(publishing.ASKED)
        wake_relay()
    assert len(asked) == 1
    publishing._broker.away_until = 0.0
    cache.delete(publishing.ASKED)
    wake_relay()
    assert len(asked) == 2


@pytest.mark.django_db(transaction=True)
def test_who_attends_to_an_event_is_not_woken_for_it_and_for_others_is(sent: list[str]) -> None:
    attend("ContactsChanged")
    with transaction.atomic():
        publish("ContactsChanged", contacts=[1], cause="attribute")
    assert sent == []
    with transaction.atomic():
        publish("GoalSaved", goal=1)
    assert sent == [publishing.RELAY]
    heard()
    leave("ContactsChanged")
    with transaction.atomic():
        publish("ContactsChanged", contacts=[1], cause="attribute")
    assert sent == [publishing.RELAY] * 2
    assert OutboxEvent.objects.count() == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("later", [0.4, 0.6, -30.0])
def test_who_attended_and_says_so_no_more_was_killed_and_others_are_woken(
    later: float, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    attend("ContactsChanged")
    said = publishing.time()
    monkeypatch.setattr(publishing, "time", lambda: said + later)
    with transaction.atomic():
        publish("ContactsChanged", contacts=[1], cause="attribute")
    assert sent == ([] if later == 0.4 else [publishing.RELAY])


@pytest.mark.django_db(transaction=True)
def test_an_event_nothing_follows_from_waits_for_the_next_pass(sent: list[str]) -> None:
    with transaction.atomic():
        publish("MembersChanged", run=1, segments=[])
    assert sent == []
    assert OutboxEvent.objects.filter(sent_at=None).count() == 1
