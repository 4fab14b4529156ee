"""How segments grew: their sizes by day, and how many customers there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.core.cache import cache
from django.db.models import Sum

from crm.models import Contact
from segments.engine.statistics import bits
from segments.models import Run, Segment, SegmentSize
from segments.queries.membership.packed import inside

KEPT_SECONDS = 300


@dataclass(frozen=True)
class Day:
    """A segment at the end of a day: its size, who came and who went that day."""

    on: date
    size: int
    entered: int
    left: int


@dataclass(frozen=True)
class Coverage:
    """How many customers the live segments describe; `as_of` is the run it is true of."""

    segments: int
    described: int
    customers: int
    as_of: datetime | None

    @property
    def undescribed(self) -> int:
        """Customers in no segment."""
        return max(self.customers - self.described, 0)


def sizes_since(segment_ids: Collection[int], since: date) -> dict[int, list[Day]]:
    """The days of each segment from `since` on, oldest first, in one query."""
    days: dict[int, list[Day]] = defaultdict(list)
    rows = SegmentSize.objects.filter(segment_id__in=segment_ids, on__gte=since).order_by("on")
    for segment_id, on, size, entered, left in rows.values_list(
        "segment_id", "on", "size", "entered", "left"
    ):
        days[segment_id].append(Day(on, size, entered, left))
    return days


def history_of(segment: Segment) -> list[Day]:
    """All days of one segment, oldest first."""
    rows = SegmentSize.objects.filter(segment=segment).order_by("on")
    return [Day(*row) for row in rows.values_list("on", "size", "entered", "left")]


def by_week(days: Sequence[Day], *, most: int = 60) -> list[Day]:
    """At most `most` stretches, each as long as the others and the last one ending today: its last day that was
    counted with the size of then, and the entries and exits of all of it. Stretches without a count are left out.
    """
    if not days:
        return []
    last = days[-1].on
    step = (last - days[0].on).days // most + 1
    stretches = [list(part) for _, part in groupby(days, key=lambda day: (last - day.on).days // step)]
    return [
        Day(part[-1].on, part[-1].size, sum(day.entered for day in part), sum(day.left for day in part))
        for part in stretches
    ]


def moved_since(segment: Segment, since: datetime) -> tuple[int, int]:
    """How many entered and left from `since` on, told by the daily sizes."""
    moved = SegmentSize.objects.filter(segment=segment, on__gte=since.date()).aggregate(
        entered=Sum("entered"), left=Sum("left")
    )
    return moved["entered"] or 0, moved["left"] or 0


def customers() -> int:
    """How many customers the account knows now; counted at most every five minutes."""
    known = cache.get("segments.customers")
    if known is None:
        known = Contact.objects.living().count()
        cache.set("segments.customers", known, KEPT_SECONDS)
    return known


def coverage() -> Coverage:
    """How many customers the live segments describe; `as_of` is the newest run."""
    run = Run.objects.filter(state=Run.DONE).order_by("-started_at").values_list("as_of", flat=True).first()
    live = list(Segment.objects.live())
    rows = bits.table(list(inside(live).bits.values()))
    described = bits.count(bits.union(rows)) if live else 0
    return Coverage(segments=len(live), described=described, customers=customers(), as_of=run)
