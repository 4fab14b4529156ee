"""Contacts and interactions as programs read them: in a fixed number of queries, page after page by key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from crm.kit.paging import Page
from crm.models import AttributeDefinition, Contact, Identifier, Interaction
from crm.panels import FILTERS
from crm.queries.contacts import Row, rows_of
from crm.queries.search import Selection, page_of_keys


class BadKey(ValueError):
    """The key of a page was not given by an earlier page."""


@dataclass(frozen=True)
class Wanted:
    """Which contacts a program asks for. `identifier` is (kind, normalised value)."""

    text: str = ""
    identifier: tuple[str, str] | None = None
    segment: str = ""
    updated_since: datetime | None = None


def contacts(wanted: Wanted, *, after: str, size: int, country: str) -> Page[Row]:
    """A page of contacts in three queries.

    In the order of their ids; with words in the order search finds them; with `updated_since` the longest unchanged
    first, so that a program that keeps a copy loses nobody who changes while it reads.
    """
    keys = _keys(wanted, after=after, size=size + 1, country=country)
    shown = keys[:size]
    rows = rows_of([contact_id for _, contact_id in shown], with_badges=False)
    return Page(rows=rows, next_key=shown[-1][0] if len(keys) > size else "", first=not after, size=size)


def _keys(wanted: Wanted, *, after: str, size: int, country: str) -> list[tuple[str, int]]:
    if wanted.text:
        others = (("segment", wanted.segment),) if wanted.segment else ()
        return page_of_keys(
            Selection(text=wanted.text, others=others), after=after, size=size, country=country
        )
    if wanted.segment and not wanted.identifier and wanted.updated_since is None:
        return _members(wanted.segment, after=after, size=size)
    found = Contact.objects.living()
    if wanted.identifier:
        kind, value = wanted.identifier
        owners = Identifier.objects.filter(kind=kind, value=value).values("contact_id")
        found = found.filter(pk__in=owners)
    if wanted.segment:
        inside = FILTERS["segment"].inside(wanted.segment)
        found = found.filter(Exists(inside.filter(contact_id=OuterRef("pk"))))
    if wanted.updated_since is None:
        if after:
            found = found.filter(pk__gt=whole(after))
        return [(str(pk), pk) for pk in found.order_by("pk").values_list("pk", flat=True)[:size]]
    found = found.filter(updated_at__gte=wanted.updated_since)
    if after:
        at, last = moment_and_id(after)
        found = found.filter(Q(updated_at__gt=at) | Q(updated_at=at, pk__gt=last), updated_at__gte=at)
    pairs = found.order_by("updated_at", "pk").values_list("updated_at", "pk")[:size]
    return [(key_of(at, pk), pk) for at, pk in pairs]


def _members(segment: str, *, after: str, size: int) -> list[tuple[str, int]]:
    """The living of a segment, led by its members, so that the last page is as near as the first."""
    living = Contact.objects.living().filter(pk=OuterRef("contact_id"))
    rows = FILTERS["segment"].inside(segment).filter(Exists(living))
    if after:
        rows = rows.filter(contact_id__gt=whole(after))
    ids = rows.order_by("contact_id").values_list("contact_id", flat=True)[:size]
    return [(str(pk), pk) for pk in ids]


def contact_row(contact_id: int) -> Row | None:
    """The living contact that a number stands for, in two queries; the number of a merged one takes two more."""
    if contact_id >= 2**63:  # no database has such a number
        return None
    for row in rows_of([contact_id], with_badges=False):
        if row.contact.erased_at is not None:
            return None
        if row.contact.merged_into_id is not None:
            return contact_row(row.contact.merged_into_id)
        return row
    return None


def rows_by_id(ids: Sequence[int]) -> dict[int, Row]:
    """These contacts by their id."""
    return {row.contact.pk: row for row in rows_of(ids, with_badges=False)}


def interactions_of(contact_id: int, *, after: str, size: int) -> Page[Interaction]:
    """A page of a contact's interactions, newest first, in one query."""
    found = Interaction.objects.filter(contact_id=contact_id)
    if after:
        at, last = moment_and_id(after)
        found = found.filter(Q(at__lt=at) | Q(at=at, pk__lt=last), at__lte=at)
    rows = list(found.order_by("-at", "-pk")[: size + 1])
    shown = rows[:size]
    next_key = key_of(shown[-1].at, shown[-1].pk) if len(rows) > size else ""
    return Page(rows=shown, next_key=next_key, first=not after, size=size)


def sensitive_names() -> frozenset[str]:
    """The names of the attributes that need the right to see sensitive ones."""
    return frozenset(AttributeDefinition.objects.filter(sensitive=True).values_list("name", flat=True))


def visible(attributes: Mapping[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    """The attributes without the hidden ones, parts of nested ones included."""
    return {
        name: value
        for name, value in attributes.items()
        if name not in hidden and not any(secret.startswith(f"{name}.") for secret in hidden)
    }


def key_of(at: datetime, last: int) -> str:
    """The key of a page ordered by instant and id."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}~{last}"


def moment_and_id(key: str) -> tuple[datetime, int]:
    """The two halves of `key_of`. Raises `BadKey`."""
    moment, _, last = key.partition("~")
    try:
        return datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%f").replace(tzinfo=UTC), whole(last)
    except ValueError as error:
        raise BadKey from error


def whole(text: str) -> int:
    """A key that is an id. Raises `BadKey`."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise BadKey
    return int(text)
