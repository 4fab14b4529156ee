"""The segments a contact is seen to be in, what matters first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from segments.models import Membership, Segment

# What matters first: the rank a marketer gave, then what few have, then what is new. The name only breaks ties.
FIRST = ("segment__badge_rank", "segment__size", "-since", "segment__name", "segment_id")


@dataclass(frozen=True)
class Badges:
    """The segments a contact is seen to be in, what matters first; and since when it is in all its segments."""

    segments: list[Segment]
    since: dict[str, datetime]


def badges_of(contact_id: int) -> Badges:
    """What a contact is in, in one query."""
    found = Membership.objects.filter(contact_id=contact_id).select_related("segment").order_by(*FIRST)
    shown = [one.segment for one in found if one.segment.archived_at is None and one.segment.shown_as_badge]
    return Badges(shown, {one.segment.slug: one.since for one in found})
