"""Keeps how big segments were at the end of each day, and how many came and went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from segments.actions.membership.updating import update_rows
from segments.models import Segment, SegmentSize


class Counted(NamedTuple):
    """A segment's size now, and how many just came and went."""

    segment: Segment
    size: int
    entered: int
    left: int


def note_sizes(counted: Sequence[Counted], *, at: datetime, zone: ZoneInfo) -> None:
    """Keep sizes for the day (of the account's zone), and add who came and went. Two queries; under the lock."""
    day = at.astimezone(zone).date()
    rows = SegmentSize.objects.filter(segment__in=[one.segment.pk for one in counted], on=day)
    before = {row.segment_id: row for row in rows}
    fresh = []
    for segment, size, entered, left in counted:
        row = before.get(segment.pk) or SegmentSize(segment=segment, on=day)
        row.size, row.entered, row.left = size, row.entered + entered, row.left + left
        fresh.append(row)
    first = [row for row in fresh if row.pk is None]
    if first:
        SegmentSize.objects.bulk_create(
            first,
            update_conflicts=True,
            unique_fields=["segment", "on"],
            update_fields=["size", "entered", "left"],
        )
    update_rows(
        SegmentSize,
        ("size", "entered", "left"),
        [(row.pk, row.size, row.entered, row.left) for row in fresh if row.pk is not None],
    )


def note_day(segments: Sequence[Segment], *, at: datetime, zone: ZoneInfo) -> None:
    """Keep the sizes of segments nobody entered or left, where the day has none yet. One query; under the lock."""
    day = at.astimezone(zone).date()
    SegmentSize.objects.bulk_create(
        [SegmentSize(segment=segment, on=day, size=segment.size) for segment in segments],
        ignore_conflicts=True,
    )


def note_size(segment: Segment, size: int, entered: int, left: int, *, at: datetime, zone: ZoneInfo) -> None:
    """The same for one segment."""
    note_sizes([Counted(segment, size, entered, left)], at=at, zone=zone)
