"""Segments with a history made by hand, so that every expected figure can be counted on fingers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from campaigns.actions.campaigns import create_campaign
from campaigns.actions.goals import create_goal
from campaigns.models import Campaign, Goal
from crm.models import Consent, ConsentEntry, Contact, Identifier, Interaction, User
from segments.models import Membership, MembershipChange, Segment

NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    return NOON - timedelta(days=days)


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """The relay is woken after a commit; there is no broker in these tests."""
    monkeypatch.setattr("crm.actions.publishing.wake_relay", lambda *_: None)


@pytest.fixture
def segment(db: None) -> Segment:
    return Segment.objects.create(
        slug="buyers", name="Buyers", sentence="Everyone who bought.", evaluated_at=NOON, hue=3
    )


@pytest.fixture
def enter(segment: Segment) -> Callable[..., Contact]:
    """Puts a contact into the segment `ago` days before noon, and out again at `left` days before it."""

    def put(contact: Contact, ago: float, left: float | None = None) -> Contact:
        def log(entered: bool, at: datetime) -> None:
            MembershipChange.objects.create(
                segment=segment, contact=contact, entered=entered, at=at, cause="change", version=1
            )

        log(True, days_ago(ago))
        if left is None:
            Membership.objects.create(segment=segment, contact=contact, since=days_ago(ago))
            Segment.objects.filter(pk=segment.pk).update(size=Membership.objects.count())
        else:
            log(False, days_ago(left))
        return contact

    return put


@pytest.fixture
def does(db: None) -> Callable[..., Interaction]:
    """A contact does something `ago` days before noon."""
    numbers = count()

    def make(
        contact: Contact, ago: float, kind: str = "purchase", amount: str | None = None, currency: str = "EUR"
    ) -> Interaction:
        return Interaction.objects.create(
            contact=contact,
            kind=kind,
            at=days_ago(ago),
            amount=None if amount is None else Decimal(amount),
            currency=currency,
            source="test",
            message_id=str(next(numbers)),
        )

    return make


@pytest.fixture
def says(db: None) -> Callable[..., None]:
    """A contact grants or withdraws consent `ago` days before noon; ledger and state."""

    def make(
        contact: Contact, granted: bool, ago: float, channel: str = "email", purpose: str = "offers"
    ) -> None:
        at = days_ago(ago)
        terms = {"contact": contact, "channel": channel, "purpose": purpose}
        ConsentEntry.objects.create(**terms, granted=granted, at=at, source="test", recorded_at=at)
        Consent.objects.update_or_create(**terms, defaults={"granted": granted, "since": at})

    return make


@pytest.fixture
def email(db: None) -> Callable[[Contact], None]:
    """Gives a contact an address."""

    def give(contact: Contact) -> None:
        value = f"c{contact.pk}@facet.example"
        Identifier.objects.create(contact=contact, kind="email", value=value, shown=value)

    return give


@pytest.fixture
def goal(segment: Segment, person: Callable[[str], User]) -> Callable[..., Goal]:
    """Makes a goal on the segment: size from 10 days ago to 20 days from now, unless told otherwise."""

    def make(**terms: Any) -> Goal:
        manager = person("manager")
        given: dict[str, Any] = {
            "name": "Ten buyers",
            "segment": segment,
            "metric": "size",
            "options": {},
            "objective": "Grow",
            "starts_on": date(2026, 3, 5),
            "due_on": date(2026, 4, 4),
            "target": Decimal(10),
            "owner": manager,
            "by": manager,
            "at": NOON,
        }
        return create_goal(**(given | terms))

    return make


@pytest.fixture
def campaign(segment: Segment, person: Callable[[str], User]) -> Callable[..., Campaign]:
    """Makes a draft on the segment with a subject and a message, unless told otherwise."""

    def make(**terms: Any) -> Campaign:
        marketer = person("marketer")
        given: dict[str, Any] = {
            "name": "Spring letter",
            "segment": segment,
            "objective": "Bring them back",
            "channel": "email",
            "purpose": "offers",
            "subject": "Hello again",
            "message": "We missed you.",
            "owner": marketer,
            "by": marketer,
            "at": NOON,
        }
        return create_campaign(**(given | terms))

    return make
