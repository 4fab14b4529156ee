"""Campaigns: their states, and an audience in which everybody is counted once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client

from campaigns.actions.campaigns import change_state, duplicate_campaign, edit_campaign
from campaigns.domain.campaign_states import STATES, STEPS
from campaigns.domain.refusals import Refused
from campaigns.models import Campaign, Goal
from campaigns.queries.audience import GROUPS, count_audience, people_in
from crm.models import AuditEntry, Contact, User
from segments.models import Segment
from segments.uses import uses_of
from tests.campaigns.conftest import NOON

Person = Callable[[str], User]
LATER = NOON + timedelta(minutes=1)


def move(campaign: Campaign, *states: str, by: User) -> None:
    for step, state in enumerate(states, 1):
        change_state(campaign=campaign, to=state, by=by, at=NOON + timedelta(minutes=step))


def test_the_way_of_a_campaign(campaign: Callable[..., Campaign], person: Person) -> None:
    made = campaign()
    move(made, "ready", "approved", "archived", "draft", by=person("administrator"))
    assert Campaign.objects.get().state == "draft"
    lines = AuditEntry.objects.filter(subject=f"campaign {made.pk}").order_by("at", "pk")
    assert [line.action for line in lines] == [
        "campaign.created",
        "campaign.moved",
        "campaign.approved",
        "campaign.moved",
        "campaign.moved",
    ]


@pytest.mark.parametrize("source", STATES)
@pytest.mark.parametrize("to", [*STATES, "sent", ""])
def test_no_step_outside_the_table(
    source: str, to: str, campaign: Callable[..., Campaign], person: Person
) -> None:
    made = campaign()
    Campaign.objects.filter(pk=made.pk).update(state=source)
    made.refresh_from_db()
    if any((step.source, step.goal) == (source, to) for step in STEPS):
        change_state(campaign=made, to=to, by=person("administrator"), at=LATER)
    else:
        with pytest.raises(Refused, match="cannot become"):
            change_state(campaign=made, to=to, by=person("administrator"), at=LATER)


@pytest.mark.parametrize(
    ("missing", "said"), [({"message": "  "}, "no message"), ({"subject": ""}, "needs a subject")]
)
def test_ready_needs_a_message(
    missing: dict[str, str], said: str, campaign: Callable[..., Campaign], person: Person
) -> None:
    with pytest.raises(Refused, match=said):
        move(campaign(**missing), "ready", by=person("marketer"))


def test_a_text_message_needs_no_subject(campaign: Callable[..., Campaign], person: Person) -> None:
    move(campaign(channel="sms", subject=""), "ready", by=person("marketer"))


def test_who_may_take_which_step(campaign: Callable[..., Campaign], person: Person) -> None:
    made = campaign()
    with pytest.raises(Refused, match="role"):
        move(made, "ready", by=person("manager"))
    move(made, "ready", by=person("marketer"))
    with pytest.raises(Refused, match="role"):
        change_state(campaign=made, to="approved", by=person("service"), at=LATER)
    change_state(campaign=made, to="approved", by=person("manager"), at=LATER)


def test_of_two_who_decide_at_once_one_is_told(campaign: Callable[..., Campaign], person: Person) -> None:
    made = campaign()
    stale = Campaign.objects.select_related("segment").get(pk=made.pk)
    move(made, "ready", by=person("marketer"))
    with pytest.raises(Refused, match="colleague"):
        change_state(campaign=stale, to="archived", by=person("marketer"), at=LATER)
    assert Campaign.objects.get().state == "ready"


def content(campaign: Campaign, **other: Any) -> dict[str, Any]:
    names = ("name", "segment", "objective", "channel", "purpose", "subject", "message", "owner")
    return {name: getattr(campaign, name) for name in names} | other


def test_a_change_asks_for_approval_anew(campaign: Callable[..., Campaign], person: Person) -> None:
    made = campaign()
    move(made, "ready", "approved", by=person("marketer"))
    edit_campaign(campaign=made, **content(made, message="Other words"), by=person("marketer"), at=LATER)
    assert Campaign.objects.get().state == "draft"
    move(made, "archived", by=person("marketer"))
    with pytest.raises(Refused, match="archived"):
        edit_campaign(campaign=made, **content(made), by=person("marketer"), at=LATER)


@pytest.mark.parametrize(
    ("terms", "field"),
    [({"name": " "}, "name"), ({"channel": "fax"}, "channel"), ({"purpose": "fun"}, "purpose")],
)
def test_what_is_no_campaign_is_refused(
    terms: dict[str, str], field: str, campaign: Callable[..., Campaign]
) -> None:
    with pytest.raises(Refused) as refusal:
        campaign(**terms)
    assert refusal.value.field == field


def test_an_archived_segment_is_refused(segment: Segment, campaign: Callable[..., Campaign]) -> None:
    segment.archived_at = NOON
    segment.save()
    with pytest.raises(Refused, match="archived"):
        campaign()


def test_a_copy_is_a_draft_of_its_own(campaign: Callable[..., Campaign], person: Person) -> None:
    made = campaign(name="x" * 120)
    copy = duplicate_campaign(campaign=made, by=person("administrator"), at=LATER)
    assert copy.state == "draft"
    assert copy.name.endswith(" (copy)")
    assert len(copy.name) == 120
    assert copy.message == made.message
    assert copy.owner == person("administrator")


@pytest.mark.parametrize("change", [{"state": "sent"}, {"name": ""}])
def test_the_database_keeps_campaigns_sound(
    change: dict[str, str], campaign: Callable[..., Campaign]
) -> None:
    made = campaign()
    with pytest.raises(IntegrityError):
        Campaign.objects.filter(pk=made.pk).update(**change)


@pytest.fixture
def audience(
    contact: Callable[..., Contact],
    enter: Callable[..., Contact],
    says: Callable[..., None],
    email: Callable[[Contact], None],
) -> dict[str, set[int]]:
    """Two who may be contacted, one of whom nobody knows, two who withdrew, one without an address; one outside."""
    groups: dict[str, set[int]] = {group: set() for group in GROUPS}

    def put(group: str, *, granted: bool | None, address: bool, purpose: str = "offers") -> None:
        one = enter(contact(group), 10)
        groups[group].add(one.pk)
        if granted is not None:
            says(one, granted, 5, purpose=purpose)
        if address:
            email(one)

    put("allowed", granted=True, address=True)
    put("allowed", granted=True, address=True)
    put("unrecorded", granted=True, address=True, purpose="service")
    put("withdrawn", granted=False, address=True)
    put("withdrawn", granted=False, address=False)
    put("unreachable", granted=True, address=False)
    outsider = contact("outside")
    says(outsider, True, 5)
    email(outsider)
    return groups


def test_everybody_is_in_exactly_one_group(
    audience: dict[str, set[int]], campaign: Callable[..., Campaign], django_assert_num_queries: Any
) -> None:
    made = campaign()
    count_audience(made, as_of=NOON)  # the first of a process makes the mirror
    with django_assert_num_queries(9):
        found = count_audience(made, as_of=NOON)
    assert found.matching == 6
    assert found.blocked == 4
    assert found.as_of == NOON
    for group, expected in audience.items():
        assert getattr(found, group) == len(expected), group
        with django_assert_num_queries(1):
            people = people_in(made, group, after="")
            assert {one.contact.pk for one in people.rows} == expected


def test_a_letter_needs_no_identifier(
    audience: dict[str, set[int]], campaign: Callable[..., Campaign]
) -> None:
    found = count_audience(campaign(channel="post"), as_of=NOON)
    assert (found.matching, found.unreachable, found.unrecorded) == (6, 0, 6)


def test_the_people_of_a_group_page_by_key(
    audience: dict[str, set[int]], campaign: Callable[..., Campaign]
) -> None:
    made = campaign()
    first = people_in(made, "allowed", after="", size=1)
    second = people_in(made, "allowed", after=first.next_key, size=1)
    assert {first.rows[0].pk, second.rows[0].pk} == audience["allowed"]
    assert second.next_key == ""


def test_the_card_says_why_people_are_blocked(
    audience: dict[str, set[int]], campaign: Callable[..., Campaign], signed_in: Callable[[str], Client]
) -> None:
    made = campaign()
    browser = signed_in("manager")
    card = browser.get(f"/campaigns/{made.pk}/audience/").content.decode()
    assert "<b>2</b> may be contacted" in card
    assert "No e-mail address" in card
    assert "As of" in browser.get(f"/campaigns/{made.pk}/audience/withdrawn/").content.decode()
    assert browser.get(f"/campaigns/{made.pk}/audience/everybody/").status_code == 404


def test_the_page_says_that_nothing_is_sent(
    campaign: Callable[..., Campaign], signed_in: Callable[[str], Client]
) -> None:
    assert (
        "Facet does not send yet"
        in signed_in("marketer").get(f"/campaigns/{campaign().pk}/").content.decode()
    )


def test_steps_through_the_pages(
    campaign: Callable[..., Campaign], signed_in: Callable[[str], Client]
) -> None:
    made = campaign()
    marketer, manager = signed_in("marketer"), signed_in("manager")
    state = f"/campaigns/{made.pk}/state/"
    marketer.post(state, {"to": "ready"})
    marketer.post(state, {"to": "approved"})
    assert Campaign.objects.get().state == "ready", "approving has its own address"
    assert "wait" in manager.get("/campaigns/").content.decode()
    manager.post(f"/campaigns/{made.pk}/approve/")
    assert Campaign.objects.get().state == "approved"
    answer = manager.post(f"/campaigns/{made.pk}/approve/", follow=True)
    assert "cannot become approved" in answer.content.decode()


def test_a_campaign_is_planned_and_changed_through_the_form(
    segment: Segment, signed_in: Callable[[str], Client]
) -> None:
    browser = signed_in("marketer")
    given = {"name": "Autumn", "segment": segment.pk, "objective": "Win back", "channel": "email"}
    wrong = browser.post("/campaigns/new/", given | {"purpose": "fun"})
    assert wrong.status_code == 400
    assert 'value="Autumn"' in wrong.content.decode()
    made = browser.post("/campaigns/new/", given | {"purpose": "offers", "message": "Hello"})
    assert made.status_code == 302
    browser.post(f"{made.url}edit/", given | {"purpose": "offers", "name": "Winter"})
    assert Campaign.objects.get().name == "Winter"


def test_a_few_members_far_apart_are_counted(
    campaign: Callable[..., Campaign], enter: Callable[..., Contact]
) -> None:
    for number in (3, 70_001):
        enter(Contact.objects.create(pk=number, first_name="Far"), 1)
    assert count_audience(campaign(), as_of=NOON).unrecorded == 2


def test_campaigns_are_found_by_word_and_state(
    campaign: Callable[..., Campaign], person: Person, signed_in: Callable[[str], Client]
) -> None:
    campaign(name="Alpha")
    move(campaign(name="Beta"), "archived", by=person("marketer"))
    browser = signed_in("marketer")
    assert "Beta" not in browser.get("/campaigns/").content.decode()
    assert "Beta" in browser.get("/campaigns/?state=archived").content.decode()
    assert "Alpha" in browser.get("/campaigns/?q=alp").content.decode()
    assert "No campaign is like that" in browser.get("/campaigns/?q=zzz").content.decode()


def test_the_segment_knows_its_campaigns_and_goals(
    segment: Segment,
    campaign: Callable[..., Campaign],
    goal: Callable[..., Goal],
    person: Person,
) -> None:
    campaign(name="Kept")
    move(campaign(name="Gone"), "archived", by=person("marketer"))
    goal(name="Aim")
    names = {use.name for use in uses_of(segment)}
    assert {"Kept", "Aim"} <= names
    assert "Gone" not in names
