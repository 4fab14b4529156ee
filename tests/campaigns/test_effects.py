"""What saving an edit of a segment does to each thing that uses it, counted on fingers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign, Goal
from crm.models import Contact
from segments.models import Membership, Placement, Segment
from segments.queries.building import previewing, reaching
from segments.queries.building.counting import count
from segments.queries.building.effects import effects_of
from segments.uses import Effect, Verbs

from .conftest import NOON

IN_ROME = {"version": 1, "rule": {"attribute": "city", "op": "is", "value": "Rome"}}


@pytest.fixture(autouse=True)
def _fresh(settings: Any, tmp_path: Path) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"
    reaching.forget()
    previewing._members.cache_clear()


@pytest.fixture
def people(
    contact: Callable[..., Contact],
    segment: Segment,
    enter: Callable[..., Contact],
    says: Callable[..., None],
    email: Callable[[Contact], None],
) -> dict[str, Contact]:
    """Three members in Bonn and one in Rome; two in Rome who are none. Asked for Rome: 3 leave, 2 join, 1 stays."""
    towns = {"ann": "Bonn", "ben": "Bonn", "cid": "Bonn", "dot": "Rome", "eva": "Rome", "fay": "Rome"}
    found = {name: contact(name.title(), city=town) for name, town in towns.items()}
    for name in ("ann", "ben", "cid", "dot"):
        enter(found[name], 5)
    for name in ("ann", "ben", "dot", "eva"):  # cid and fay said nothing
        says(found[name], True, 3)
        email(found[name])
    says(found["ben"], False, 1)
    says(found["cid"], True, 3, channel="post", purpose="service")
    says(found["fay"], True, 3, channel="email")  # allowed, and no address
    return found


def effects(segment: Segment, document: dict[str, Any] = IN_ROME) -> dict[str, Effect]:
    counted = count(document, as_of=NOON, slug=segment.slug)
    return {one.name: one for one in effects_of(previewing.edit_by(segment, counted))}


def numbers(effect: Effect) -> tuple[int | None, int | None, int | None]:
    return effect.loses, effect.gains, effect.stays


def test_a_campaign_loses_and_gains_those_it_may_contact(
    segment: Segment, people: dict[str, Contact], campaign: Callable[..., Campaign]
) -> None:
    campaign(name="Spring sale")
    campaign(name="Letters", channel="post", purpose="service", subject="")
    found = effects(segment)
    assert numbers(found["Spring sale"]) == (1, 1, 1)  # ann goes, eva comes, dot stays
    assert found["Spring sale"].words == "1 stops receiving it, 1 begins to receive it"
    assert found["Spring sale"].counted == "members who allow e-mail for offers and have an address for it"
    assert numbers(found["Letters"]) == (1, 0, 0)  # cid
    assert found["Letters"].words == "1 stops receiving it"
    assert found["Letters"].counted == "members who allow letter for service news"


def test_a_withdrawal_meanwhile_counts(
    segment: Segment, people: dict[str, Contact], campaign: Callable[..., Campaign], says: Callable[..., None]
) -> None:
    campaign(name="Spring sale")
    assert effects(segment)["Spring sale"].loses == 1
    says(people["ann"], False, 0)
    says(people["ben"], True, 0)
    says(people["eva"], False, 0)
    assert numbers(effects(segment)["Spring sale"]) == (1, 0, 1)  # ben now


def test_an_archived_campaign_is_not_told(
    segment: Segment, people: dict[str, Contact], campaign: Callable[..., Campaign]
) -> None:
    Campaign.objects.filter(pk=campaign(name="Gone").pk).update(state=Campaign.ARCHIVED)
    assert "Gone" not in effects(segment)


def test_a_goal_is_measured_on_others_unless_it_is_over(
    segment: Segment, people: dict[str, Contact], goal: Callable[..., Goal]
) -> None:
    goal(name="Now")
    goal(name="Due today", due_on=NOON.date())
    goal(name="Past", starts_on=date(2026, 3, 1), due_on=NOON.date() - timedelta(days=1))
    found = effects(segment)
    assert numbers(found["Now"]) == numbers(found["Due today"]) == (3, 2, 1)
    assert found["Now"].words == "3 no longer count, 2 newly count"
    assert numbers(found["Past"]) == (None, None, None)
    assert found["Past"].words == "is over: what it came to stays"


def test_segments_built_on_it_and_on_those_follow(segment: Segment, people: dict[str, Contact]) -> None:
    def build(slug: str, rule: dict[str, Any]) -> None:
        Segment.objects.create(slug=slug, name=slug, rule={"version": 1, "rule": rule})

    build("out", {"segment": "buyers", "op": "not_in"})
    build(
        "over", {"all": [{"segment": "out", "op": "in"}, {"attribute": "city", "op": "is", "value": "Bonn"}]}
    )
    build("held", {"segment": "buyers", "op": "in", "for": [3, "day"]})
    build("else", {"attribute": "city", "op": "is", "value": "Bonn"})
    build("broken", {"all": [{"segment": "buyers", "op": "in"}, {"attribute": "nothing", "op": "is_set"}]})
    found = effects(segment)
    assert numbers(found["out"]) == (2, 3, 0)
    assert found["out"].words == "2 leave it, 3 join it"
    assert numbers(found["over"]) == (0, 3, 0)
    assert numbers(found["held"]) == (3, 0, 1)  # newcomers have not been in it for three days
    assert "else" not in found
    assert found["broken"].loses is None
    assert found["broken"].words.startswith("cannot be counted: ")


def test_the_badge_goes_with_the_members(segment: Segment, people: dict[str, Contact]) -> None:
    Placement.objects.create(
        segment=segment, contact=people["ann"], included=True, reason="asked", at=NOON - timedelta(days=1)
    )
    assert numbers(effects(segment)["Badge in service"]) == (2, 2, 2)
    segment.shown_as_badge = False
    assert "Badge in service" not in effects(segment)


def test_nothing_changes_by_the_same_members(
    segment: Segment, people: dict[str, Contact], campaign: Callable[..., Campaign]
) -> None:
    campaign(name="Spring sale")
    same = {"version": 1, "rule": {"attribute": "city", "op": "is", "value": "Bonn"}}
    Membership.objects.filter(contact=people["dot"]).delete()
    Segment.objects.filter(pk=segment.pk).update(size=3)
    segment.refresh_from_db()
    found = effects(segment, same)
    assert found["Spring sale"].words == "the same people receive it"
    assert found["Badge in service"].words == "nobody loses or gets it"


def test_words_group_figures_and_agree() -> None:
    verbs = Verbs(("goes", "go"), ("comes", "come"), "none")
    assert verbs.told(1_391, 1) == "1,391 go, 1 comes"
    assert verbs.told(0, 2) == "2 come"
    assert verbs.told(0, 0) == "none"


def test_the_builder_and_a_version_tell_it_in_as_many_queries_for_one_as_for_many(
    segment: Segment,
    people: dict[str, Contact],
    campaign: Callable[..., Campaign],
    signed_in: Callable[[str], Client],
    django_assert_num_queries: Any,
) -> None:
    Segment.objects.filter(pk=segment.pk).update(rule=IN_ROME)
    client = signed_in("marketer")
    campaign(name="Spring sale")

    def asked() -> Any:
        body = json.dumps({"document": IN_ROME})
        return client.post("/segments/buyers/rehearse/", body, content_type="application/json").json()

    asked()
    with CaptureQueriesContext(connection) as few:
        asked()
    for number in range(5):
        campaign(name=f"More {number}")
    with CaptureQueriesContext(connection) as many:
        told = asked()
    assert len(many) == len(few)
    assert [use["words"] for use in told["uses"] if use["kind"] == "campaign"] == [
        "1 stops receiving it, 1 begins to receive it"
    ] * 6
