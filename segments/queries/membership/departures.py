"""Who was in a segment at a past instant and is not now: each with when and why they left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from crm.kit.paging import Page, cut, whole
from crm.models import Contact
from segments.engine.statistics import bits
from segments.models import Membership, MembershipChange, Segment
from segments.queries.membership.log import Line, lines_of
from segments.queries.membership.members import emails_of
from segments.queries.membership.replaying import Past

PAGE = 50
CHUNK = 2_000


@dataclass(frozen=True)
class MemberThen:
    """A member of a past instant: who, since when without a break where the log tells, and whether they are in now."""

    pk: int
    contact: Contact
    email: str
    since: datetime | None
    now: bool


@dataclass(frozen=True)
class Departure:
    """Somebody who was in then and is not now: the exit that ended it."""

    pk: int
    contact: Contact
    email: str
    line: Line


def departures(
    segment: Segment, instant: datetime, *, see_sensitive: bool = False, after: str = "", size: int = PAGE
) -> Page[Departure]:
    """A page of those who left since and are not back, by contact; the line is their first exit since."""
    past = Past([segment.pk])
    then, now = bits.table([past.at(instant)[segment.pk], past.now[segment.pk]])
    gone = _page(bits.ids(then & ~now), after, size)
    lines = MembershipChange.objects.filter(
        segment=segment, contact_id__in=gone, at__gt=instant, entered=False
    )
    exits: dict[int, MembershipChange] = {}
    for line in lines.select_related("contact").order_by("pk"):
        exits.setdefault(line.contact_id, line)
    told = {line.pk: line for line in lines_of(list(exits.values()), see_sensitive=see_sensitive)}
    emails = emails_of(gone)
    shown = [
        Departure(pk, exits[pk].contact, emails.get(pk, ""), told[exits[pk].pk]) for pk in gone if pk in exits
    ]
    return cut(shown, size, after=after)


def _page(ids: bits.Ids, after: str, size: int) -> list[int]:
    """The next of these contacts after one, and one more where there are more."""
    begin = int(np.searchsorted(ids, whole(after) or 0, side="right"))
    found: list[int] = ids[begin : begin + size + 1].tolist()
    return found


def members_then(
    segment: Segment, instant: datetime, *, after: str = "", size: int = PAGE
) -> Page[MemberThen]:
    """A page of the members of a past instant, by contact; those erased since are in no list."""
    ids = bits.ids(bits.table([Past([segment.pk]).at(instant)[segment.pk]])[0])
    return cut(_members_then(segment, instant, _page_of_known(ids, after, size)), size, after=after)


def _page_of_known(ids: bits.Ids, after: str, size: int) -> list[int]:
    """The next of these contacts who were not erased; a query, and one more where many were."""
    found: list[int] = []
    while len(found) <= size and (some := _page(ids, after, size)):
        erased = Contact.objects.filter(pk__in=some, erased_at__isnull=False)
        gone = set(erased.values_list("pk", flat=True))
        found += [pk for pk in some if pk not in gone]
        after = str(some[-1])
    return found[: size + 1]


def _members_then(segment: Segment, instant: datetime, rows: list[int]) -> list[MemberThen]:
    """These members of a past instant, but for those erased since, in four queries."""
    inside = Membership.objects.filter(segment=segment, contact_id__in=rows)
    still = dict(inside.values_list("contact_id", "since"))
    entered: dict[int, datetime] = {}
    lines = MembershipChange.objects.filter(
        contact_id__in=rows, segment=segment, entered=True, at__lte=instant
    )
    for contact, at in lines.order_by("pk").values_list("contact_id", "at"):
        entered[contact] = at
    contacts = Contact.objects.filter(erased_at__isnull=True).in_bulk(rows)
    emails = emails_of(rows)
    stayed = {pk: since for pk, since in still.items() if since <= instant}
    return [
        MemberThen(pk, contacts[pk], emails.get(pk, ""), stayed.get(pk) or entered.get(pk), pk in still)
        for pk in rows
        if pk in contacts
    ]


def every_member_then(segment: Segment, instant: datetime) -> Iterator[MemberThen]:
    """All members of a past instant in the order of their contacts, in chunks."""
    ids = bits.ids(bits.table([Past([segment.pk]).at(instant)[segment.pk]])[0])
    for start in range(0, len(ids), CHUNK):
        yield from _members_then(segment, instant, ids[start : start + CHUNK].tolist())
