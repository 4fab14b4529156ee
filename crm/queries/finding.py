"""Finds a customer by what somebody typed: words, then the number of an order, then words close to those typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from crm.kit.paging import Page
from crm.models import Contact
from crm.queries.contacts import PAGE, Row, list_page, rows_of
from crm.queries.forgiving import forgiven
from crm.queries.search import Selection, Total, page_of_keys, total

MOST_OF_AN_ORDER = 5
_ORDER = re.compile(r"(?=\S*\d)\S{3,64}")
# Written as the index is, so that both databases use it.
_BY_ORDER = {
    "sqlite": """
        SELECT DISTINCT contact_id FROM crm_interaction
        WHERE JSON_TYPE("properties", '$."order_id"') IS NOT NULL
        AND (CASE WHEN JSON_TYPE("properties", '$."order_id"') IN ('true','false','null')
             THEN JSON_TYPE("properties", '$."order_id"') ELSE JSON_EXTRACT("properties", '$."order_id"') END)
            IN (%s, %s)
        LIMIT %s""",
    # All of them first: with the limit in sight, PostgreSQL reads every interaction in the order of contacts.
    "postgresql": """
        WITH found AS MATERIALIZED (
            SELECT contact_id FROM crm_interaction
            WHERE properties ? 'order_id' AND (properties ->> 'order_id') IN (%s, %s))
        SELECT DISTINCT contact_id FROM found LIMIT %s""",
}


@dataclass(frozen=True)
class Found:
    """A page of customers. `order` are those of an order of this number; `instead` the words taken for those typed."""

    page: Page[Row]
    total: Total
    order: Sequence[Row] = ()
    instead: Sequence[str] = ()


def find(selection: Selection, *, after: str, country: str, size: int = PAGE) -> Found:
    """A page of a selection; where nobody matches as typed, those who come close."""
    page = list_page(selection, after=after, country=country, size=size)
    order = rows_of(owners_of_order(selection.text)) if selection.text and not after else []
    if page.rows or order or not selection.text:
        return Found(page, total(selection, country=country), order)
    for meant in forgiven(selection, country=country):
        close = list_page(meant, after=after, country=country, size=size)
        if close.rows:
            words = dict.fromkeys(word for group in meant.instead for word in group)
            return Found(close, total(meant, country=country), instead=list(words))
    return Found(page, Total(0, False))


def few(text: str, *, country: str, most: int) -> list[Row]:
    """The first customers that match as typed, those of an order before others, without counting the rest."""
    rows = rows_of(owners_of_order(text), with_badges=False)
    rows += _first(Selection(text=text), country=country, most=most)
    return list({row.contact.pk: row for row in rows}.values())[:most]


def few_close(text: str, *, country: str, most: int) -> list[Row]:
    """The first customers close to what was typed."""
    meant = forgiven(Selection(text=text), country=country)
    found = (_first(one, country=country, most=most) for one in meant)
    return next((rows for rows in found if rows), [])


def _first(selection: Selection, *, country: str, most: int) -> list[Row]:
    keys = page_of_keys(selection, after="", size=most, country=country)
    return rows_of([contact_id for _, contact_id in keys], with_badges=False)


def owners_of_order(text: str) -> list[int]:
    """The living contacts who have an interaction with this order number; at most five, two queries."""
    number = text.strip()
    if not _ORDER.fullmatch(number):
        return []
    whole = int(number) if number.isascii() and number.isdecimal() and len(number) <= 18 else number
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute(
            _BY_ORDER[connection.vendor], [number, whole if sqlite else str(whole), MOST_OF_AN_ORDER]
        )
        ids = [contact_id for (contact_id,) in cursor.fetchall()]
    if not ids:
        return []
    return list(Contact.objects.living().filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))
