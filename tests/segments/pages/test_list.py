"""The list of segments and the pages of one."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm.kit import sheets
from crm.models import Contact
from segments.models import Membership, Segment, SegmentSize
from segments.queries.membership.log import Asked, log_of
from segments.queries.membership.members import every_member, members_of
from segments.queries.segments import Listing, list_segments

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7|add:7 }}",
    "\u202egnp.exe",
    "=1+1",
    "🧗" * 20,
]


def make(name: str, size: int, number: int = 0, **more: Any) -> Segment:
    return Segment.objects.create(slug=f"s{number or name.lower()}", name=name, size=size, **more)


@pytest.mark.parametrize("order", ["name", "size", "growth"])
def test_pages_by_key_show_each_segment_once(db: None, noon: datetime, order: str) -> None:
    for number in range(1, 12):
        segment = make(f"Segment {number % 4}", number % 3, number)
        SegmentSize.objects.create(segment=segment, on=noon - timedelta(days=40), size=number % 5)
    seen: list[int] = []
    after = ""
    while True:
        page = list_segments(Listing(order=order, after=after), at=noon, size=4)
        seen += [row.segment.pk for row in page.rows]
        after = page.next_key
        if not after:
            break
    assert len(seen) == 11
    assert len(set(seen)) == 11


def test_the_list_needs_the_same_queries_for_one_segment_and_for_many(
    signed_in: Callable[..., Client], noon: datetime, django_assert_num_queries: Any
) -> None:
    client = signed_in("manager")
    make("One", 0, 1)
    client.get("/segments/")
    with django_assert_num_queries(12):
        client.get("/segments/")
    for number in range(2, 30):
        SegmentSize.objects.create(segment=make(f"N{number}", 0, number), on=noon, size=1)
    client.get("/segments/")
    with django_assert_num_queries(12):
        client.get("/segments/")


def test_an_empty_account_is_shown_templates(signed_in: Callable[..., Client], country: Any) -> None:
    page = signed_in("marketer").get("/segments/").content.decode()
    assert "No segments yet" in page
    assert "template=country" in page


def test_a_problem_is_said_in_words(signed_in: Callable[..., Client]) -> None:
    make("Broken", 3, 1, problem="The attribute ‘Shoe size’ was removed.")
    page = signed_in("service").get("/segments/?health=problem").content.decode()
    assert "Not counted" in page
    assert "Shoe size" in page


@pytest.mark.parametrize("name", NASTY)
def test_names_are_shown_as_text_everywhere(
    signed_in: Callable[..., Client], contact: Callable[..., Contact], noon: datetime, name: str
) -> None:
    segment = make(name, 1, 1, description=name, label=name[:40], sentence=name, rule={})
    member = contact(name, "")
    Membership.objects.create(segment=segment, contact=member, since=noon)
    client = signed_in("administrator")
    for address in (
        "/segments/",
        "/segments/s1/",
        "/segments/s1/members/",
        "/segments/s1/edit/",
        "/segments/s1/log/",
    ):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    card = client.get(f"/contacts/{member.pk}/").content.decode()
    assert "<script>alert" not in card


def test_formulas_in_files_are_disarmed(
    signed_in: Callable[..., Client], contact: Callable[..., Contact], noon: datetime
) -> None:
    segment = make("=cmd|' /C calc'!A0", 1, 1)
    Membership.objects.create(segment=segment, contact=contact("@SUM(1)", "\t=2"), since=noon)
    client = signed_in("marketer")
    listed = b"".join(client.get("/segments/export.csv")).decode()
    members = b"".join(client.get("/segments/s1/members.csv")).decode()
    assert "'=cmd" in listed
    assert "'@SUM(1)" in members
    assert "'\t=2" in members
    assert sheets.disarmed(-5) == "-5"
    assert sheets.disarmed("＝1") == "'＝1"


def test_members_are_paged_by_key_and_exported_whole(germans: Segment, contact: Any, noon: datetime) -> None:
    for number in range(7):
        Membership.objects.create(segment=germans, contact=contact(f"P{number}", ""), since=noon)
    first = members_of(germans, size=5)
    second = members_of(germans, after=first.next_key, size=5)
    assert len({row.pk for row in (*first.rows, *second.rows)}) == 8
    assert len(list(every_member(germans))) == 8
    assert list(log_of(germans, Asked()).rows) == []


def test_spoilt_keys_do_no_harm(signed_in: Callable[..., Client], germans: Segment) -> None:
    client = signed_in("service")
    for after in ("x", "~", "1~2~3", "9" * 300, "%00"):
        for address in ("/segments/", "/segments/germans/members/", "/segments/germans/log/"):
            assert client.get(address, {"after": after}).status_code == 200


def test_the_page_of_a_segment_needs_a_fixed_number_of_queries(
    signed_in: Callable[..., Client],
    germans: Segment,
    people: Any,
    noon: datetime,
    django_assert_num_queries: Any,
) -> None:
    client = signed_in("service")
    client.get("/segments/germans/")
    with django_assert_num_queries(14):
        client.get("/segments/germans/")
    for number in range(60):
        SegmentSize.objects.create(segment=germans, on=noon - timedelta(days=number), size=number)
    with django_assert_num_queries(14):
        client.get("/segments/germans/")


def test_those_in_none_are_led_to(
    germans: Segment, people: list[Contact], signed_in: Callable[..., Client], noon: datetime
) -> None:
    other = Segment.objects.create(slug="ours", name="Ours", kind=Segment.FIXED, size=1)
    Membership.objects.create(segment=other, contact=people[0], since=noon)
    gone = Segment.objects.create(slug="gone", name="Gone", kind=Segment.FIXED, size=1, archived_at=noon)
    Membership.objects.create(segment=gone, contact=people[1], since=noon)
    client = signed_in("marketer")
    page = client.get("/segments/").content.decode()
    assert '<a href="/segments/people/?none=1">2 are in none</a>' in page
    shown = client.get("/segments/people/?none=1").content.decode()
    assert "<h1>2 customers</h1>" in shown
    assert "In none of the 2 segments in use" in shown
    assert [one.name in shown for one in people] == [
        False,
        True,
        False,
        True,
    ]  # Bea was only in an archived one
    address = html.unescape(re.findall(r'href="(/segments/new/[^"]*)"', shown)[0])
    rule = json.loads(parse_qs(urlsplit(address).query)["rule"][0])
    assert rule["rule"]["all"] == [
        {"segment": "germans", "op": "not_in"},
        {"segment": "ours", "op": "not_in"},
    ]
    file = b"".join(client.get("/segments/people.csv?none=1")).decode()
    assert file.count("\n") == 3
    with CaptureQueriesContext(connection) as few:
        client.get("/segments/people/?none=1")
    for number in range(5):
        Segment.objects.create(slug=f"s{number}", name=f"S{number}", kind=Segment.FIXED)
    client.get("/segments/people/?none=1")
    with CaptureQueriesContext(connection) as many:
        client.get("/segments/people/?none=1")
    assert len(many) <= len(few)


def test_a_rule_longer_than_an_address_is_not_offered(
    people: list[Contact], signed_in: Callable[..., Client]
) -> None:
    for number in range(200):
        Segment.objects.create(slug=f"segment-number-{number}-of-many", name="Many", kind=Segment.FIXED)
    shown = signed_in("marketer").get("/segments/people/?none=1").content.decode()
    assert "<h1>4 customers</h1>" in shown
    assert "Make a segment of it" not in shown
