"""Days on which something was done, where clocks that go back lead from a day into the one before."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from segments.engine.judging.evaluate import judge
from segments.engine.judging.population import Builder
from segments.engine.language import moments
from segments.engine.language.rules import Interaction, Measure, Span, Window

NEWFOUNDLAND = ZoneInfo("America/St_Johns")  # until 2011 its clocks went back at 00:01, into the day before
NOON = moments.to_us(datetime.fromisoformat("2006-10-29T15:30:00+00:00"))


def days(*instants: str, last: Span) -> int:
    """On how many days the instants fall, as far as they lie in the window."""
    builder = Builder()
    builder.add_contact(1, {})
    for text in instants:
        builder.add_interaction(1, "visit", moments.to_us(datetime.fromisoformat(text)), {})
    population = builder.build()
    rules = {
        str(number): Interaction(
            "visit", window=Window("last", (last,)), measure=Measure("distinct_days"), op="gte", value=number
        )
        for number in range(1, 6)
    }
    members = judge(population, rules, as_of=NOON, zone=NEWFOUNDLAND).members
    return sum(bool(members[name][0]) for name in rules)


@pytest.mark.parametrize(("hours", "expected"), [(24, 2), (14, 2), (13, 2), (12, 1), (2, 0)])
def test_a_day_that_comes_back_is_the_same_day(hours: int, expected: int) -> None:
    """Sunday 00:00:30, then Saturday 23:30 by the clock that went back, then Sunday 00:30."""
    instants = ("2006-10-29T02:30:30+00:00", "2006-10-29T03:00:00+00:00", "2006-10-29T04:00:00+00:00")
    assert days(*instants, last=Span(hours, "hour")) == expected


def test_without_the_last_of_them_the_days_are_still_two() -> None:
    assert days("2006-10-29T02:30:30+00:00", "2006-10-29T03:00:00+00:00", last=Span(24, "hour")) == 2
