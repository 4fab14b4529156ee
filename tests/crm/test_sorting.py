"""The orders of the list of customers: everybody once on pages of any size, by index, and said in the table's head."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from crm.models import Company, Consent, Contact
from crm.queries import search, sorting
from crm.queries.search import Selection, orders_for, page_of_keys
from crm.queries.sorting import ORDERS
from segments.models import Membership, Segment

NAMES = [
    ("Bo", "Berg"),
    ("", ""),
    ("Ann", "berg"),
    ("Madonna", ""),
    ("Ann", "Berg"),
    ("", "Zu"),
    ("", ""),
    ("Cy", "Ames"),
]
IN_ORDER = ["Cy Ames", "Ann berg", "Ann Berg", "Bo Berg", "Madonna", "Zu", "", ""]


@pytest.fixture
def eight(noon: datetime, db: None) -> list[Contact]:
    """Eight customers, changed in another order than they came, two of them in the same moment."""
    changed = [3, 1, 4, 1, 5, 9, 2, 6]
    return [
        Contact.objects.create(
            first_name=first, last_name=last, created_at=noon, updated_at=noon + timedelta(minutes=minutes)
        )
        for (first, last), minutes in zip(NAMES, changed, strict=True)
    ]


def listed(selection: Selection, size: int) -> list[int]:
    """The contacts of all pages, one page after the other."""
    found: list[int] = []
    after = ""
    while True:
        keys = page_of_keys(selection, after=after, size=size, country="GB")
        found += [pk for _, pk in keys]
        if len(keys) < size:
            return found
        after = keys[-1][0]


def names(keys: list[int]) -> list[str]:
    people = Contact.objects.in_bulk(keys)
    return [f"{people[key].first_name} {people[key].last_name}".strip() for key in keys]


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_pages_of_every_order_hold_everybody_once(eight: list[Contact], size: int) -> None:
    keys = [one.pk for one in eight]
    assert listed(Selection(), size) == keys[::-1]
    assert listed(Selection(sort="added"), size) == keys
    assert names(listed(Selection(sort="name"), size)) == IN_ORDER
    assert names(listed(Selection(sort="-name"), size)) == IN_ORDER[::-1]
    unchanged = sorted(eight, key=lambda one: (one.updated_at, one.pk))
    assert listed(Selection(sort="changed"), size) == [one.pk for one in unchanged]
    assert listed(Selection(sort="-changed"), size) == [one.pk for one in unchanged[::-1]]


@pytest.mark.parametrize("sorted_at_most", [0, 100])
@pytest.mark.parametrize("order", ORDERS, ids=lambda one: one.label)
def test_a_segment_and_a_company_keep_the_order(
    eight: list[Contact], order: sorting.Order, sorted_at_most: int, monkeypatch: Any, noon: datetime
) -> None:
    """Whether its few members are sorted or the customers gone through."""
    monkeypatch.setattr(search, "SORTED", sorted_at_most)
    company = Company.objects.create(name="Alpine")
    segment = Segment.objects.create(slug="some", name="Some", kind=Segment.FIXED)
    Contact.objects.filter(pk__in=[one.pk for one in eight[2:]]).update(company=company)
    Membership.objects.bulk_create(Membership(segment=segment, contact=one, since=noon) for one in eight[:6])
    Contact.objects.filter(pk=eight[4].pk).update(erased_at=noon)
    every = listed(Selection(sort=order.key), 3)
    assert len(every) == 7
    inside = Selection(sort=order.key, others=(("segment", "some"),))
    assert listed(inside, 2) == [pk for pk in every if pk in {one.pk for one in eight[:6]}]
    both = Selection(sort=order.key, others=(("segment", "some"),), company=company.pk)
    assert listed(both, 2) == [pk for pk in every if pk in {eight[2].pk, eight[3].pk, eight[5].pk}]
    assert listed(Selection(sort=order.key, others=(("segment", "none such"),)), 2) == []


def test_words_have_their_own_order_and_consent_that_of_number(eight: list[Contact], noon: datetime) -> None:
    for one in eight[:3]:
        Consent.objects.create(contact=one, channel="email", purpose="offers", granted=True, since=noon)
    assert orders_for(Selection("ann", sort="name")) == []
    assert [one.key for one in orders_for(Selection(consent=True))] == ["", "added"]
    assert listed(Selection(consent=True, sort="added"), 2) == [one.pk for one in eight[:3]]
    assert listed(Selection(consent=True, sort="name"), 2) == [one.pk for one in eight[2::-1]]


@pytest.mark.parametrize("key", ["0", "x", "5 ", "5 \x00", "5 yesterday", "9" * 30, "5 2026-13-40T00:00:00Z"])
@pytest.mark.parametrize("sort", ["name", "-changed", ""])
def test_a_spoilt_key_is_no_error(eight: list[Contact], sort: str, key: str) -> None:
    assert len(page_of_keys(Selection(sort=sort), after=key, size=50, country="GB")) <= 8


@pytest.mark.parametrize("order", ORDERS, ids=lambda one: one.label)
def test_an_index_carries_every_order(eight: list[Contact], order: sorting.Order) -> None:
    """The next page begins in the index, and nothing is sorted."""
    selection = Selection(sort=order.key)
    ((key, _),) = page_of_keys(selection, after="", size=1, country="GB")
    plans: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        with connection.cursor() as cursor:
            prefix = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
            if connection.vendor == "postgresql":
                for other in ("seqscan", "bitmapscan", "sort"):  # cheaper for eight rows
                    cursor.execute(f"SET LOCAL enable_{other} = off")
            cursor.execute(prefix + sql, params)
            plans.append("\n".join(str(row[-1]) for row in cursor.fetchall()))
        return execute(sql, params, many, context)

    page = search.page_in_order(Contact.objects.living(), order, after=key, size=5)
    assert len(page) == 5
    with connection.execute_wrapper(_once(explain)):
        search.page_in_order(Contact.objects.living(), order, after=key, size=5)
    (plan,) = plans
    assert "Sort" not in plan, plan
    assert "TEMP B-TREE" not in plan, plan
    wanted = {"name": "contact_by_name", "changed": "contact_by_update"}.get(order.column)
    assert wanted is None or wanted in plan, plan
    assert "Index Cond" in plan or "SEARCH" in plan, plan


def _once(wrapper: Callable[..., Any]) -> Callable[..., Any]:
    """A wrapper that is not in force while it works."""
    busy = False

    def call(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal busy
        if busy:
            return execute(sql, params, many, context)
        busy = True
        try:
            return wrapper(execute, sql, params, many, context)
        finally:
            busy = False

    return call


def test_the_head_says_what_sorts_and_turns_it_round(
    eight: list[Contact], signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("service")
    page = client.get("/contacts/").content.decode()
    assert "aria-sort" not in page, "by number: no column says it"
    assert '<th scope="col"><a href="?sort=name">Name</a>' in page
    assert "Added last first</button>" in page
    page = client.get("/contacts/?sort=name&col=email&after=4").content.decode()
    assert '<th scope="col" aria-sort="ascending"><a href="?sort=-name&amp;col=email">Name</a>' in page
    assert '<input type="hidden" name="sort" value="name">' in page, "kept by filters"
    assert page.count("aria-sort") == 1
    page = client.get("/contacts/?sort=-changed").content.decode()
    assert 'aria-sort="descending"><a href="?sort=changed">Changed</a>' in page, "its column is shown"
    assert '<td class="full breaks" data-label="Changed">' in page, "on a phone too"
    assert "aria-sort" not in client.get("/contacts/?q=ann&sort=name").content.decode()
    assert client.get("/contacts/?sort=%00").status_code == 200


def test_the_file_has_the_order_of_the_list(
    eight: list[Contact], signed_in: Callable[[str], Client], monkeypatch: Any
) -> None:
    monkeypatch.setattr("crm.queries.contacts.EXPORT_BATCH", 3)
    answer: Any = signed_in("manager").get("/contacts/export.csv?sort=name")
    _, *rows = csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
    assert [" ".join(row[1:3]).strip() for row in rows] == IN_ORDER
