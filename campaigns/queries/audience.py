"""Who a campaign could reach: everybody in its segment falls into exactly one of four groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Count, Exists, OuterRef, QuerySet, Subquery, Value, When

from campaigns.domain.channels import CHANNELS
from campaigns.models import Campaign
from crm.kit.paging import Page, cut
from crm.models import Consent, Contact, Identifier
from segments.models import Membership

ALLOWED, UNRECORDED, WITHDRAWN, UNREACHABLE = "allowed", "unrecorded", "withdrawn", "unreachable"
GROUPS: dict[str, str] = {
    ALLOWED: "may be contacted",
    UNRECORDED: "no consent recorded",
    WITHDRAWN: "consent withdrawn",
    UNREACHABLE: "no address",
}
PAGE = 50


@dataclass(frozen=True)
class Audience:
    """Exact counts of a campaign's audience: members as of the segment's evaluation, consent as of `as_of`."""

    matching: int
    allowed: int
    unrecorded: int
    withdrawn: int
    unreachable: int
    as_of: datetime
    members_as_of: datetime | None

    @property
    def blocked(self) -> int:
        """Members who must not or cannot be contacted."""
        return self.matching - self.allowed


@dataclass(frozen=True)
class Person:
    """One line of the drill-down; `since` is when consent was given or withdrawn."""

    pk: int
    contact: Contact
    since: datetime | None


def _judged(campaign: Campaign) -> QuerySet[Any, Any]:
    said = Consent.objects.filter(
        contact=OuterRef("contact_id"), channel=campaign.channel, purpose=campaign.purpose
    )
    rules = [
        When(granted__isnull=True, then=Value(UNRECORDED)),
        When(granted=False, then=Value(WITHDRAWN)),
    ]
    address = CHANNELS[campaign.channel].address
    if address is not None:
        known = Identifier.objects.filter(contact=OuterRef("contact_id"), kind=address)
        rules.append(When(~Exists(known), then=Value(UNREACHABLE)))
    return Membership.objects.filter(segment_id=campaign.segment_id).annotate(
        granted=Subquery(said.values("granted")[:1]),
        said_at=Subquery(said.values("since")[:1]),
        verdict=Case(*rules, default=Value(ALLOWED), output_field=CharField()),
    )


def count_audience(campaign: Campaign, *, as_of: datetime) -> Audience:
    """How many match, may be contacted, or are blocked because of what, in one query."""
    counted = _judged(campaign).order_by().values("verdict").annotate(number=Count("pk"))
    found = {row["verdict"]: row["number"] for row in counted}
    return Audience(
        matching=sum(found.values()),
        allowed=found.get(ALLOWED, 0),
        unrecorded=found.get(UNRECORDED, 0),
        withdrawn=found.get(WITHDRAWN, 0),
        unreachable=found.get(UNREACHABLE, 0),
        as_of=as_of,
        members_as_of=campaign.segment.evaluated_at,
    )


def people_in(campaign: Campaign, group: str, *, after: str, size: int = PAGE) -> Page[Person]:
    """A page of the people in one group, by contact, in one query."""
    found = _judged(campaign).filter(verdict=group)
    if after.isdigit():
        found = found.filter(contact_id__gt=int(after))
    rows = found.select_related("contact").order_by("contact_id")[: size + 1]
    people = [Person(row.contact_id, row.contact, row.said_at) for row in rows]  # type: ignore[attr-defined]
    return cut(people, size, after=after)
