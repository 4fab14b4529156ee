"""The segments a contact is seen to be in, what matters first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from segments.models import Membership, Segment

# What is read of the segment itself: its rule is long, and no badge shows it.
SHOWN = tuple(
    field.attname
    for field in Segment._meta.concrete_fields
    if field.name not in ("rule", "owner", "failed_at", "logged_at", "created_at", "updated_at")
)
# What matters first: the rank a marketer gave, then what few have, then what is new. The name only breaks ties.
FIRST = ("segment__badge_rank", "segment__size", "-since", "segment__name", "segment_id")


@dataclass(frozen=True)
class Badges:
    """The segments a contact is seen to be in, what matters first; and since when it is in all its segments."""

    segments: list[Segment]
    since: dict[str, datetime]


def badges_of(contact_id: int) -> Badges:
    """What a contact is in, in one query; what of a segment is not in `SHOWN` would be read when asked for."""
    rows = Membership.objects.filter(contact_id=contact_id).order_by(*FIRST)
    columns = rows.values_list("since", *(f"segment__{name}" for name in SHOWN))
    found = [(since, Segment.from_db(rows.db, SHOWN, values)) for since, *values in columns]
    shown = [segment for _, segment in found if segment.archived_at is None and segment.shown_as_badge]
    return Badges(shown, {segment.slug: since for since, segment in found})
