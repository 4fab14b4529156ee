"""Who is in a segment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from crm.domain.search import after_prefix, query_words
from crm.kit.paging import Page, cut, whole
from crm.models import Contact, Identifier, SearchTerm
from segments.models import Membership, Segment

PAGE = 50
CHUNK = 2_000


@dataclass(frozen=True)
class Member:
    """One member: who, how to reach them, since when without a break."""

    pk: int
    contact: Contact
    email: str
    since: datetime


def emails_of(contact_ids: Iterable[int]) -> dict[int, str]:
    """One e-mail address of each contact that has any, as it was written, in one query."""
    found = Identifier.objects.filter(contact_id__in=list(contact_ids), kind=Identifier.EMAIL).order_by("-pk")
    return dict(found.values_list("contact_id", "shown"))


def _matching(members: QuerySet[Membership], words: str) -> QuerySet[Membership]:
    for word in query_words(words):
        named = SearchTerm.objects.filter(term__gte=word, term__lt=after_prefix(word)).values("contact_id")
        members = members.filter(contact_id__in=named)
    return members


def members_of(segment: Segment, *, words: str = "", after: str = "", size: int = PAGE) -> Page[Member]:
    """A page of members by contact, in two queries."""
    found = _matching(Membership.objects.filter(segment=segment), words)
    if (last := whole(after)) is not None:
        found = found.filter(contact_id__gt=last)
    rows = list(found.select_related("contact").order_by("contact_id")[: size + 1])
    emails = emails_of(row.contact_id for row in rows)
    shown = [Member(row.contact_id, row.contact, emails.get(row.contact_id, ""), row.since) for row in rows]
    return cut(shown, size, after=after)


def every_member(segment: Segment) -> Iterator[Member]:
    """All members in the order of their contacts, read in chunks so that memory stays flat."""
    last = 0
    while True:
        page = members_of(segment, after=str(last), size=CHUNK)
        yield from page.rows
        if not page.next_key:
            return
        last = int(page.next_key)


def some_members(contact_ids: list[int]) -> list[dict[str, object]]:
    """These contacts as the builder shows them, in the order given, in two queries."""
    found = Contact.objects.living().in_bulk(contact_ids)
    emails = emails_of(found)
    return [
        {"id": pk, "name": found[pk].name, "email": emails.get(pk, "")} for pk in contact_ids if pk in found
    ]
