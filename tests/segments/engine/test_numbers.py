"""Numbers stay exact: beyond 53 bits, beyond 63, and to the last decimal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from segments.engine.judging.evaluate import judge
from segments.engine.judging.population import Builder
from segments.engine.language.check import Catalogue, check
from segments.engine.language.parse import parse_rule


def members(rule: dict[str, Any], amounts: list[Any]) -> list[int]:
    """Contact 1 has the amounts as interactions; contact 2 has none."""
    builder = Builder()
    builder.add_contact(1, {})
    builder.add_contact(2, {})
    for index, amount in enumerate(amounts):
        builder.add_interaction(1, "buy", index, {"amount": amount})
    population = builder.build()
    settled = check(parse_rule(rule), Catalogue(attributes={}))
    verdict = judge(population, {"r": settled}, as_of=1_000, zone=ZoneInfo("UTC"))
    return [int(key) for key in population.ids[verdict.members["r"]]]


def measure(fn: str, op: str, value: Any) -> dict[str, Any]:
    return {"interaction": "buy", "measure": {"fn": fn, "property": "amount"}, "op": op, "value": value}


HUGE = 9_223_372_036_854_775_807


@pytest.mark.parametrize(
    ("rule", "amounts", "expected"),
    [
        (measure("sum", "gte", 0.3), [0.1, 0.2], [1]),
        (measure("sum", "eq", 0.3), [0.1, 0.2], [1]),
        (measure("sum", "gt", 0.3), [0.1, 0.2], []),
        (measure("sum", "eq", 2 * HUGE), [HUGE, HUGE], [1]),
        (measure("sum", "gt", 0), [HUGE, HUGE], [1]),
        (measure("sum", "eq", 0), [], [1, 2]),
        (measure("maximum", "gt", HUGE), [HUGE + 1], [1]),
        (measure("maximum", "gt", HUGE), [HUGE], []),
        (measure("average", "eq", 0.2), [0.1, 0.2, 0.3], [1]),
        (measure("average", "gt", "0.333333"), [0, 0, 1], [1]),
        (measure("average", "lt", "0.333334"), [0, 0, 1], [1]),
        (measure("average", "ne", 5), [], [1, 2]),
        (measure("average", "lt", 5), [], []),
        (measure("minimum", "gte", "1e-400"), [Decimal("1e-300")], [1]),
        (measure("minimum", "lte", "1e9999"), [1], [1]),
        (measure("average", "lt", "1e9999"), [HUGE, -1], [1]),
        (measure("average", "gt", "-1e9999"), [HUGE, -1], [1]),
        (measure("average", "gt", "1e-9999"), [HUGE, 1 - HUGE], [1]),
        (measure("sum", "gt", "0." + "1" * 9_000), ["0." + "1" * 8_999 + "2"], [1]),
        (measure("maximum", "lt", 1), ["0." + "9" * 9_000], [1]),
        (measure("sum", "gte", 10), ["12 EUR", "9"], []),
        (measure("distinct", "eq", 2), ["1", 1.0, "2"], [1]),
    ],
)
def test_measures_are_exact(rule: dict[str, Any], amounts: list[Any], expected: list[int]) -> None:
    assert members(rule, amounts) == expected
