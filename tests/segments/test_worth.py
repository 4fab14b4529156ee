"""A segment's value from the mirror is what goals measure from the database, and what fingers count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.core.cache import cache

from campaigns.domain.metrics import Options
from campaigns.queries.measuring import measure
from crm.models import Account, Interaction
from segments.models import Membership, MembershipChange, Segment
from segments.queries.insight.worth import month_edges, value_of

NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Vienna")


@pytest.fixture(autouse=True)
def _fresh(settings, tmp_path):
    settings.MIRROR_DIR = tmp_path / "mirror"
    cache.clear()


@pytest.fixture
def buyers(contact):
    """Forty people, half of them members, who bought at random: in euro, in dollars, without a currency or an amount."""
    Account.objects.update_or_create(pk=1, defaults={"currency": "EUR", "timezone": str(ZONE)})
    dice = np.random.default_rng(3)
    segment = Segment.objects.create(slug="buyers", name="Buyers", size=20, evaluated_at=NOON, kind="fixed")
    everybody = [contact(f"P{number}") for number in range(40)]
    for one in everybody[:20]:
        long_ago = NOON - timedelta(days=900)
        Membership.objects.create(segment=segment, contact=one, since=long_ago)
        MembershipChange.objects.create(
            segment=segment, contact=one, entered=True, at=long_ago, cause="manual", version=1
        )
    for number in range(300):
        kind = "purchase" if dice.random() < 0.8 else "visit"
        amount = Decimal(int(dice.integers(1, 90_000))) / 100 if dice.random() < 0.9 else None
        currency = ["EUR", "", "USD"][int(dice.choice(3, p=[0.7, 0.2, 0.1]))]
        Interaction.objects.create(
            contact=everybody[int(dice.integers(40))],
            kind=kind,
            at=NOON - timedelta(minutes=int(dice.integers(1, 800 * 1_440))),
            amount=amount,
            currency=currency,
            source="test",
            message_id=str(number),
        )
    return segment


@pytest.mark.parametrize("days", [30, 90, 365])
def test_it_is_what_goals_measure(buyers, days):
    value = value_of(buyers, days=days, as_of=NOON)

    def goal(metric):
        options = Options(days=days)
        return measure(metric, options, buyers, on=NOON.date(), now=NOON, zone=ZONE, currency="EUR").value

    exact = Decimal("0.000001")
    assert value.mine.people == 20
    assert value.mine.revenue == goal("revenue")
    assert value.mine.per_member.quantize(exact) == goal("revenue_per_member")
    assert Decimal(value.mine.orders) / 20 == goal("purchases_per_member")
    assert value.mine.average_order.quantize(exact) == goal("average_order")


def test_months_add_up_to_the_window(buyers):
    value = value_of(buyers, days=365, as_of=NOON)
    assert sum(month.revenue for month in value.months) == value.mine.revenue
    assert sum(month.orders for month in value.months) == value.mine.orders
    assert sum(month.others for month in value.months) == value.others.revenue
    assert value.months[1].begins_on.day == 1


def test_a_short_window_goes_by_days():
    edges = month_edges(NOON - timedelta(days=30), NOON, ZONE)
    assert len(edges) == 16
    assert (edges[0], edges[-1]) == (NOON - timedelta(days=30), NOON)


def test_who_came_again_is_counted_by_hand(contact):
    segment = Segment.objects.create(slug="six", name="Six", size=6, evaluated_at=NOON, kind="fixed")
    for number in range(6):
        one = contact(f"P{number}")
        Membership.objects.create(segment=segment, contact=one, since=NOON)
        for ago in (100, 80 if number < 3 else 61, 5):
            Interaction.objects.create(
                contact=one, kind="purchase", at=NOON - timedelta(days=ago), amount=1, source="t",
                message_id=f"{number}-{ago}",
            )  # fmt: skip
    back = value_of(segment, days=365, as_of=NOON).back
    assert [(came.k, came.again, came.known) for came in back[:4]] == [
        (1, 3, 6),
        (2, 3, 6),
        (3, 0, 6),
        (4, 0, 0),
    ]
    assert back[3].share is None


def test_the_page_and_its_files(signed_in, buyers):
    client = signed_in("marketer")
    assert "hx-get=" in client.get("/segments/buyers/value/").text
    part = client.get("/segments/buyers/value/?days=1095", HTTP_HX_REQUEST="true")
    assert "Who comes back" in part.text
    assert part.context["days"] == "1095"
    for name in ("value", "retention"):
        lines = b"".join(client.get(f"/segments/buyers/{name}.csv").streaming_content).decode().splitlines()
        assert len(lines) > 12


def test_an_account_without_purchases_is_told(signed_in, contact):
    one = contact()
    Interaction.objects.create(contact=one, kind="visit", at=NOON, source="t", message_id="1")
    Segment.objects.create(slug="none", name="None", kind="fixed", evaluated_at=NOON)
    part = signed_in("marketer").get("/segments/none/value/", HTTP_HX_REQUEST="true")
    assert "No purchases are known" in part.text


def test_a_segment_of_nobody_has_no_value_but_a_page(signed_in, buyers):
    Segment.objects.create(slug="empty", name="Empty", kind="fixed", evaluated_at=NOON)
    part = signed_in("manager").get("/segments/empty/value/?days=nonsense", HTTP_HX_REQUEST="true")
    assert part.status_code == 200
    assert "Too early to tell" in part.text
