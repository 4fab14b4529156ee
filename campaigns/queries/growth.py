"""Which segments grew and which shrank."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Abs

from crm.kit.figures import percent
from segments.models import Segment, SegmentSize

DAYS = 30


@dataclass(frozen=True)
class Growth:
    """A segment now and 30 days ago; positions are for a bar around the middle, in percent."""

    segment: Segment
    before: int
    most: int

    @property
    def change(self) -> int:
        """Members more, or fewer where negative."""
        return self.segment.size - self.before

    @property
    def ratio(self) -> str:
        """`+18 %` of the size then; nothing where there was nobody."""
        if not self.before:
            return "from none"
        share = self.change / self.before
        return f"{'+' if share > 0 else ''}{percent(share, 0)}"

    @property
    def width(self) -> str:
        """The bar's length."""
        return f"{self._reach:.2f}%"

    @property
    def x(self) -> str:
        """Where the bar begins."""
        return f"{50 if self.change >= 0 else 50 - self._reach:.2f}%"

    @property
    def _reach(self) -> float:
        return 46 * abs(self.change) / self.most if self.most else 0.0


def grew_and_shrank(*, today: date, most: int = 6) -> list[Growth]:
    """The segments in use that changed most in 30 days, the most grown first, in one query."""
    then = SegmentSize.objects.filter(segment=OuterRef("pk"), on__lte=today - timedelta(days=DAYS)).order_by(
        "-on"
    )
    found = list(
        Segment.objects.live()
        .annotate(before=Subquery(then.values("size")[:1]))
        .filter(before__isnull=False)
        .annotate(moved=Abs(F("size") - F("before")))
        .filter(moved__gt=0)
        .order_by("-moved", "pk")[:most]
    )
    largest = max((abs(segment.size - segment.before) for segment in found), default=0)  # type: ignore[attr-defined]
    rows = [Growth(segment, segment.before, largest) for segment in found]  # type: ignore[attr-defined]
    return sorted(rows, key=lambda row: -row.change)
