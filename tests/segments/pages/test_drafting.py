"""Drafts on the server, two editors of one segment, sentences, and the why of somebody by an unsaved rule."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from crm.models import AttributeDefinition, Consent, ConsentEntry, Contact
from segments.actions.building.drafts import MOST_DRAFTS
from segments.models import Draft, Editor, Segment
from segments.queries.building import reaching

from .conftest import in_country
from .test_builder import Ask

PLACE = "/segments/new/"


@pytest.fixture(autouse=True)
def _forget() -> None:
    reaching.forget()


def data_of(page: Any) -> dict[str, Any]:
    text = page.content.decode().split('id="builder-data" type="application/json">')[1].split("</script>")[0]
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_draft_is_kept_for_its_author_until_it_is_saved_or_forgotten(
    ask: Ask,
    signed_in: Callable[..., Client],
    people: list[Contact],
) -> None:
    assert ask("/segments/draft/", place=PLACE, document=in_country("Germany")).json()["kept"] is True
    ask("/segments/draft/", place=PLACE, document=in_country("France"))
    assert Draft.objects.count() == 1
    assert data_of(signed_in("marketer").get(PLACE))["draft"]["document"] == in_country("France")
    assert data_of(signed_in("administrator").get(PLACE))["draft"] is None
    assert data_of(signed_in("marketer").get("/segments/new/?template=vip"))["draft"] is None
    ask("/segments/new/", name="French", document=in_country("France"), place=PLACE)
    assert not Draft.objects.exists()
    ask("/segments/draft/", place=PLACE, document=in_country("France"))
    assert ask("/segments/draft/", place=PLACE).json() == {"kept": False}
    assert not Draft.objects.exists()


@pytest.mark.parametrize("body", [{}, {"place": ""}, {"place": 5}, {"place": "x", "document": []}])
def test_an_unreadable_draft_gets_a_sentence(ask: Ask, people: list[Contact], body: dict[str, Any]) -> None:
    answer = ask("/segments/draft/", **body)
    assert (answer.status_code, bool(answer.json()["sentence"])) == (400, True)


def test_a_draft_longer_than_any_rule_is_not_kept(ask: Ask, people: list[Contact]) -> None:
    answer = ask("/segments/draft/", place=PLACE, document=in_country("x" * 1_000_001))
    assert "too long" in answer.json()["sentence"]
    assert not Draft.objects.exists()


def test_the_oldest_of_many_drafts_go(ask: Ask, people: list[Contact]) -> None:
    for number in range(MOST_DRAFTS + 2):
        ask("/segments/draft/", place=f"{PLACE}?copy={number}", document=in_country("France"))
    assert Draft.objects.count() == MOST_DRAFTS
    assert not Draft.objects.filter(place__endswith="=0").exists()


def test_two_editors_of_one_segment_are_told_of_each_other(
    ask: Ask,
    signed_in: Callable[..., Client],
    germans: Segment,
) -> None:
    assert ask("/segments/germans/editing/", changing=True).json()["others"] == []
    administrator = signed_in("administrator")
    seen = administrator.post("/segments/germans/editing/", "{}", content_type="application/json").json()
    assert [one["changing"] for one in seen["others"]] == [True]
    assert seen["saved"]["version"] == 1
    assert [one["changing"] for one in ask("/segments/germans/editing/").json()["others"]] == [False]
    ask("/segments/germans/editing/", leaving=True)
    seen = administrator.post("/segments/germans/editing/", "{}", content_type="application/json").json()
    assert seen["others"] == []


def test_who_has_not_been_seen_for_a_while_is_gone(
    ask: Ask,
    signed_in: Callable[..., Client],
    germans: Segment,
) -> None:
    ask("/segments/germans/editing/")
    for editor in Editor.objects.all():
        Editor.objects.update(seen_at=editor.seen_at - timedelta(minutes=2))
    answer = signed_in("administrator").post(
        "/segments/germans/editing/", "{}", content_type="application/json"
    )
    assert answer.json()["others"] == []


def test_a_conflict_shows_both_sentences(ask: Ask, germans: Segment) -> None:
    ask("/segments/germans/edit/", document=in_country("France"), version=1, note="west")
    answer = ask("/segments/germans/edit/", document=in_country("Germany"), version=1)
    theirs = answer.json()["theirs"]
    assert (answer.status_code, theirs["version"], theirs["note"]) == (409, 2, "west")
    assert "France" in theirs["sentence"]
    assert theirs["document"] == in_country("France")


def test_a_sentence_becomes_a_draft(ask: Ask, people: list[Contact]) -> None:
    found = ask("/segments/phrase/", text="germans with shiny boots").json()
    assert found["document"]["rule"] == {"all": [{"attribute": "country", "op": "is", "value": "Germany"}]}
    assert found["unknown"] == ["shiny", "boots"]
    assert [word for word, understood in found["words"] if understood] == ["germans", "with"]


@pytest.mark.parametrize(
    "body", [{}, {"text": " "}, {"text": "x" * 1_001}, {"text": "x", "choices": {"a": "b"}}]
)
def test_a_sentence_that_cannot_be_read_gets_one(
    ask: Ask, people: list[Contact], body: dict[str, Any]
) -> None:
    answer = ask("/segments/phrase/", **body)
    assert (answer.status_code, bool(answer.json()["sentence"])) == (400, True)


def test_a_sentence_does_not_tell_sensitive_values(
    ask: Ask,
    signed_in: Callable[..., Client],
    people: list[Contact],
) -> None:
    AttributeDefinition.objects.update(sensitive=True)
    found = ask("/segments/phrase/", text="people in Germany").json()
    assert found["unknown"] == ["Germany"]
    body = json.dumps({"text": "people in Germany"})
    seen = signed_in("administrator").post("/segments/phrase/", body, content_type="application/json").json()
    assert seen["unknown"] == []


def test_the_why_of_somebody_by_an_unsaved_rule(ask: Ask, people: list[Contact]) -> None:
    found = ask("/segments/draft/why/", contact=people[0].pk, document=in_country("Germany")).json()
    assert found["holds"] is True
    assert "Germany" in found["reasons"][0]
    found = ask("/segments/draft/why/", contact=people[2].pk, document=in_country("Germany")).json()
    assert found["holds"] is False
    assert ask("/segments/draft/why/", contact=0, document=in_country("x")).status_code == 400
    assert ask("/segments/draft/why/", contact=people[0].pk, document={}).status_code == 400


def consents(contact: Contact, noon: Any, **said: bool) -> None:
    for channel, granted in said.items():
        common = {"contact": contact, "channel": channel, "purpose": "offers", "granted": granted}
        Consent.objects.update_or_create(
            contact=contact, channel=channel, purpose="offers", defaults={"granted": granted, "since": noon}
        )
        ConsentEntry.objects.create(**common, at=noon, recorded_at=noon, source="test")


def test_everybody_who_matches_may_be_contacted_or_is_blocked_for_one_reason(
    ask: Ask,
    contact: Callable[..., Contact],
    people: list[Contact],
    noon: Any,
) -> None:
    def email() -> dict[str, int]:
        found = ask(
            "/segments/preview/", document={"version": 1, "rule": {"not": in_country("x")["rule"]}}
        ).json()
        for one in found["reach"]:
            assert found["count"] == sum(value for key, value in one.items() if key != "channel")
        assert [one["channel"] for one in found["reach"]] == ["email", "sms"]
        reach: dict[str, int] = found["reach"][0]
        return reach

    assert email() == {"channel": "email", "allowed": 0, "unrecorded": 4, "withdrawn": 0, "unreachable": 0}
    consents(people[0], noon, email=True)
    consents(people[1], noon, email=False)
    before = email()
    assert (before["unrecorded"], before["withdrawn"]) == (2, 1)
    assert before["allowed"] + before["unreachable"] == 1
    consents(people[0], noon, email=False)
    assert email()["withdrawn"] == 2
