"""Days, spans and periods where clocks and calendars are awkward."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from segments.engine.language import moments
from segments.engine.language.rules import Span, Window

UTC = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")


def us(text: str) -> int:
    return moments.to_us(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2026-03-14", "day"),
        ("2026-03-14T12:00", "instant"),
        ("2026-03-14 12:00:00.123456+02:00", "instant"),
        ("2026-03-14T12:00:00Z", "instant"),
        ("20260314", "none"),
        ("14.3.2026", "none"),
        ("2026-02-30", "none"),
        ("0000-01-01", "none"),
        ("275760-01-01", "none"),
        ("2026-03-14T25:00", "none"),
    ],
)
def test_only_iso_8601_is_read(text: str, kind: str) -> None:
    day, instant = moments.read_moment(text, UTC)
    assert ("day" if day is not None else "instant" if instant is not None else "none") == kind


def test_months_are_clamped_and_keep_the_wall_clock() -> None:
    march = us("2026-03-31T10:00:00+02:00")
    assert moments.step(march, Span(1, "month"), -1, BERLIN) == us("2026-02-28T10:00:00+01:00")
    assert moments.step(march, Span(1, "day"), -3, BERLIN) == us("2026-03-28T09:00:00+01:00")


def test_the_kth_border_is_one_step() -> None:
    march = us("2026-03-31T10:00:00+00:00")
    assert moments.step(march, Span(1, "month"), -2, UTC) == us("2026-01-31T10:00:00+00:00")


def test_a_short_day_has_23_hours() -> None:
    day = moments.local_day(us("2026-03-29T12:00:00+02:00"), BERLIN)
    assert moments.start_of_day(day + 1, BERLIN) - moments.start_of_day(day, BERLIN) == 23 * 3_600_000_000


def test_days_of_many_instants_agree_with_days_of_each() -> None:
    instants = np.array([us("2026-03-29T00:30:00+01:00") + hour * 1_800_000_000 for hour in range(-50, 50)])
    expected = [moments.local_day(int(instant), BERLIN) for instant in instants]
    assert list(moments.local_days(instants, BERLIN)) == expected


def test_the_ends_of_the_calendar_do_not_fail() -> None:
    for text in ("0001-01-01", "9999-12-31"):
        day, _ = moments.read_moment(text, BERLIN)
        assert day is not None
        moments.start_of_day(day + 1, BERLIN)
    window = Window("range", start="9999-12-31", end="9999-12-31")
    low, high = moments.bounds(window, us("2026-01-01T00:00:00+00:00"), BERLIN)
    assert low > high


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("this_week", "2026-03-09", "2026-03-15"),
        ("last_quarter", "2025-10-01", "2025-12-31"),
        ("next_year", "2027-01-01", "2027-12-31"),
        ("last_month", "2026-02-01", "2026-02-28"),
    ],
)
def test_periods(period: str, first: str, last: str) -> None:
    sunday = moments.local_day(us("2026-03-15T12:00:00+00:00"), UTC)
    days = moments.period_days(period, sunday)
    assert tuple(moments.day_as_date(day).isoformat() for day in days) == (first, last)


@pytest.mark.parametrize("year", [1850, 1999, 2099, 2100, 2499, 2500, 2501, 5000, 9998])
def test_the_days_of_far_years_follow_the_lasting_rule_of_the_zone(year: int) -> None:
    hours = np.arange(us(f"{year}-01-01T00:30+00:00"), us(f"{year}-12-31T00:30+00:00"), 13 * 3_600_000_000)
    expected = [moments.local_day(int(instant), BERLIN) for instant in hours]
    assert list(moments.local_days(hours, BERLIN)) == expected


def test_an_end_of_time_in_the_data_does_not_read_every_day_of_the_calendar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    read = moments._offset
    monkeypatch.setattr(
        moments, "_offset", lambda zone, instant: asked.append(instant) or read(zone, instant)
    )
    moments.local_days(
        np.array([us("0001-01-05T00:00+00:00"), us("9999-12-20T00:00+00:00")]), ZoneInfo("Asia/Tokyo")
    )
    assert len(asked) < 150_000
