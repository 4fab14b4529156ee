"""A sentence as the draft of a rule, through the API."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crm.models import AttributeDefinition, Contact
from segments.models import Segment
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _defined(db: None) -> None:
    for name, sensitive in (("city", False), ("home", False), ("illness", True)):
        AttributeDefinition.objects.create(
            name=name, label=name.capitalize(), type="text", sensitive=sensitive
        )


def test_a_sentence_becomes_a_draft_and_nothing_is_saved(
    caller: Callable[..., Caller], contact: Callable[..., Contact]
) -> None:
    contact(city="London")
    found = caller().post("/segments/draft-from-text", {"text": "people in London who sparkle"})
    assert found.status_code == 200, found.content
    told = found.json()
    assert told["document"]["rule"] == {"all": [{"attribute": "city", "op": "is", "value": "London"}]}
    assert told["unknown"] == ["sparkle"]
    assert told["words"][2] == {"text": "London", "understood": True}
    assert not Segment.objects.exists()


def test_a_choice_is_taken(caller: Callable[..., Caller], contact: Callable[..., Contact]) -> None:
    contact(city="London", home="London")
    first = caller().post("/segments/draft-from-text", {"text": "in London"}).json()
    (choice,) = first["choices"]
    other = {"text": "in London", "choices": {choice["key"]: 1 - choice["taken"]}}
    second = caller().post("/segments/draft-from-text", other).json()
    named = {told["document"]["rule"]["all"][0]["attribute"] for told in (first, second)}
    assert named == {"city", "home"}


@pytest.mark.parametrize(
    "body", [{}, {"text": ""}, {"text": "x" * 1_001}, {"text": "x", "choices": {"a": "b"}}]
)
def test_what_is_no_sentence_is_refused(caller: Callable[..., Caller], body: dict[str, object]) -> None:
    assert caller().post("/segments/draft-from-text", body).status_code == 400


def test_sensitive_values_are_guarded(caller: Callable[..., Caller], contact: Callable[..., Contact]) -> None:
    contact(illness="gout")
    told = caller("marketer").post("/segments/draft-from-text", {"text": "gout"}).json()
    assert told["unknown"] == ["gout"]
    told = caller("administrator").post("/segments/draft-from-text", {"text": "gout"}).json()
    assert told["unknown"] == []
