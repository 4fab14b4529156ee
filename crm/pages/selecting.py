"""Reads from an address which contacts a list is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict

from crm.domain.roles import Permission
from crm.models import Company
from crm.panels import FILTERS
from crm.queries import contact_columns
from crm.queries.contact_columns import Column, chosen, columns_for
from crm.queries.contacts import Row
from crm.queries.search import Selection, order_in, orders_for, tags_in_use
from crm.queries.sorting import order_of

LONGEST_TEXT = 200
MOVED = ("col", "after")  # what choosing columns sets anew


@dataclass(frozen=True)
class Choice:
    """A filter as the page offers it: its name in the address, choices and the one chosen."""

    name: str
    label: str
    choices: Sequence[tuple[str, str]]
    chosen: str


@dataclass(frozen=True)
class Heading:
    """A heading of a column that sorts: the word of the order a press asks for, and how it is sorted by it now."""

    key: str
    aria: str = ""


def selection_of(query: QueryDict) -> Selection:
    """The selection that an address names; what cannot be read is left out."""
    company = query.get("company", "")
    return Selection(
        text=query.get("q", "")[:LONGEST_TEXT],
        tag=query.get("tag", "")[:LONGEST_TEXT],
        company=int(company) if company.isdecimal() and len(company) < 19 else None,
        consent=query.get("consent") == "email",
        sort=order_of(query.get("sort", "")).key,
        others=tuple((name, str(query[name])) for name in FILTERS if query.get(name)),
    )


def choices_of(request: HttpRequest, selection: Selection) -> list[Choice]:
    """The filters of the list, those of the storeys above first; one query each."""
    chosen = dict(selection.others)
    found = [
        Choice(extra.name, extra.label, list(extra.choices()), chosen.get(extra.name, ""))
        for extra in FILTERS.values()
    ]
    tags = [(tag, tag.replace("-", " ")) for tag in tags_in_use()]
    found.append(Choice("tag", "Tag", tags, selection.tag))
    return found


def columns_of(request: HttpRequest) -> tuple[list[Column], list[Column]]:
    """The columns that this person may choose, and those that the address asks for; one query.

    Who sorts by what is no column sees it beside the usual ones.
    """
    sees = request.user.may(Permission.VIEW_SENSITIVE)  # type: ignore[union-attr]
    choices = columns_for(see_sensitive=sees)
    asked = request.GET.getlist("col")
    sorting = order_in(selection_of(request.GET)).column
    columns = chosen(choices, asked)
    if not asked:
        columns += [one for one in choices if one.key == sorting and one not in columns]
    return choices, columns


def headings_of(selection: Selection) -> dict[str, Heading]:
    """By column, those headings that sort: a second press turns the order round."""
    now, found = order_in(selection), dict[str, Heading]()
    for one in orders_for(selection):
        if not one.column:
            continue
        if one.column != now.column:
            found.setdefault(one.column, Heading(one.key))
        elif one != now:
            found[one.column] = Heading(one.key, now.aria)
    return found


def table_of(request: HttpRequest, rows: Sequence[Row], selection: Selection) -> dict[str, Any]:
    """What a table of customers shows of these rows: the columns asked for, their values, and the others to choose."""
    choices, columns = columns_of(request)
    read = contact_columns.read(rows, contact_columns.asks(columns))
    return {
        "rows": [(row, [(one, contact_columns.value_of(row, one, read)) for one in columns]) for row in rows],
        "columns": columns,
        "order": order_in(selection),
        "orders": orders_for(selection),
        "headings": headings_of(selection),
        "choices": choices,
        "most_columns": contact_columns.MOST,
        "asked": request.GET.getlist("col"),
        "kept": [(name, one) for name, many in request.GET.lists() for one in many if name not in MOVED],
    }


def company_of(selection: Selection) -> Company | None:
    """The company a selection is narrowed to."""
    return Company.objects.filter(pk=selection.company).first() if selection.company else None
