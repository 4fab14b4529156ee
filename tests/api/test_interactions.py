"""Interactions: each counted once, whoever sends them how often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from crm.actions.recording import record_interactions
from crm.domain.interaction_items import ContactKey, InteractionItem
from crm.models import Contact, ContactTouch, Identifier, Interaction, OutboxEvent, SearchTerm
from tests.api.conftest import Caller
from tests.conftest import NOON


def one(**said: Any) -> dict[str, Any]:
    return {"contact": {"email": "Ada@Example.com"}, "kind": "purchase", "message_id": "m1", **said}


def item(number: int, email: str = "ada@example.com") -> InteractionItem:
    return InteractionItem(ContactKey("email", email, email), "call", NOON, "test", f"m{number}")


@pytest.mark.django_db
def test_everything_that_was_sent_is_kept(caller: Callable[..., Caller]) -> None:
    call = caller()
    raw = one(
        at="2026-03-01T12:30:00.123456+01:00",
        amount=19.9,
        currency="eur",
        properties={"product": "Tee", "n": 0.1, "deep": {"a": [1, 2]}, "exact": 12345678901234567890},
    )
    answer = call.post("/interactions/", {"interactions": [raw]})
    assert answer.status_code == 200
    result = answer.json()["results"][0]
    kept = Interaction.objects.get(pk=result["id"])
    assert kept.contact_id == result["contact"]
    assert kept.at == datetime(2026, 3, 1, 11, 30, 0, 123456, tzinfo=UTC)
    assert kept.amount == Decimal("19.9")
    assert (kept.currency, kept.source, kept.kind) == ("EUR", f"api:{call.token.prefix}", "purchase")
    assert kept.properties == raw["properties"]
    assert Identifier.objects.get(contact=kept.contact_id).value == "ada@example.com"
    assert SearchTerm.objects.filter(contact=kept.contact_id, term="ada").exists()
    assert ContactTouch.objects.filter(contact=kept.contact_id).exists()
    event = OutboxEvent.objects.get(name="ContactsChanged")
    assert event.payload["contacts"] == [kept.contact_id]
    told = call.get(f"/contacts/{kept.contact_id}/interactions/").json()["results"][0]
    assert told["amount"] == "19.900000"
    assert told["at"] == "2026-03-01T11:30:00.123456Z"


@pytest.mark.django_db
def test_the_same_batch_twice_changes_nothing(caller: Callable[..., Caller]) -> None:
    call = caller()
    body = {"interactions": [one(message_id=f"m{number}") for number in range(50)]}
    first = call.post("/interactions/", body).json()
    events = OutboxEvent.objects.count()
    second = call.post("/interactions/", body).json()
    assert (first["created"], second["created"], second["duplicates"]) == (50, 0, 50)
    assert [r["id"] for r in first["results"]] == [r["id"] for r in second["results"]]
    assert Interaction.objects.count() == 50
    assert Contact.objects.count() == 1
    assert OutboxEvent.objects.count() == events


@pytest.mark.django_db
def test_duplicates_within_a_batch(caller: Callable[..., Caller]) -> None:
    answer = (
        caller().post("/interactions/", [one(kind="first"), one(kind="second"), one(source="till")]).json()
    )
    assert [result["status"] for result in answer["results"]] == ["created", "duplicate", "created"]
    assert answer["results"][0]["id"] == answer["results"][1]["id"]
    assert set(Interaction.objects.values_list("kind", flat=True)) == {"first", "purchase"}


@pytest.mark.django_db
def test_two_tokens_have_their_own_message_ids(caller: Callable[..., Caller]) -> None:
    assert caller().post("/interactions/", [one()]).json()["created"] == 1
    assert caller().post("/interactions/", [one()]).json()["created"] == 1
    assert Interaction.objects.count() == 2


@pytest.mark.django_db
def test_contacts_are_found_by_anything(
    caller: Callable[..., Caller], contact: Callable[..., Contact]
) -> None:
    ada = contact()
    for kind, value in (("email", "ada@example.com"), ("phone", "+442079460000"), ("external_id", "7")):
        Identifier.objects.create(contact=ada, kind=kind, value=value, shown=value)
    keys = [{"id": ada.pk}, {"email": "ADA@example.com"}, {"phone": "020 7946 0000"}, {"external_id": 7}]
    batch = [one(contact=key, message_id=str(place)) for place, key in enumerate(keys)]
    answer = caller().post("/interactions/", batch).json()
    assert {result["contact"] for result in answer["results"]} == {ada.pk}, answer
    assert Contact.objects.count() == 1


@pytest.mark.django_db
def test_merged_and_erased_contacts(caller: Callable[..., Caller], contact: Callable[..., Contact]) -> None:
    kept, gone = contact(), contact()
    merged = Contact.objects.create(merged_into=kept)
    gone.erased_at = NOON
    gone.save()
    batch = [one(contact={"id": pk}, message_id=str(pk)) for pk in (merged.pk, gone.pk)]
    first, second = caller().post("/interactions/", batch).json()["results"]
    assert first["contact"] == kept.pk
    assert second["status"] == "refused"
    assert "/contact/id" in second["fields"]


@pytest.mark.django_db
def test_pages_follow_one_another(caller: Callable[..., Caller], contact: Callable[..., Contact]) -> None:
    ada = contact()
    batch = [one(contact={"id": ada.pk}, at=f"2026-01-0{n % 3 + 1}", message_id=str(n)) for n in range(25)]
    call = caller()
    call.post("/interactions/", batch)
    seen: list[int] = []
    path = f"/contacts/{ada.pk}/interactions/?limit=10"
    while path:
        page = call.get(path).json()
        seen += [row["id"] for row in page["results"]]
        path = page["next"] and page["next"].removeprefix("http://testserver/api/v1")
    instants = list(
        Interaction.objects.filter(pk__in=seen).order_by("-at", "-pk").values_list("pk", flat=True)
    )
    assert seen == instants
    assert len(seen) == 25


@pytest.mark.django_db
def test_a_batch_costs_a_fixed_number_of_queries(django_assert_max_num_queries: Any) -> None:
    batch = [item(number, f"{number % 40}@example.com") for number in range(400)]
    with django_assert_max_num_queries(20):
        record_interactions(items=batch, origin="test", by=None, at=NOON)
    again = [item(number, f"{number % 40}@example.com") for number in range(400)]
    with django_assert_max_num_queries(4):
        record_interactions(items=again, origin="test", by=None, at=NOON)


@pytest.mark.django_db(transaction=True)
def test_the_same_from_several_at_once_is_kept_once() -> None:
    failures: list[BaseException] = []
    created: list[int] = []

    def send() -> None:
        try:
            outcomes = record_interactions(
                items=[item(number, f"{number}@example.com") for number in range(60)],
                origin="test",
                by=None,
                at=NOON,
            )
            created.append(sum(outcome.status == "created" for outcome in outcomes))
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert sum(created) == 60
    assert Interaction.objects.count() == 60
    assert Contact.objects.count() == 60
