"""The segments a contact is seen to be in."""

from __future__ import annotations

from collections.abc import Sequence

from segments.models import Membership


def badges_with_since(contact_id: int) -> Sequence[Membership]:
    """The memberships that show as badges, with their segments, by name; one query."""
    found = Membership.objects.filter(
        contact_id=contact_id, segment__archived_at__isnull=True, segment__shown_as_badge=True
    )
    return list(found.select_related("segment").order_by("segment__name", "segment_id"))
