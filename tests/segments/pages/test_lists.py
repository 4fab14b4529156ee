"""Lists made by hand, archiving, and what the contact page shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from crm.models import Contact, Identifier
from crm.panels import BADGES, FILTERS, TIMELINE
from segments import uses
from segments.models import Membership, MembershipChange, Segment


@pytest.fixture
def known(people: list[Contact]) -> list[Contact]:
    """The people, with e-mail addresses, and Dan by an external id."""
    for person in people[:3]:
        address = f"{person.first_name.lower()}@example.com"
        Identifier.objects.create(contact=person, kind="email", value=address, shown=address.title())
    Identifier.objects.create(contact=people[3], kind="external_id", value="D-4", shown="D-4")
    return people


def in_list(segment: Segment) -> set[int]:
    return set(Membership.objects.filter(segment=segment).values_list("contact_id", flat=True))


def test_a_list_is_made_from_pasted_addresses_and_ids(
    signed_in: Callable[..., Client], known: list[Contact]
) -> None:
    pasted = "ADA@example.com, D-4\nnobody@example.com;ada@example.com"
    answer = signed_in("marketer").post(
        "/segments/new/list/", {"name": "Guests", "entries": pasted}, follow=True
    )
    made = Segment.objects.get(slug="guests")
    assert in_list(made) == {known[0].pk, known[3].pk}
    assert made.size == 2
    assert "nobody@example.com" in answer.content.decode()
    assert set(MembershipChange.objects.values_list("cause", "entered")) == {("manual", True)}


def test_people_are_added_and_removed_with_a_log(
    signed_in: Callable[..., Client], known: list[Contact]
) -> None:
    client = signed_in("marketer")
    client.post("/segments/new/list/", {"name": "Guests", "entries": "ada@example.com"})
    client.post("/segments/guests/people/add/", {"entries": "bea@example.com ,ada@example.com"})
    client.post("/segments/guests/people/remove/", {"contact": known[0].pk})
    guests = Segment.objects.get(slug="guests")
    assert in_list(guests) == {known[1].pk}
    assert guests.size == 1
    log = MembershipChange.objects.filter(segment=guests).order_by("pk")
    assert [(row.contact_id, row.entered) for row in log] == [
        (known[0].pk, True),
        (known[1].pk, True),
        (known[0].pk, False),
    ]


def test_a_segment_by_rule_takes_nobody_by_hand(
    signed_in: Callable[..., Client], germans: Segment, known: Any
) -> None:
    page = signed_in("marketer").post(
        "/segments/germans/people/add/", {"entries": "ada@example.com"}, follow=True
    )
    assert "follows a rule" in page.content.decode()
    assert germans.size == 1


def test_a_snapshot_keeps_who_is_in_it_now(signed_in: Callable[..., Client], germans: Segment) -> None:
    signed_in("marketer").post("/segments/germans/snapshot/", {"name": "Then"})
    taken = Segment.objects.get(slug="then")
    assert taken.kind == Segment.FIXED
    assert in_list(taken) == in_list(germans)


@pytest.fixture
def campaign() -> Iterator[None]:
    """Something that uses every segment."""
    uses.USES["test"] = lambda segment: [uses.Use("Autumn win-back", "/x/", "send", "running")]
    yield
    del uses.USES["test"]


def test_what_is_used_is_not_archived(
    signed_in: Callable[..., Client], germans: Segment, campaign: None
) -> None:
    page = signed_in("marketer").post("/segments/germans/archive/", follow=True)
    assert "is used by Autumn win-back" in page.content.decode()
    germans.refresh_from_db()
    assert germans.archived_at is None


def test_a_segment_another_one_reads_is_not_archived(
    signed_in: Callable[..., Client], germans: Segment
) -> None:
    rule = {"version": 1, "rule": {"not": {"segment": "germans", "op": "in"}}}
    Segment.objects.create(slug="others", name="Others", rule=rule)
    page = signed_in("marketer").post("/segments/germans/archive/", follow=True)
    assert "the segment ‘Others’" in page.content.decode()


def test_archived_and_restored(signed_in: Callable[..., Client], germans: Segment) -> None:
    client = signed_in("marketer")
    client.post("/segments/germans/archive/")
    assert 'href="/segments/germans/"' not in client.get("/segments/").content.decode()
    assert "Germans" in client.get("/segments/?archived=1").content.decode()
    client.post("/segments/germans/restore/")
    germans.refresh_from_db()
    assert germans.archived_at is None


def test_settings_keep_what_was_entered_when_something_is_wrong(
    signed_in: Callable[..., Client], germans: Segment
) -> None:
    client = signed_in("marketer")
    sent = {"name": "", "description": "why", "label": "geographic", "hue": "3", "badge_rank": "2"}
    page = client.post("/segments/germans/settings/", sent).content.decode()
    assert "why" in page
    client.post("/segments/germans/settings/", {**sent, "name": "Deutsche"})
    germans.refresh_from_db()
    assert (germans.name, germans.hue, germans.shown_as_badge) == ("Deutsche", 3, False)


def test_the_contact_page_explains_each_badge(
    signed_in: Callable[..., Client], germans: Segment, people: list[Contact]
) -> None:
    page = signed_in("service").get(f"/contacts/{people[2].pk}/").content.decode()
    assert "Who they are to us" in page
    assert germans.sentence in page


def test_badges_filter_and_timeline(
    germans: Segment, people: list[Contact], noon: datetime, django_assert_num_queries: Any
) -> None:
    MembershipChange.objects.create(
        segment=germans, contact=people[2], entered=True, at=noon, cause="time", version=1
    )
    with django_assert_num_queries(1):
        badges = BADGES["segments"]([person.pk for person in people])
    assert [badge.name for badge in badges[people[2].pk]] == ["Germans"]
    assert [row.contact_id for row in FILTERS["segment"].inside("germans")] == [people[2].pk]
    with django_assert_num_queries(1):
        entries = TIMELINE["segments"].entries(people[2], noon.replace(year=2027), 5)
    assert (entries[0].title, entries[0].chip) == ("Became", "Germans")
