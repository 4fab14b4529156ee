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


KINDS = pytest.mark.parametrize("kinds", [["visit"], ["visit", "visitor"]], ids=["one kind", "several"])


def days(*instants: str, window: Window, kinds: list[str]) -> int:
    """On how many days the instants fall, as far as they lie in the window. The kinds take turns."""
    builder = Builder()
    builder.add_contact(1, {})
    for place, text in enumerate(instants):
        at = moments.to_us(datetime.fromisoformat(text))
        builder.add_interaction(1, kinds[place % len(kinds)], at, {})
    population = builder.build()
    rules = {
        str(number): Interaction(
            "visit*", window=window, measure=Measure("distinct_days"), op="gte", value=number
        )
        for number in range(1, 6)
    }
    members = judge(population, rules, as_of=NOON, zone=NEWFOUNDLAND).members
    return sum(bool(members[name][0]) for name in rules)


@KINDS
@pytest.mark.parametrize(("hours", "expected"), [(24, 2), (14, 2), (13, 2), (12, 1), (2, 0)])
def test_a_day_that_comes_back_is_the_same_day(hours: int, expected: int, kinds: list[str]) -> None:
    """Sunday 00:00:30, then Saturday 23:30 by the clock that went back, then Sunday 00:30."""
    instants = ("2006-10-29T02:30:30+00:00", "2006-10-29T03:00:00+00:00", "2006-10-29T04:00:00+00:00")
    assert days(*instants, window=Window("last", (Span(hours, "hour"),)), kinds=kinds) == expected


@KINDS
def test_without_the_last_of_them_the_days_are_still_two(kinds: list[str]) -> None:
    instants = ("2006-10-29T02:30:30+00:00", "2006-10-29T03:00:00+00:00")
    assert days(*instants, window=Window("last", (Span(24, "hour"),)), kinds=kinds) == 2


@KINDS
@pytest.mark.parametrize("end", ["2006-10-29T14:30:00+00:00", "2006-10-29T14:30:00.000001+00:00"])
def test_what_was_done_at_the_end_of_a_window_hides_nothing_before_it(end: str, kinds: list[str]) -> None:
    """A window of what lies more than an hour back: something at 13:00, and at its very end, which is not in it."""
    window = Window("before_last", (Span(1, "hour"),))
    assert days("2006-10-29T13:00:00+00:00", end, window=window, kinds=kinds) == 1
    assert days(end, window=window, kinds=kinds) == 0
