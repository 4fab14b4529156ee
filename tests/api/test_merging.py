"""Contacts merged by program, and what the numbers and identifiers of the merged lead to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from crm.models import Contact, Identifier, Interaction, Merge, Note
from segments.models import Segment
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(contact: Callable[..., Contact]) -> tuple[Contact, Contact]:
    first, second = contact("Ada", city="London"), contact("A.", city="Leeds", visits=3)
    for one, value in ((first, "ada@example.com"), (second, "lovelace@example.com")):
        Identifier.objects.create(contact=one, kind="email", value=value, shown=value)
    return first, second


def test_merged_by_program_with_a_choice(caller: Callable[..., Caller], pair: Any) -> None:
    first, second = pair
    body = {"contact": second.pk, "attributes": {"city": "survivor"}, "first": {"email": "merged"}}
    call = caller()
    answer = call.post(f"/contacts/{first.pk}/merge/", body)
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert told["merged"] == second.pk
    assert told["contact"]["id"] == first.pk
    assert told["contact"]["attributes"] == {"city": "London", "visits": 3}
    assert told["contact"]["email"] == "lovelace@example.com"
    again = call.post(f"/contacts/{first.pk}/merge/", body).json()
    assert again["id"] == told["id"]
    assert Merge.objects.get().source.startswith("api:")


def test_what_cannot_be_is_told_with_its_place(caller: Callable[..., Caller], pair: Any) -> None:
    first, second = pair
    call = caller()
    url = f"/contacts/{first.pk}/merge/"
    assert call.post(url, {"contact": first.pk}).status_code == 409
    assert call.post(url, {"contact": 123456}).status_code == 409
    assert call.post("/contacts/123456/merge/", {"contact": second.pk}).status_code == 409
    for body, place in (
        ({}, "/contact"),
        ({"contact": second.pk, "attributes": {"shoe": "merged"}}, "/attributes"),
        ({"contact": second.pk, "attributes": {"city": "both"}}, "/attributes"),
        ({"contact": second.pk, "name": "mine"}, "/name"),
        ({"contact": second.pk, "first": {"fax": "merged"}}, "/first"),
        ({"contact": second.pk, "newer_yes": ["fax offers"]}, "/newer_yes/0"),
        ({"contact": second.pk, "else": 1}, "/else"),
    ):
        answer = call.post(url, body)
        assert answer.status_code == 400, body
        assert place in answer.json()["error"]["fields"], (body, answer.json())
    assert not Merge.objects.exists()


def test_service_may_read_but_not_merge(caller: Callable[..., Caller], pair: Any) -> None:
    first, second = pair
    call = caller("marketer", "contacts:read", "contacts:write")
    assert call.post(f"/contacts/{first.pk}/merge/", {"contact": second.pk}).status_code == 403


def test_the_old_number_answers_with_the_survivor_everywhere(
    caller: Callable[..., Caller], pair: Any
) -> None:
    first, second = pair
    call = caller()
    segment = Segment.objects.create(slug="loyal", name="Loyal", kind="fixed")
    call.post(f"/contacts/{first.pk}/merge/", {"contact": second.pk})
    assert call.get(f"/contacts/{second.pk}/").json()["id"] == first.pk
    assert call.patch(f"/contacts/{second.pk}/", {"attributes": {"city": "York"}}).json()["id"] == first.pk
    assert call.get(f"/contacts/{second.pk}/badges/").json()["contact"] == first.pk
    assert call.get(f"/contacts/{second.pk}/why/?segment=loyal").json()["contact"] == first.pk
    done = call.post(f"/segments/{segment.slug}/members/", {"do": "add", "contacts": [second.pk]})
    assert (done.json()["moved"], done.json()["unknown"]) == (1, [])
    first.refresh_from_db()
    assert first.attributes["city"] == "York"


def test_events_that_name_the_merged_one_reach_the_survivor(caller: Callable[..., Caller], pair: Any) -> None:
    first, second = pair
    call = caller()
    call.post(f"/contacts/{first.pk}/merge/", {"contact": second.pk})
    names = [{"id": second.pk}, {"email": "lovelace@example.com"}, {"email": "ada@example.com"}]
    items = [{"contact": name, "kind": "call", "message_id": f"m{place}"} for place, name in enumerate(names)]
    answer = call.post("/interactions/", {"interactions": items})
    assert answer.json()["created"] == 3
    assert set(Interaction.objects.values_list("contact_id", flat=True)) == {first.pk}
    assert len(call.get(f"/contacts/{second.pk}/interactions/").json()["results"]) == 3
    sent = {"contacts": [{"email": "lovelace@example.com", "attributes": {"visits": 4}}]}
    assert call.post("/contacts/batch/", sent).json()["results"][0]["id"] == first.pk
    assert Contact.objects.count() == 2
    assert not Note.objects.exists()


def test_operations_tells_what_the_page_shows(caller: Callable[..., Caller]) -> None:
    call = caller("administrator", "operations:read")
    told = call.get("/operations").json()
    assert told["well"] is False
    assert {"key", "title", "text", "severe"} == set(told["troubles"][0])
    assert told["outbox"]["waiting"] >= 0
    assert told["mirror"] is None
    assert [queue["name"] for queue in told["queues"]] == ["quick", "celery"]
    assert call.get("/operations?runs=0").json()["runs"] == []
    assert call.get("/operations?runs=1000").status_code == 400


def test_operations_needs_the_right_to_see_them(caller: Callable[..., Caller]) -> None:
    call = caller("administrator", "operations:read")
    call.token.owner.role = "marketer"
    call.token.owner.save()
    assert call.get("/operations").status_code == 403


def test_a_merge_is_undone_by_program(caller: Callable[..., Caller], pair: Any, noon: Any) -> None:
    first, second = pair
    call = caller()
    made = call.post(f"/contacts/{first.pk}/merge/", {"contact": second.pk}).json()
    answer = call.post(f"/merges/{made['id']}/undo/", {})
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert told["survivor"]["id"] == first.pk
    assert told["survivor"]["attributes"] == {"city": "London"}
    assert told["merged"]["id"] == second.pk
    assert told["merged"]["email"] == "lovelace@example.com"
    assert call.post(f"/merges/{made['id']}/undo/", {}).json()["undone_at"] == told["undone_at"]
    assert call.get(f"/contacts/{second.pk}/").json()["id"] == second.pk
    assert call.post("/merges/900001/undo/", {}).status_code == 404
    again = call.post(f"/contacts/{first.pk}/merge/", {"contact": second.pk}).json()
    Merge.objects.filter(pk=again["id"]).update(at=noon - timedelta(days=900), kept={})
    late = call.post(f"/merges/{again['id']}/undo/", {})
    assert late.status_code == 409
    assert "older than" in late.json()["error"]["message"]
