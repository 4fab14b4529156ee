"""Beside an unsaved rule: other people, whom one condition keeps out, other days, and everybody who would come or go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from crm.kit import clock
from crm.models import Contact, Interaction
from segments.models import Segment
from segments.queries.building import acquaintance

from .conftest import in_country
from .test_builder import Ask

PLACE = "/segments/new/"
QUERIES = 14
BOUGHT = {"interaction": "purchase"}


def all_of(*parts: Any) -> dict[str, Any]:
    return {"version": 1, "rule": {"all": list(parts)}}


@pytest.fixture
def buyers(people: list[Contact]) -> list[Contact]:
    """Ada and Cem bought, Cem forty days ago."""
    for contact, days in ((people[0], 2), (people[2], 40)):
        Interaction.objects.create(
            contact=contact,
            kind="purchase",
            at=clock.now() - timedelta(days=days),
            source="test",
            message_id=f"m{contact.pk}",
        )
    return people


GERMAN = {"attribute": "country", "op": "in", "value": ["Germany"]}


def test_nearly_names_the_one_condition_that_keeps_somebody_out(ask: Ask, buyers: list[Contact]) -> None:
    answer = ask("/segments/draft/others/", document=all_of(GERMAN, BOUGHT), nearly=True, number=0).json()
    found = {one["name"]: one["misses"] for one in answer["people"]}
    assert set(found) == {"Bea Two", "Cem Three"}
    assert "bought" in found["Bea Two"]
    assert "Country" in found["Cem Three"]
    assert all(one["url"] for one in answer["people"])


def test_nobody_nearly_matches_a_single_condition(ask: Ask, buyers: list[Contact]) -> None:
    assert ask("/segments/draft/others/", document=all_of(GERMAN), nearly=True).json() == {"people": []}


def test_five_others_are_members_and_the_same_number_shows_the_same(
    contact: Callable[..., Contact], country: Any, ask: Ask
) -> None:
    for index in range(40):
        contact(f"N{index}", "Oe", country="Germany")
    turns = [
        [one["id"] for one in ask("/segments/draft/others/", document=all_of(GERMAN), number=number).json()["people"]]
        for number in (1, 2, 1)
    ]  # fmt: skip
    assert turns[0] == turns[2] != turns[1]
    assert all(len(set(one)) == acquaintance.SHOWN for one in turns)


@pytest.mark.parametrize("body", [{"number": -1}, {"number": "x"}, {"number": 2**40}])
def test_an_unreadable_number_gets_a_sentence(ask: Ask, people: list[Contact], body: dict[str, Any]) -> None:
    answer = ask("/segments/draft/others/", document=all_of(GERMAN), **body)
    assert (answer.status_code, "number" in answer.json()["sentence"]) == (400, True)


def test_the_reasons_of_several_come_together(ask: Ask, buyers: list[Contact]) -> None:
    ids = [buyers[0].pk, buyers[2].pk, 10**9, "x"]
    found = ask("/segments/draft/whys/", document=all_of(BOUGHT), contacts=ids).json()["reasons"]
    assert set(found) == {str(buyers[0].pk), str(buyers[2].pk)}
    assert all(found.values())
    assert ask("/segments/draft/whys/", document=all_of(BOUGHT), contacts=[1] * 11).status_code == 400


def test_other_days_are_counted_as_of_then(ask: Ask, buyers: list[Contact]) -> None:
    recent = {**BOUGHT, "window": {"last": [30, "day"]}}
    answer = ask("/segments/draft/elsewhen/", document=all_of(recent)).json()
    found = {one["label"]: one["count"] for one in answer["days"]}
    assert found == {"A week ago": 0, "A month ago": 1, "Three months ago": 0, "A year ago": 0}
    assert any("Interactions" in sentence for sentence in answer["known"])


def test_a_picked_day_counts_to_its_end(ask: Ask, buyers: list[Contact]) -> None:
    day = (clock.now() - timedelta(days=40)).date()
    days = [day.isoformat(), (day - timedelta(days=3)).isoformat()]
    answer = ask("/segments/draft/elsewhen/", document=all_of(BOUGHT), on=days).json()
    assert [one["count"] for one in answer["days"]] == [1, 0]
    ahead = (clock.now() + timedelta(days=2)).date().isoformat()
    for on in ([ahead], ["x"], 5):
        assert ask("/segments/draft/elsewhen/", document=all_of(BOUGHT), on=on).status_code == 400


def test_a_rule_that_is_refused_is_told_beside_the_counts(ask: Ask, people: list[Contact]) -> None:
    wrong = all_of({"attribute": "country", "op": "gt", "value": 3})
    for address in ("others", "elsewhen"):
        answer = ask(f"/segments/draft/{address}/", document=wrong)
        assert (answer.status_code, bool(answer.json()["problems"])) == (200, True)


def test_everybody_who_would_come_or_go_is_listed_with_why(
    ask: Ask, signed_in: Callable[..., Client], buyers: list[Contact], germans: Segment
) -> None:
    place = f"/segments/{germans.slug}/edit/"
    ask("/segments/draft/", place=place, segment=germans.slug, document=in_country("Germany"), version=1)
    marketer = signed_in("marketer")
    joins = marketer.get("/segments/draft/people/", {"place": place, "who": "joins"}).content.decode()
    assert "Ada One" in joins
    assert "Bea Two" in joins
    assert "Cem Three" not in joins
    leaves = marketer.get("/segments/draft/people/", {"place": place, "who": "leaves"}).content.decode()
    assert "Cem Three" in leaves
    why = marketer.get(f"/segments/draft/people/{buyers[2].pk}/", {"place": place}).content.decode()
    assert "France" in why
    assert marketer.get("/segments/draft/people/", {"place": place, "who": "x"}).status_code == 404


def test_somebody_elses_draft_is_not_shown(
    ask: Ask, signed_in: Callable[..., Client], people: list[Contact]
) -> None:
    ask("/segments/draft/", place=PLACE, document=in_country("Germany"))
    other = signed_in("administrator").get("/segments/draft/people/", {"place": PLACE}).content.decode()
    assert "The draft is gone" in other
    assert "Ada" not in other
    away = signed_in("marketer").get("/segments/draft/people/", {"place": "//evil.example/"}).content.decode()
    assert "evil.example" not in away.split("<main")[1]


def test_the_list_of_who_would_join_asks_a_fixed_number_of_queries(
    ask: Ask,
    signed_in: Callable[..., Client],
    contact: Callable[..., Contact],
    people: list[Contact],
    django_assert_num_queries: Any,
) -> None:
    ask("/segments/draft/", place=PLACE, document=in_country("Germany"))
    marketer = signed_in("marketer")
    address = {"place": PLACE, "who": "joins"}
    marketer.get("/segments/draft/people/", address)
    with django_assert_num_queries(QUERIES):
        marketer.get("/segments/draft/people/", address)
    for index in range(60):
        contact(f"N{index}", "Oe", country="Germany")
    marketer.get("/segments/draft/people/", address)
    with django_assert_num_queries(QUERIES):
        marketer.get("/segments/draft/people/", address)
