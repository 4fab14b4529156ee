"""Windows of one measure share their cells: each counts only what lies within it, whatever the others end with."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from segments.engine.judging.evaluate import judge
from segments.engine.judging.population import Builder
from segments.engine.language.moments import DAY_US
from segments.engine.language.rules import Interaction, Measure, Span, Window

NOW = 20_000 * DAY_US
WINDOWS = {
    "all": None,
    "last 3": Window("last", (Span(3, "day"),)),
    "before the last 2": Window("before_last", (Span(2, "day"),)),
    "from 4 to 1 ago": Window("between_ago", (Span(4, "day"), Span(1, "day"))),
}


@pytest.mark.parametrize("fn", ["count", "sum"])
def test_windows_with_different_ends_are_counted_together(fn: str) -> None:
    """On the k-th day back k things were done, noon by noon, five days long."""
    builder = Builder()
    builder.add_contact(1, {})
    for day in range(5, 0, -1):
        for _ in range(day):
            builder.add_interaction(1, "buy", NOW - day * DAY_US + DAY_US // 2, {"amount": 1})
    measure = Measure(fn, "amount" if fn == "sum" else None)
    rules = {
        f"{name}: {number}": Interaction(
            "buy", window=window, measure=measure, op="eq", value=Decimal(number)
        )
        for name, window in WINDOWS.items()
        for number in range(16)
    }
    found = judge(builder.build(), rules, as_of=NOW, zone=ZoneInfo("UTC")).members
    said = {name for name, truth in found.items() if truth[0]}
    assert said == {"all: 15", "last 3: 6", "before the last 2: 12", "from 4 to 1 ago: 9"}
