"""Profiles: shares counted by hand, their people, and sentences where the account has nothing to show."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm.models import Account, AttributeDefinition, Interaction
from segments.models import Membership, Segment
from segments.queries.insight.profiling import PARTS, profile_of

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def fans(contact, country, noon):
    """Eight fans of twelve; fans come from Peru, bought twice, the first of them yesterday, and use a phone."""
    for name, kind in (("interests", "list"), ("diet", "text")):
        AttributeDefinition.objects.create(name=name, label=name.title(), type=kind, sensitive=name == "diet")
    segment = Segment.objects.create(slug="fans", name="Fans", size=8, kind="fixed", evaluated_at=noon)
    for number in range(12):
        fan = number < 8
        one = contact(
            f"P{number}",
            country="Peru" if fan else "Chile",
            interests=["Chess", "Go"] if number % 2 else ["Go"],
            diet="vegan" if number == 0 else "none",
        )
        if fan:
            Membership.objects.create(segment=segment, contact=one, since=noon)
        for times in range(2 if fan else 1):
            Interaction.objects.create(
                contact=one,
                kind="purchase",
                at=noon - timedelta(days=1 if number == 0 else 100, hours=times),
                properties={"category": "Boards" if fan else "Books"},
                source="t",
                message_id=f"{number} {times}",
            )
        Interaction.objects.create(
            contact=one, kind="page_view", at=noon, properties={"device": "phone" if fan else "desktop"},
            source="t", message_id=f"{number}",
        )  # fmt: skip
    return segment


def charts_of(fans, part, **asked):
    found = profile_of(fans, part, **({"see_sensitive": False, "as_of": fans.evaluated_at} | asked))
    return {
        chart.title: {bar.label: (bar.first, bar.second) for bar in chart.bars if bar.first or bar.second}
        for chart in found.charts
    }


def test_where_they_live(fans):
    assert charts_of(fans, "location") == {"Country": {"Peru": (8, 0), "Chile": (0, 4)}}


def test_how_they_buy(fans):
    found = charts_of(fans, "purchase")
    assert found["Purchases in 12 months"] == {"1": (0, 4), "2": (8, 0)}
    assert found["Days since the last purchase"] == {"30 days": (1, 0), "91–180": (7, 4)}
    assert found["Category"] == {"Boards": (8, 0), "Books": (0, 4)}


def test_what_they_prefer_counts_each_item(fans):
    assert charts_of(fans, "preference") == {"Interests": {"Go": (8, 4), "Chess": (4, 2)}}


def test_a_sensitive_attribute_shows_no_tiny_groups(fans):
    assert "Diet" not in charts_of(fans, "preference", see_sensitive=True)


def test_what_they_do_and_when(fans):
    Account.objects.update_or_create(pk=1, defaults={"timezone": "Europe/Vienna"})
    found = profile_of(fans, "online", see_sensitive=False, as_of=fans.evaluated_at)
    assert charts_of(fans, "online")["What they did in 12 months"] == {
        "viewed a page": (8, 4),
        "bought": (8, 4),
    }
    assert charts_of(fans, "online")["Device"] == {"phone": (8, 0), "desktop": (0, 4)}
    assert found.week.number == 24
    assert found.week.counts[6][13] == 8  # noon UTC on a Sunday is 13 o'clock in the account's zone


@pytest.mark.parametrize("part", PARTS)
def test_every_figure_leads_to_so_many_people(signed_in, fans, part):
    client = signed_in("marketer")
    fragment = client.get(f"/segments/fans/profile/{part}/", **HTMX)
    assert fragment.status_code == 200
    assert "Nothing to show yet" not in fragment.text
    for one in fragment.context["charts"]:
        for bar, url in one.rows:
            if url:
                assert client.get(url).context["total"] == bar.first, (one.chart.title, bar.label)


@pytest.mark.parametrize("part", PARTS)
def test_an_account_without_data_is_told_what_it_needs(signed_in, noon, part):
    Segment.objects.create(slug="bare", name="Bare", kind="fixed", evaluated_at=noon)
    text = signed_in("service").get(f"/segments/bare/profile/{part}/", **HTMX).text
    assert "Nothing to show yet" in text


def test_pages_and_files(signed_in, fans):
    client = signed_in("manager")
    page = client.get("/segments/fans/profile/")
    assert page.text.count('class="stack waiting"') == len(PARTS)
    assert client.get("/segments/fans/profile/location/").text.count('class="stack waiting"') == 1
    assert client.get("/segments/fans/profile/shoes/").status_code == 404
    assert client.get("/segments/fans/profile/shoes/", **HTMX).status_code == 404
    lines = b"".join(client.get("/segments/fans/profile/online.csv").streaming_content).decode().splitlines()
    assert len(lines) > 168
