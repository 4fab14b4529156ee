"""Two to four segments side by side: what they are, how large, how they grow, what they are worth, whom they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from segments.engine.statistics.accuracy import Accuracy
from segments.models import Segment
from segments.queries.insight.health import Mark, marks
from segments.queries.insight.reachable import mailable
from segments.queries.insight.worth import revenues
from segments.queries.membership.sizes import Day, sizes_since
from segments.queries.service.votes import accuracy

LEAST, MOST = 2, 4
MONTH = timedelta(days=30)


@dataclass(frozen=True)
class Compared:
    """One of the segments. `change` is the difference to 30 days ago; None where that is not known."""

    segment: Segment
    days: list[Day]
    change: int | None
    revenue: Decimal
    mailable: int
    accuracy: Accuracy
    marks: list[Mark]

    @property
    def per_member(self) -> Decimal | None:
        """What a member bought in 12 months, on average."""
        return self.revenue / self.segment.size if self.segment.size else None


def compared(segments: Sequence[Segment], *, as_of: datetime) -> list[Compared]:
    """The segments with their figures, in the order they were given."""
    bought = revenues(segments, as_of=as_of)
    votes = accuracy([one.pk for one in segments])
    sizes = sizes_since([one.pk for one in segments], (as_of - timedelta(days=366)).date())
    found, mail = marks(at=as_of), mailable(segments, as_of=as_of)
    return [
        Compared(
            segment=one,
            days=sizes.get(one.pk, []),
            change=_change(one, sizes.get(one.pk, []), as_of),
            revenue=bought[one.pk],
            mailable=mail[one.pk],
            accuracy=votes[one.pk],
            marks=found.get(one.pk, []),
        )
        for one in segments
    ]


def _change(segment: Segment, days: Sequence[Day], as_of: datetime) -> int | None:
    then = [day.size for day in days if day.on <= (as_of - MONTH).date()]
    return segment.size - then[-1] if then else None
