"""Who was in a segment at a past instant and is not now: each with when and why they left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from crm.kit.paging import Page, cut, whole
from crm.models import Contact
from segments.models import Membership, MembershipChange, Segment
from segments.queries.membership.log import Line, lines_of
from segments.queries.membership.members import emails_of
from segments.queries.membership.past import left_since

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
    """A page of those who left since and did not come back, by contact; the line is their first exit since."""
    found = left_since(segment, instant).order_by("contact_id")
    back = Membership.objects.filter(segment=segment).values("contact_id")
    found = found.exclude(contact_id__in=back)
    if (last := whole(after)) is not None:
        found = found.filter(contact_id__gt=last)
    rows = list(found.values_list("contact_id", "first")[: size + 1])
    exits = MembershipChange.objects.select_related("contact").in_bulk([first // 2 for _, first in rows])
    lines = {line.pk: line for line in lines_of(list(exits.values()), see_sensitive=see_sensitive)}
    emails = emails_of(contact for contact, _ in rows)
    shown = [
        Departure(contact, exits[first // 2].contact, emails.get(contact, ""), lines[first // 2])
        for contact, first in rows
        if first // 2 in lines
    ]
    return cut(shown, size, after=after)


def members_then(
    segment: Segment, instant: datetime, *, after: str = "", size: int = PAGE
) -> Page[MemberThen]:
    """A page of the members of a past instant, by contact, in five queries."""
    last = whole(after) or 0
    stayed = Membership.objects.filter(segment=segment, since__lte=instant, contact_id__gt=last)
    here = dict(stayed.order_by("contact_id").values_list("contact_id", "since")[: size + 1])
    gone = left_since(segment, instant).filter(contact_id__gt=last).order_by("contact_id")
    keys = {*here, *gone.values_list("contact_id", flat=True)[: size + 1]}
    rows = sorted(keys)[: size + 1]
    entered: dict[int, datetime] = {}
    lines = MembershipChange.objects.filter(
        Q(contact_id__in=rows), segment=segment, entered=True, at__lte=instant
    )
    for contact, at in lines.order_by("pk").values_list("contact_id", "at"):
        entered[contact] = at
    contacts = Contact.objects.in_bulk(rows)
    emails = emails_of(rows)
    still: set[Any] = set(
        Membership.objects.filter(segment=segment, contact_id__in=rows).values_list("contact_id", flat=True)
    )
    shown = [
        MemberThen(pk, contacts[pk], emails.get(pk, ""), here.get(pk) or entered.get(pk), pk in still)
        for pk in rows
        if pk in contacts
    ]
    return cut(shown, size, after=after)


def every_member_then(segment: Segment, instant: datetime) -> Iterator[MemberThen]:
    """All members of a past instant in the order of their contacts, in chunks."""
    last = ""
    while True:
        page = members_then(segment, instant, after=last, size=CHUNK)
        yield from page.rows
        if not page.next_key:
            return
        last = page.next_key
