"""Who a campaign could reach: everybody in its segment falls into exactly one of four groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, QuerySet, Subquery, Value, When

from campaigns.domain.channels import CHANNELS
from campaigns.models import Campaign
from crm.kit.paging import Page, cut
from crm.models import Consent, Contact, Identifier
from crm.queries.accounts import account_zone
from segments.mirror import everyone
from segments.models import Membership
from segments.queries.building.reaching import reach_by
from segments.queries.membership.packed import members_of

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
    """How many match, may be contacted, or are blocked because of what, by the definition of builder and segment pages.

    Members are those that the segment page counts; a fixed number of queries, whatever the size.
    """
    segment = campaign.segment
    members = members_of([segment])[segment.pk]
    terms = [(campaign.channel, campaign.purpose)]
    contacts = everyone.now(rebuild=False)
    (found,) = reach_by(members, terms, contacts=contacts, zone=account_zone(), as_of=as_of)
    return Audience(
        matching=len(members),
        allowed=found.allowed,
        unrecorded=found.unrecorded,
        withdrawn=found.withdrawn,
        unreachable=found.unreachable,
        as_of=as_of,
        members_as_of=segment.evaluated_at,
    )


def people_in(campaign: Campaign, group: str, *, after: str, size: int = PAGE) -> Page[Person]:
    """A page of the people in one group, by contact, in one query."""
    found = _judged(campaign).filter(verdict=group)
    if after.isdigit():
        found = found.filter(contact_id__gt=int(after))
    rows = found.select_related("contact").order_by("contact_id")[: size + 1]
    people = [Person(row.contact_id, row.contact, row.said_at) for row in rows]  # type: ignore[attr-defined]
    return cut(people, size, after=after)
