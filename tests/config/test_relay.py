from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from config import relay
from config.reactions import REACTIONS, Reaction
from crm.actions.publishing import publish
from crm.models import OutboxEvent


class Post:
    """Notes what was sent; may fail."""

    def __init__(self, fails: bool = False) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.fails = fails

    def __call__(self, task: str, arguments: dict[str, Any]) -> None:
        if self.fails:
            raise OSError("the broker is away")
        self.sent.append((task, arguments))


@pytest.mark.django_db
def test_many_events_give_one_task(noon):
    for number in range(20):
        publish("ContactsChanged", contacts=[number], cause="attribute")
    publish("GoalSaved", goal=1)
    post = Post()

    done = relay.relay(at=noon, send=post)

    assert [task for task, _ in post.sent] == ["segments.judge_changed", "campaigns.measure_goals"]
    assert done.events == 21
    assert not OutboxEvent.objects.filter(sent_at__isnull=True).exists()


@pytest.mark.django_db
def test_nothing_is_sent_twice(noon):
    publish("SegmentSaved", segment=1)
    post = Post()
    relay.relay(at=noon, send=post)
    relay.relay(at=noon, send=post)
    assert len(post.sent) == 1


@pytest.mark.django_db
def test_more_events_than_a_batch_are_all_sent(noon, monkeypatch):
    monkeypatch.setattr(relay, "BATCH", 3)
    for number in range(7):
        publish("SegmentSaved", segment=number)
    assert relay.relay(at=noon, send=Post()).events == 7


@pytest.mark.django_db
def test_an_event_that_could_not_be_sent_waits(noon):
    publish("SegmentSaved", segment=1)
    with pytest.raises(OSError, match="away"), transaction.atomic():
        relay.relay(at=noon, send=Post(fails=True))
    post = Post()
    relay.relay(at=noon, send=post)
    assert len(post.sent) == 1


@pytest.mark.django_db
def test_an_unknown_event_is_seen_kept_and_stops_no_other(noon):
    publish("SomethingNew")
    publish("SegmentSaved", segment=1)
    post = Post()

    with pytest.raises(relay.UnknownEvents, match="SomethingNew"):
        relay.relay(at=noon, send=post)

    assert len(post.sent) == 1
    assert OutboxEvent.objects.get(sent_at__isnull=True).name == "SomethingNew"


@pytest.mark.django_db
def test_cleaning_keeps_what_waits_and_what_is_young(noon):
    for name, sent_at in [("old", noon - timedelta(days=2)), ("young", noon), ("waiting", None)]:
        OutboxEvent.objects.create(name=name, sent_at=sent_at)
    assert relay.clean_outbox(at=noon) == 1
    assert set(OutboxEvent.objects.values_list("name", flat=True)) == {"young", "waiting"}


def test_each_task_once_in_the_order_of_the_events():
    table = {"a": (Reaction("x"), Reaction("y")), "b": (Reaction("y"), Reaction("z"))}
    assert [reaction.task for reaction in relay.reactions_to(["b", "a", "b"], table)] == ["y", "z", "x"]


def test_one_task_for_two_causes_is_sent_for_each():
    table = {"a": (Reaction("x", {"cause": "rule"}),), "b": (Reaction("x", {"cause": "asked"}),)}
    sent = relay.reactions_to(["a", "b", "a"], table)
    assert [reaction.arguments["cause"] for reaction in sent] == ["rule", "asked"]


def test_an_event_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="outside a transaction"):
        publish("SegmentSaved", segment=1)


def test_every_reaction_names_a_task():
    assert all("." in reaction.task for reactions in REACTIONS.values() for reaction in reactions)
