"""Segment files: taken away, looked into with their tests, brought in with names mapped."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import JSONField, Value
from django.test import Client

from crm.models import AttributeDefinition, Contact
from segments.models import Segment

from .conftest import in_country

IMPORT = "/segments/import/"
WORKED = {
    "name": "Germans are in",
    "as_of": "2026-03-01",
    "contacts": [
        {"id": "a", "attributes": {"country": "Germany"}},
        {"id": "b", "attributes": {"country": "France"}},
    ],
    "members": ["a"],
}


def file(**more: Any) -> dict[str, Any]:
    return {"facet": 1, "name": "Germans", "rule": in_country("Germany")["rule"], "tests": [WORKED], **more}


@pytest.fixture
def bring(signed_in: Callable[..., Client], people: list[Contact]) -> Callable[..., Any]:
    """Sends a file to the page, pasted."""
    client = signed_in("marketer")

    def send(content: Any, **more: str) -> Any:
        text = content if isinstance(content, str) else json.dumps(content)
        return client.post(IMPORT, {"text": text, **more})

    return send


def test_a_file_is_looked_into_before_it_is_saved(bring: Callable[..., Any]) -> None:
    page = bring(file()).content.decode()
    assert "1 passed" in page
    assert "Germans are in" in page
    assert "Customers whose Country is any of ‘Germany’" in page
    assert not Segment.objects.exists()
    answer = bring(file(), save="1", name="Our Germans")
    made = Segment.objects.get()
    assert answer.headers["Location"] == "/segments/our-germans/"
    assert (made.name, made.rule) == ("Our Germans", in_country("Germany"))


def test_a_file_may_be_uploaded(signed_in: Callable[..., Client], people: list[Contact]) -> None:
    upload = SimpleUploadedFile("x.json", json.dumps(file()).encode(), content_type="application/json")
    assert "1 passed" in signed_in("marketer").post(IMPORT, {"file": upload}).content.decode()


def test_failing_tests_are_shown(bring: Callable[..., Any]) -> None:
    page = bring(file(tests=[{**WORKED, "members": ["b"]}])).content.decode()
    assert "1 of 1 failed" in page
    assert "expected b, got a" in page


def test_names_that_are_missing_here_are_mapped(bring: Callable[..., Any]) -> None:
    AttributeDefinition.objects.create(name="town", label="Town", type="text")
    carried = file(
        rule={
            "all": [{"attribute": "city", "op": "is", "value": "Wien"}, {"segment": "friends", "op": "in"}]
        },
        tests=[],
    )
    carried["segments"] = {"friends": {"rule": {"attribute": "country", "op": "is_set"}}}
    carried["attributes"] = {"city": "text"}
    page = bring(carried).content.decode()
    assert "‘city’" in page
    assert "The segment ‘friends’ is in the file" in page
    assert "Use these names" in page
    assert not Segment.objects.exists()
    bring(carried, save="1", name="Friends in Vienna", **{"attribute:city": "town"})
    assert {one.slug: one.rule["rule"] for one in Segment.objects.all()} == {
        "friends": {"attribute": "country", "op": "is_set"},
        "friends-in-vienna": {
            "all": [{"attribute": "town", "op": "is", "value": "Wien"}, {"segment": "friends", "op": "in"}]
        },
    }


def test_what_saving_would_refuse_is_said(bring: Callable[..., Any]) -> None:
    answer = bring(file(rule={"attribute": "country", "op": "gt", "value": 5}, tests=[]), save="1", name="x")
    assert "needs" in answer.content.decode()
    assert not Segment.objects.exists()


def test_a_test_that_cannot_be_read_fails_alone_and_is_shown(bring: Callable[..., Any]) -> None:
    answer = bring(file(tests=[{"name": "told badly"}]))
    assert answer.status_code == 200
    shown = answer.content.decode()
    assert "told badly" in shown
    assert "this test cannot be read" in shown


CIRCLE = {"a": {"rule": {"segment": "b", "op": "in"}}, "b": {"rule": {"segment": "a", "op": "in"}}}
BAD = {
    "nothing": "",
    "no json": "{",
    "no file": {"name": "x"},
    "too deep": "[" * 100_000,
    "tests that are no list": file(tests=5),
    "too large": "x" * 1_000_001,
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_segment_file_gets_a_sentence(bring: Callable[..., Any], name: str) -> None:
    answer = bring(BAD[name], save="1", name="x")
    assert answer.status_code == 400
    assert "This file cannot be read" in answer.content.decode()


def test_a_circle_in_a_file_changes_nothing(bring: Callable[..., Any]) -> None:
    page = bring(file(rule={"segment": "a", "op": "in"}, segments=CIRCLE, tests=[]), save="1", name="x")
    assert "circle" in page.content.decode()
    assert not Segment.objects.exists()


def test_a_segment_goes_out_and_comes_in_again(
    bring: Callable[..., Any], signed_in: Callable[..., Client], germans: Segment
) -> None:
    answer = signed_in("marketer").get("/segments/germans/segment.json")
    assert "germans.segment.json" in answer.headers["Content-Disposition"]
    carried = json.loads(answer.content)
    assert carried["attributes"] == {"country": "text"}
    bring(carried, save="1", name="Germans again")
    assert Segment.objects.get(slug="germans-again").rule == germans.rule


def test_a_list_made_by_hand_has_no_file(signed_in: Callable[..., Client], people: list[Contact]) -> None:
    Segment.objects.create(slug="few", name="Few", kind=Segment.FIXED)
    assert signed_in("marketer").get("/segments/few/segment.json").status_code == 404
    assert signed_in("marketer").get("/segments/none/segment.json").status_code == 404


@pytest.mark.parametrize("spoilt", [None, 5, ["x"], {"version": 1}])
def test_a_rule_that_was_spoilt_is_carried_as_none(
    signed_in: Callable[..., Client], germans: Segment, spoilt: Any
) -> None:
    Segment.objects.filter(pk=germans.pk).update(rule=Value(spoilt, JSONField()))
    answer = signed_in("marketer").get("/segments/germans/segment.json")
    assert json.loads(answer.content)["rule"] is None
