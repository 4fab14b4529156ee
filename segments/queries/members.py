"""Who is in a segment, who came and who went."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet

from crm.domain.search import after_prefix, query_words
from crm.kit.paging import Page, cut, whole
from crm.models import Contact, Identifier, SearchTerm
from segments.models import Membership, MembershipChange, Segment

PAGE = 50
CHUNK = 2_000
CAUSES = {
    MembershipChange.TIME: "time passed",
    MembershipChange.CHANGE: "something about them changed",
    MembershipChange.RULE: "the rule was changed",
    MembershipChange.MANUAL: "by hand",
    MembershipChange.ERASURE: "erased",
}


@dataclass(frozen=True)
class Member:
    """One member: who, how to reach them, since when without a break."""

    pk: int
    contact: Contact
    email: str
    since: datetime


@dataclass(frozen=True)
class Move:
    """One line of the log: who entered or left, when, because of what."""

    key: str
    contact_id: int
    name: str
    entered: bool
    at: datetime
    why: str


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


def log_of(segment: Segment, *, way: str = "", after: str = "", size: int = PAGE) -> Page[Move]:
    """A page of entries and exits, newest first, in one query. `way` is "in", "out" or nothing."""
    found = MembershipChange.objects.filter(segment=segment)
    if way in ("in", "out"):
        found = found.filter(entered=way == "in")
    moment, _, last = after.partition("~")
    micros, key = whole(moment[:16]), whole(last)
    if micros is not None and key is not None:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
        found = found.filter(Q(at__lt=at) | Q(at=at, pk__lt=key))
    rows = found.select_related("contact").order_by("-at", "-pk")[: size + 1]
    return cut([_move(row) for row in rows], size, after=after, key="key")


def _move(row: MembershipChange) -> Move:
    micros = (row.at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return Move(
        key=f"{micros}~{row.pk}",
        contact_id=row.contact_id,
        name=row.contact.name,
        entered=row.entered,
        at=row.at,
        why=CAUSES.get(row.cause, row.cause),
    )


def some_members(contact_ids: list[int]) -> list[dict[str, object]]:
    """These contacts as the builder shows them, in the order given, in two queries."""
    found = Contact.objects.living().in_bulk(contact_ids)
    emails = emails_of(found)
    return [
        {"id": pk, "name": found[pk].name, "email": emails.get(pk, "")} for pk in contact_ids if pk in found
    ]
