"""Holds the segment that a campaign or goal is for, so that nobody puts it away in the same moment."""

from __future__ import annotations

from campaigns.domain.refusals import Refused
from segments.models import Segment


def hold_in_use(segment: Segment) -> None:
    """The segment stays in use until the transaction ends. Raises `Refused` where it is archived, or gone."""
    held = list(
        Segment.objects.select_for_update().filter(pk=segment.pk).values_list("archived_at", flat=True)
    )
    if held != [None]:
        raise Refused(
            f"The segment ‘{segment.name}’ is archived: restore it first, or choose one in use.",
            field="segment",
        )
