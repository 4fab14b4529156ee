"""What an unsaved rule would have held on other days: a week, a month, three months and a year ago, or a day picked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from segments.engine.language import moments
from segments.engine.language.rules import Span
from segments.queries.membership.hindsight import held_then

USUAL = (
    ("A week ago", Span(1, "week")),
    ("A month ago", Span(1, "month")),
    ("Three months ago", Span(3, "month")),
    ("A year ago", Span(1, "year")),
)
MOST_DAYS = 6


@dataclass(frozen=True)
class OtherDay:
    """How many a rule would have held as of an instant."""

    label: str
    as_of: datetime
    count: int


@dataclass(frozen=True)
class OtherDays:
    """The days, the newest first, and which facts of then are known, in sentences."""

    days: list[OtherDay]
    known: list[str]


def usual_days(as_of: datetime, zone: ZoneInfo) -> list[tuple[str, datetime]]:
    """The days that are always shown, on the clock of the account."""
    now = moments.to_us(as_of)
    return [(label, moments.to_datetime(moments.step(now, span, -1, zone))) for label, span in USUAL]


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The last moment of a day in the account's zone."""
    after = (day - date(1970, 1, 1)).days + 1
    return moments.to_datetime(moments.start_of_day(after, zone) - 1)


def on_other_days(
    document: Any, days: list[tuple[str, datetime]], *, slug: str = "", stop: Callable[[], bool] | None = None
) -> OtherDays:
    """What the rule would have held then. Raises `Refused`, `Preparing`, and `Stopped` once nobody waits."""
    found: list[OtherDay] = []
    known: list[str] = []
    for label, as_of in days[:MOST_DAYS]:
        then = held_then(document, as_of=as_of, slug=slug, stop=stop)
        known = known or then.known
        found.append(OtherDay(label, as_of, len(then.members)))
    return OtherDays(found, known)
