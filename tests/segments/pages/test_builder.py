"""What the builder asks the server, and saving."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from crm.actions.touching import touch
from crm.models import AttributeDefinition, Consent, ConsentEntry, Contact, Interaction, OutboxEvent
from segments.mirror import everyone
from segments.models import Segment, SegmentVersion
from segments.queries.building import values

from .conftest import in_country

Ask = Callable[..., Any]


def test_a_rule_is_counted_at_every_node(ask: Ask, people: list[Contact], noon: Any) -> None:
    Consent.objects.create(contact=people[0], channel="email", purpose="offers", granted=True, since=noon)
    ConsentEntry.objects.create(
        contact=people[0],
        channel="email",
        purpose="offers",
        granted=True,
        at=noon,
        recorded_at=noon,
        source="test",
    )
    found = ask("/segments/preview/", document=in_country("Germany")).json()
    assert (found["total"], found["count"], found["mailable"]) == (4, 2, 0)  # nobody has an address
    assert found["nodes"]["/all/0"] == 2
    assert {sample["name"] for sample in found["samples"]} == {"Ada One", "Bea Two"}
    assert "Germany" in found["sentence"]


def test_several_rules_are_compared_at_once(ask: Ask, people: list[Contact]) -> None:
    documents = {"a": in_country("France"), "b": in_country("Germany", "France"), "bad": {"version": 1}}
    assert ask("/segments/draft/compare/", documents=documents).json() == {"counts": {"a": 1, "b": 3}}


@pytest.mark.parametrize("body", ["", "[", "[]", "null", '"x"', "[" * 100_000, '{"document": 5}', "{}"])
@pytest.mark.parametrize("address", ["/segments/preview/", "/segments/draft/compare/", "/segments/new/"])
def test_unreadable_requests_get_a_sentence(
    signed_in: Callable[..., Client], people: list[Contact], address: str, body: str
) -> None:
    answer = signed_in("marketer").post(address, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["sentence"]


def deep(levels: int) -> dict[str, Any]:
    rule: dict[str, Any] = {"attribute": "country", "op": "is_set"}
    for _ in range(levels):
        rule = {"all": [rule]}
    return rule


BOMBS = {
    "depth 50": deep(50),
    "width 1,000": {"any": [{"attribute": "country", "op": "is", "value": str(n)} for n in range(1_000)]},
    "unknown operator": {"attribute": "country", "op": "drop table", "value": 1},
    "json path injection": {"attribute": "attributes'->>'x') OR 1=1 --", "op": "is_set"},
    "missing reference": {"segment": "of-another-workspace", "op": "in"},
    "not a rule": {"sql": "DROP TABLE"},
    "pattern that does not compile": {"attribute": "country", "op": "matches", "value": "("},
    "date far": {"attribute": "created_at", "op": "before", "value": "275760-01-01"},
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_with_a_sentence(ask: Ask, people: list[Contact], name: str) -> None:
    answer = ask("/segments/preview/", document={"version": 1, "rule": BOMBS[name]})
    assert answer.status_code == 400
    assert answer.json()["problems"][0]["sentence"]
    assert answer.json()["count"] is None


def test_many_values_and_a_hard_pattern_are_counted(ask: Ask, people: list[Contact]) -> None:
    many_values = ["Germany", *(str(n) for n in range(20_000))]
    many = {"attribute": "country", "op": "in", "value": many_values}
    hard = {"attribute": "country", "op": "matches", "value": "(a+)+$"}
    assert ask("/segments/preview/", document={"version": 1, "rule": many}).json()["count"] == 2
    assert ask("/segments/preview/", document={"version": 1, "rule": hard}).json()["count"] == 0


def test_a_new_segment_is_saved(ask: Ask, people: list[Contact]) -> None:
    answer = ask("/segments/new/", name="Germans", document=in_country("Germany"), label="geographic")
    assert answer.json() == {"url": "/segments/germans/"}
    made = Segment.objects.get(slug="germans")
    assert made.rule == in_country("Germany")
    assert OutboxEvent.objects.filter(name="SegmentSaved", payload__segment=made.pk).exists()


def test_numbers_beyond_what_browsers_hold_come_as_text(
    signed_in: Callable[..., Client], germans: Segment
) -> None:
    germans.rule["rule"]["all"] += [{"attribute": "country", "op": "in", "value": [2**53 + 1, 2**53 - 1, -7]}]
    germans.save()
    page = signed_in("marketer").get("/segments/germans/edit/").content.decode()
    data = re.search(r'id="builder-data"[^>]*>(.*?)</script>', page)
    assert data
    shown = json.loads(data[1])["document"]["rule"]["all"][1]
    assert shown["value"] == ["9007199254740993", 9007199254740991, -7]
    assert germans.rule["rule"]["all"][1]["value"][0] == 2**53 + 1


def test_a_name_that_is_an_address_gets_another_slug(ask: Ask, people: list[Contact]) -> None:
    assert ask("/segments/new/", name="New", document=in_country("Germany")).json() == {
        "url": "/segments/new-2/"
    }


def test_a_segment_without_a_name_is_refused(ask: Ask, people: list[Contact]) -> None:
    answer = ask("/segments/new/", name=" ", document=in_country("Germany"))
    assert answer.status_code == 400
    assert answer.json()["problems"] == [{"path": "/name", "sentence": "Give the segment a name."}]
    assert not Segment.objects.exists()


def test_editing_is_rehearsed_then_saved_as_a_version(ask: Ask, germans: Segment) -> None:
    found = ask("/segments/germans/rehearse/", document=in_country("Germany")).json()
    assert (found["joins"], found["leaves"], found["stays"]) == (2, 1, 0)
    assert found["against"] == 1, "whose members these are"
    assert found["joining"] == ["Ada One", "Bea Two"]
    assert found["leaving"] == ["Cem Three"]
    assert (
        ask("/segments/germans/edit/", document=in_country("France"), version=1, note="west").status_code
        == 200
    )
    germans.refresh_from_db()
    assert germans.version == 2
    assert SegmentVersion.objects.get(segment=germans, number=2).note == "west"


def test_the_second_of_two_editors_is_told(ask: Ask, germans: Segment) -> None:
    ask("/segments/germans/edit/", document=in_country("France"), version=1)
    answer = ask("/segments/germans/edit/", document=in_country("Germany"), version=1)
    assert answer.status_code == 409
    assert "Your draft is kept" in answer.json()["sentence"]
    germans.refresh_from_db()
    assert germans.rule == in_country("France")


def test_values_come_from_the_data_with_counts(
    signed_in: Callable[..., Client], people: list[Contact]
) -> None:
    client = signed_in("marketer")
    before = client.get("/segments/values/?attribute=country&q=ger").json()
    assert before["items"] == [{"value": "Germany", "label": "Germany", "count": 2}]
    client.post(
        "/segments/preview/", json.dumps({"document": in_country("x")}), content_type="application/json"
    )
    after = client.get("/segments/values/?attribute=country").json()
    assert [item["count"] for item in after["items"]] == [2, 1]
    assert after["missing"] == 1
    assert client.get("/segments/values/").status_code == 400


def test_what_came_since_the_snapshot_can_be_picked(
    signed_in: Callable[..., Client], people: list[Contact], noon: Any
) -> None:
    client = signed_in("marketer")
    everyone.snapshot()
    ada, bea, *_ = people
    for day in ("2026-05-01", "2026-06-01"):
        Interaction.objects.create(
            contact=ada,
            kind="booking",
            at=noon,
            properties={"starts": day, "rope": True},
            source="t",
            message_id=day,
        )
    Contact.objects.filter(pk=bea.pk).update(attributes={"country": "Austria", "boots": 42})
    touch([ada.pk, bea.pk], cause="interaction")
    assert [(one["kind"], one["count"]) for one in values.kinds()] == [("booking", 2)]
    types = {one["name"]: one["type"] for one in values.kinds()[0]["properties"]}
    assert types == {"starts": "date", "rope": "yes/no"}
    assert {one.name: one.type for one in values.attributes(sensitive=True)}["boots"] == "number"
    found = client.get("/segments/values/?kind=booking&property=starts").json()
    assert {one["value"]: one["count"] for one in found["items"]} == {"2026-05-01": 1, "2026-06-01": 1}
    moved = client.get("/segments/values/?attribute=country").json()
    assert {one["value"]: one["count"] for one in moved["items"]} == {"Germany": 1, "France": 1, "Austria": 1}
    assert moved["missing"] == 1
    Interaction.objects.all().delete()
    touch([ada.pk], cause="interaction")
    assert values.kinds() == []


def test_sensitive_values_are_kept_from_those_who_may_not_see_them(
    signed_in: Callable[..., Client], people: list[Contact], country: AttributeDefinition
) -> None:
    AttributeDefinition.objects.update(sensitive=True)
    assert signed_in("marketer").get("/segments/values/?attribute=country").status_code == 403
    assert signed_in("administrator").get("/segments/values/?attribute=country").status_code == 200
    assert '"country"' not in signed_in("marketer").get("/segments/new/").content.decode()


def test_an_older_version_is_used_again(
    ask: Ask, signed_in: Callable[..., Client], people: list[Contact]
) -> None:
    ask("/segments/new/", name="Some", document=in_country("Germany"))
    ask("/segments/some/edit/", document=in_country("France"), version=1)
    page = signed_in("marketer").post("/segments/some/versions/1/rehearsal/", follow=True).content.decode()
    assert "is in use again" in page
    segment = Segment.objects.get(slug="some")
    assert (segment.version, segment.rule) == (3, in_country("Germany"))
    assert (
        signed_in("marketer").post("/segments/some/versions/99999999999999999999/restore/").status_code == 404
    )


def test_amounts_are_numbers_to_the_builder(
    signed_in: Callable[..., Client], ask: Ask, people: list[Contact], noon: Any
) -> None:
    for number, amount in enumerate(("12.50", "8", None)):
        Interaction.objects.create(
            contact=people[0],
            kind="purchase",
            at=noon,
            amount=amount,
            properties={"shop": "web"},
            source="t",
            message_id=str(number),
        )
    sampled = values.kinds()
    ask("/segments/preview/", document=in_country("Germany"))
    assert values.kinds() == sampled
    assert sampled == [
        {
            "kind": "purchase",
            "count": 3,
            "properties": [{"name": "shop", "type": "text"}, {"name": "amount", "type": "number"}],
        }
    ]
