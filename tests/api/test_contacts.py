"""Contacts through the API: found, made, changed, kept in step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from crm.models import AttributeDefinition, Contact, ContactChange, Identifier, OutboxEvent
from tests.api.conftest import Caller
from tests.conftest import NOON

pytestmark = pytest.mark.django_db

ADA = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "company": "Analytical Engines",
    "email": ["ada@example.com", "countess@example.com"],
    "phone": "020 7946 0000",
    "external_id": 1815,
    "attributes": {"city": "London", "score": 0.1, "tags": ["a"], "gone": None},
}


def test_made_and_read(caller: Callable[..., Caller]) -> None:
    call = caller()
    made = call.post("/contacts/", ADA)
    assert made.status_code == 201, made.content
    told = made.json()
    assert made.headers["Location"].endswith(f"/api/v1/contacts/{told['id']}/")
    assert told["name"] == "Ada Lovelace"
    assert told["company"] == "Analytical Engines"
    assert told["identifiers"]["email"] == ["ada@example.com", "countess@example.com"]
    assert (told["email"], told["external_id"]) == ("ada@example.com", "1815")
    assert told["attributes"] == {"city": "London", "score": 0.1, "tags": ["a"]}
    assert call.get(f"/contacts/{told['id']}/").json() == told
    assert ContactChange.objects.get().source == f"api:{call.token.prefix}"


def test_an_identifier_has_one_owner(caller: Callable[..., Caller]) -> None:
    call = caller()
    ada = call.post("/contacts/", ADA).json()["id"]
    taken = call.post("/contacts/", {"email": "ADA@example.com"})
    assert taken.status_code == 409
    assert f"contact {ada}" in taken.json()["error"]["fields"]["/email"]
    assert Contact.objects.count() == 1


def test_patch_merges(caller: Callable[..., Caller]) -> None:
    call = caller()
    path = f"/contacts/{call.post('/contacts/', ADA).json()['id']}/"
    changed = call.patch(path, {"attributes": {"city": None, "score": 2}, "email": "new@example.com"}).json()
    assert changed["attributes"] == {"score": 2, "tags": ["a"]}
    assert changed["identifiers"]["email"] == ["new@example.com"]
    assert changed["phone"] == "020 7946 0000"
    assert changed["first_name"] == "Ada"
    assert call.patch(path, {"phone": None, "company": None}).json()["phone"] is None
    assert call.patch(path, {}).status_code == 200


def test_values_fit_their_attributes(caller: Callable[..., Caller]) -> None:
    for name, kind in (
        ("n", "number"),
        ("d", "date"),
        ("i", "instant"),
        ("y", "yes/no"),
        ("l", "list"),
        ("t", "text"),
    ):
        AttributeDefinition.objects.create(name=name, label=name, type=kind)
    call = caller()
    good = {"n": "12.5", "d": "2026-02-28", "i": "2026-02-28T10:00:00Z", "y": True, "l": "one", "t": 7}
    told = call.post("/contacts/", {"first_name": "A", "attributes": good}).json()["attributes"]
    assert told == {**good, "n": 12.5, "l": ["one"], "t": "7", "i": "2026-02-28T10:00:00+00:00"}
    bad = {"n": "twelve", "d": "2026-02-30", "i": "x", "y": "perhaps", "l": [{}], "t": True}
    fields = call.post("/contacts/", {"first_name": "A", "attributes": bad}).json()["error"]["fields"]
    assert set(fields) == {f"/attributes/{name}" for name in bad}


def test_sensitive_attributes(caller: Callable[..., Caller], contact: Callable[..., Contact]) -> None:
    AttributeDefinition.objects.create(name="health", label="Health", type="text", sensitive=True)
    ada = contact(health="poor", city="London")
    marketer, administrator = caller("marketer"), caller("administrator")
    path = f"/contacts/{ada.pk}/"
    assert marketer.get(path).json()["attributes"] == {"city": "London"}
    assert administrator.get(path).json()["attributes"] == {"health": "poor", "city": "London"}
    assert marketer.get("/contacts/").json()["results"][0]["attributes"] == {"city": "London"}
    refused = marketer.patch(path, {"attributes": {"health": "good"}})
    assert refused.status_code == 400
    assert "/attributes/health" in refused.json()["error"]["fields"]


def test_found(caller: Callable[..., Caller], contact: Callable[..., Contact]) -> None:
    call = caller()
    ada = call.post("/contacts/", ADA).json()["id"]
    contact("Grace", "Hopper")
    erased = contact("Gone")
    erased.erased_at = NOON
    erased.save()

    def ids(query: str) -> list[int]:
        return [row["id"] for row in call.get(f"/contacts/?{query}").json()["results"]]

    for query in (
        "email=ADA@example.com",
        "external_id=1815",
        "phone=02079460000",
        "q=lovel",
        "q=lond&limit=3",
    ):
        expected = [] if "lond" in query else [ada]
        assert ids(query) == expected, query
    assert len(ids("")) == 2
    assert ids("email=nobody@example.com") == []


def test_pages_by_id_and_by_change(caller: Callable[..., Caller]) -> None:
    for number in range(23):
        Contact.objects.create(first_name=f"N{number}", updated_at=NOON + timedelta(seconds=number // 4))
    call = caller()
    since = (NOON + timedelta(seconds=2)).isoformat().replace("+00:00", "Z")
    for query, expected in (("", 23), (f"&updated_since={since}", 15)):
        seen: list[int] = []
        path = f"/contacts/?limit=4{query}"
        while path:
            page = call.get(path).json()
            assert len(page["results"]) <= 4
            seen += [row["id"] for row in page["results"]]
            path = page["next"] and page["next"].removeprefix("http://testserver/api/v1")
        assert len(seen) == len(set(seen)) == expected


def test_upsert(caller: Callable[..., Caller], contact: Callable[..., Contact]) -> None:
    grace = contact("Grace", "Hopper", rank="admiral")
    Identifier.objects.create(contact=grace, kind="email", value="g@example.com", shown="g@example.com")
    other = contact("Other")
    Identifier.objects.create(contact=other, kind="external_id", value="O", shown="O")
    answer = caller().post(
        "/contacts/batch/",
        {
            "contacts": [
                {"external_id": "G", "email": "G@example.com", "attributes": {"ship": "Cobol"}},
                {"external_id": "N", "first_name": "New"},
                {"external_id": "N", "last_name": "Twice"},
                {"external_id": "O", "email": "g@example.com"},
                {"first_name": "Nameless"},
                {"external_id": "\x00"},
            ]
        },
    )
    told = answer.json()
    assert [row["status"] for row in told["results"]] == ["updated", "created", "updated"] + ["refused"] * 3
    assert (told["created"], told["updated"], told["refused"]) == (1, 2, 3)
    grace.refresh_from_db()
    assert grace.attributes == {"rank": "admiral", "ship": "Cobol"}
    assert set(Identifier.objects.filter(contact=grace).values_list("value", flat=True)) == {
        "g@example.com",
        "G",
    }
    new = Contact.objects.get(pk=told["results"][1]["id"])
    assert OutboxEvent.objects.get().payload["contacts"] == sorted([grace.pk, new.pk])
    assert (new.first_name, new.last_name) == ("New", "Twice")


def test_lists_cost_a_fixed_number_of_queries(
    caller: Callable[..., Caller], django_assert_num_queries: Any
) -> None:
    call = caller("marketer")
    call.get("/contacts/")
    for number in range(30):
        made = Contact.objects.create(first_name=f"N{number}")
        Identifier.objects.create(contact=made, kind="external_id", value=str(number), shown=str(number))
    for limit in (3, 30):
        with django_assert_num_queries(6):
            call.get(f"/contacts/?limit={limit}")
