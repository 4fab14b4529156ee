"""The people behind a figure: in these segments, not in those, and with or without a condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from crm.kit.figures import counted
from crm.kit.paging import Page, whole
from crm.models import Contact
from segments.engine.language import moments
from segments.engine.language.check import check
from segments.engine.language.parse import parse_document
from segments.engine.language.rules import Attribute, conditions, segments_read
from segments.engine.language.sentence import phrase
from segments.engine.statistics import bits
from segments.mirror import everyone
from segments.models import Segment
from segments.queries.catalogue import DRAFT, catalogue, prepare
from segments.queries.membership.members import emails_of
from segments.queries.membership.packed import inside as inside_of
from segments.queries.membership.packed import members_of

PAGE = 50
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Person:
    """One of them: who, and how to reach them."""

    pk: int
    contact: Contact
    email: str


@dataclass(frozen=True)
class People:
    """Everybody who was asked for, by key; `asked` is the condition in words, `document` the same as a rule."""

    ids: Ids
    asked: str
    document: dict[str, Any]
    attributes: frozenset[str]
    as_of: datetime


def people(
    inside: Sequence[Segment],
    outside: Sequence[Segment],
    condition: dict[str, Any] | None,
    *,
    as_of: datetime,
) -> People:
    """Who is a member of every segment of `inside`, of none of `outside`, and meets the condition (a part of a rule).

    Raises `Refused` where the condition is none, and `Preparing`.
    """
    members = members_of([*inside, *outside])
    ids: Ids | None = None
    for segment in inside:
        found = members[segment.pk]
        ids = found if ids is None else np.intersect1d(ids, found, assume_unique=True)
    asked, names = "", frozenset[str]()
    if condition is not None:
        matching, asked, names = _matching(condition, as_of)
        ids = matching if ids is None else np.intersect1d(ids, matching, assume_unique=True)
    if ids is None:
        ids = np.zeros(0, np.int64)
    for segment in outside:
        ids = np.setdiff1d(ids, members[segment.pk], assume_unique=True)
    return People(ids, asked, document(inside, outside, condition), names, as_of)


def in_no_segment(*, as_of: datetime) -> People:
    """Everybody who is in none of the segments in use. Raises `Preparing`."""
    live = list(Segment.objects.live().order_by("name"))
    contacts = everyone.now(rebuild=False)
    ids = np.sort(contacts.ids)
    if live:
        described = bits.union(bits.table(list(inside_of(live).bits.values())))
        ids = np.setdiff1d(ids, bits.ids(described), assume_unique=True)
    asked = f"in none of the {counted(len(live), 'segment')} in use"
    return People(ids, asked, document([], live, None), frozenset(), as_of)


def document(
    inside: Sequence[Segment], outside: Sequence[Segment], condition: dict[str, Any] | None
) -> dict[str, Any]:
    """The same people as a rule."""
    parts: list[dict[str, Any]] = [{"segment": segment.slug, "op": "in"} for segment in inside]
    parts += [{"segment": segment.slug, "op": "not_in"} for segment in outside]
    return {"version": 1, "rule": {"all": parts + ([condition] if condition else [])}}


def _matching(condition: dict[str, Any], as_of: datetime) -> tuple[Ids, str, frozenset[str]]:
    contacts = everyone.now(rebuild=False)
    known = catalogue(contacts)
    rule = check(parse_document({"version": 1, "rule": condition}), known)
    prepared = prepare(known, segments_read(rule), drafts={DRAFT: rule}, as_of=as_of)
    if everyone.ensure(prepared.properties(), rebuild=False):
        contacts = everyone.now(rebuild=False)
    members, _ = contacts.judge(
        prepared.rules, as_of=moments.to_us(as_of), zone=known.zone, listed=prepared.listed, wanted=(DRAFT,)
    )
    names = frozenset(part.name for part in conditions(rule) if isinstance(part, Attribute))
    return np.sort(contacts.ids[members[DRAFT]]), phrase(rule, known.labels), names


def page_of(ids: Ids, *, after: str = "", size: int = PAGE) -> Page[Person]:
    """Some of the people, by key, in two queries."""
    begin = int(np.searchsorted(ids, last, side="right")) if (last := whole(after)) is not None else 0
    shown = [int(pk) for pk in ids[begin : begin + size]]
    contacts = Contact.objects.in_bulk(shown)
    emails = emails_of(shown)
    rows = [Person(pk, contacts[pk], emails.get(pk, "")) for pk in shown if pk in contacts]
    return Page(
        rows=rows, next_key=str(shown[-1]) if begin + size < len(ids) else "", first=not after, size=size
    )
