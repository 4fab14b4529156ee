"""Why a customer is in a segment or is not: the page, the card, the API's answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from crm.domain.roles import Role
from crm.models import AttributeDefinition, Contact, Interaction
from segments.actions.building.saving import create_segment
from segments.models import Membership, Segment
from segments.queries.explaining import explain_segment, explain_segments
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
LOYAL = {
    "interaction": "purchase",
    "window": {"last": [90, "day"]},
    "measure": {"fn": "count"},
    "op": "gte",
    "value": 2,
}


@pytest.fixture
def buyer(contact: Callable[..., Contact], country: AttributeDefinition) -> Contact:
    """Bought 100, 50 and 10 days before noon."""
    made = contact("Ada", "One", country="Germany")
    for days in (100, 50, 10):
        buy(made, NOON - timedelta(days=days))
    return made


def buy(contact: Contact, at: datetime) -> Interaction:
    return Interaction.objects.create(
        contact=contact, kind="purchase", at=at, amount=20, source="test", message_id=str(at.timestamp())
    )


def segment(rule: Any, name: str = "Loyal") -> Segment:
    return create_segment(name=name, rule={"version": 1, "rule": rule}, by=None, at=NOON)


def explained(contact: Contact, made: Segment, **terms: Any) -> Any:
    return explain_segment(contact, made, as_of=NOON, **{"see_sensitive": True, **terms})


def test_a_member_is_told_why_and_until_when(buyer: Contact) -> None:
    told = explained(buyer, segment(LOYAL))
    assert told.why.holds
    assert told.reasons == ["bought twice in the last 90 days, last on 5 March 2026"]
    assert told.changes_at == NOON - timedelta(days=50) + timedelta(days=90, microseconds=1)
    assert told.outlook == "Until 24 April 2026, 12:00, unless they buy."
    newest, older = told.why.root.told.happenings
    ids = [told.interactions[one.row] for one in (newest, older)]
    assert ids == list(
        Interaction.objects.filter(at__gte=NOON - timedelta(days=90))
        .order_by("-at")
        .values_list("pk", flat=True)
    )


def test_amounts_are_told_to_the_cent_and_counts_are_not(buyer: Contact) -> None:
    Interaction.objects.filter(contact=buyer).update(amount=Decimal("410.10"))
    rule = {**LOYAL, "measure": {"fn": "sum", "property": "amount"}}
    told = explained(buyer, segment(rule | {"window": {"last": [2, "year"]}}))
    assert told.reasons == ["bought for 1,230.30 in total in the last 2 years, last on 5 March 2026"]


def test_a_stranger_is_told_what_is_missing(buyer: Contact) -> None:
    rule = {"all": [{**LOYAL, "value": 5}, {"attribute": "country", "op": "is", "value": "Germany"}]}
    told = explained(buyer, segment(rule))
    assert not told.why.holds
    (reason,) = told.why.reasons
    assert (reason.told.seen, reason.told.lacking) == (
        "bought twice in the last 90 days, last on 5 March 2026",
        "needed at least 5",
    )
    assert told.outlook == "Time alone changes nothing before 15 March 2028."


def test_who_comes_in_by_time_alone_is_told_when(buyer: Contact) -> None:
    told = explained(buyer, segment({"not": {"interaction": "purchase", "window": {"last": [30, "day"]}}}))
    assert told.outlook == "Will be in it from 4 April 2026, 12:00, unless they buy."


def test_sensitive_values_are_told_only_to_those_who_may_see_them(contact: Callable[..., Contact]) -> None:
    AttributeDefinition.objects.create(name="income", label="Income", type="number", sensitive=True)
    ada = contact(income=98765)
    made = segment({"attribute": "income", "op": "gte", "value": 50000})
    assert explained(ada, made).reasons == ["Income is 98765"]
    told = explained(ada, made, see_sensitive=False)
    assert told.reasons == ["Income is not shown to you"]
    assert told.why.root.told.value is None


def test_the_number_of_queries_does_not_grow(buyer: Contact, django_assert_num_queries: Any) -> None:
    first = segment(LOYAL)
    several = [first, *(segment({**LOYAL, "value": number}, f"Loyal {number}") for number in range(3, 9))]
    explained(buyer, first)  # the first snapshot
    with django_assert_num_queries(8):
        explained(buyer, first)
    with django_assert_num_queries(8):
        explain_segments(buyer.pk, several, as_of=NOON, see_sensitive=True)


def test_a_list_for_a_time_goes_by_when_they_were_put_on_it(buyer: Contact) -> None:
    listed = create_segment(name="Listed", kind=Segment.FIXED, by=None, at=NOON)
    Membership.objects.create(segment=listed, contact=buyer, since=NOON - timedelta(days=2))
    made = segment({"segment": "listed", "op": "in", "for": [5, "day"]})
    told = explained(buyer, made)
    assert not told.why.holds
    assert told.changes_at == datetime(2026, 3, 18, 12, tzinfo=UTC)
    assert told.reasons == ["is in the segment ‘Listed’ since 13 March 2026"]


def test_a_rule_that_cannot_be_evaluated_says_so(buyer: Contact) -> None:
    made = segment({"attribute": "country", "op": "is_set"})
    Segment.objects.filter(pk=made.pk).update(
        rule={"version": 1, "rule": {"attribute": "gone", "op": "is_set"}}
    )
    told = explained(buyer, Segment.objects.get(pk=made.pk))
    assert told.why is None
    assert "no attribute" in told.problem


@pytest.mark.parametrize("role", list(Role))
def test_the_page_is_there_for_all_who_see_segments(
    signed_in: Callable[..., Client], buyer: Contact, role: Role
) -> None:
    made = segment(LOYAL)
    answer = signed_in(role).get(f"/segments/{made.slug}/why/{buyer.pk}/")
    assert answer.status_code == 200
    assert "Why Ada One is" in answer.content.decode()


def test_the_page_leads_to_other_segments(signed_in: Callable[..., Client], buyer: Contact) -> None:
    made = segment(LOYAL)
    browser = signed_in("service")
    answer = browser.get(f"/segments/why/{buyer.pk}/?segment={made.slug}")
    assert answer["Location"] == f"/segments/{made.slug}/why/{buyer.pk}/"
    assert browser.get(f"/segments/why/{buyer.pk}/?segment=nothing").status_code == 404
    assert browser.get(f"/segments/nothing/why/{buyer.pk}/").status_code == 404
    assert browser.get(f"/segments/{made.slug}/why/99999/").status_code == 404


def test_what_people_wrote_is_never_markup(signed_in: Callable[..., Client], buyer: Contact) -> None:
    buyer.attributes = {"country": "<script>alert(1)</script>"}
    buyer.save()
    made = segment({"attribute": "country", "op": "contains", "value": "<script>"})
    body = signed_in("service").get(f"/segments/{made.slug}/why/{buyer.pk}/").content.decode()
    assert "<script>alert" not in body
    assert "&lt;script&gt;alert" in body


def test_the_card_tells_the_facts(signed_in: Callable[..., Client], buyer: Contact) -> None:
    made = segment({"attribute": "country", "op": "is", "value": "Germany"})
    Membership.objects.create(segment=made, contact=buyer, since=NOON)
    body = signed_in("service").get(f"/contacts/{buyer.pk}/").content.decode()
    assert f"/segments/{made.slug}/why/{buyer.pk}/" in body
    assert "<dt>Why</dt><dd>Country is ‘Germany’</dd>" in body
