"""The segments a contact is seen to be in, what matters first."""

from __future__ import annotations

from collections.abc import Sequence

from segments.models import Membership

# What matters first: the rank a marketer gave, then what few have, then what is new. The name only breaks ties.
FIRST = ("segment__badge_rank", "segment__size", "-since", "segment__name", "segment_id")


def badges_with_since(contact_id: int) -> Sequence[Membership]:
    """The memberships that show as badges, with their segments, what matters first; one query."""
    found = Membership.objects.filter(
        contact_id=contact_id, segment__archived_at__isnull=True, segment__shown_as_badge=True
    )
    return list(found.select_related("segment").order_by(*FIRST))
