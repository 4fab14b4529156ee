"""Rules that are judged together share what they read, count and look up; each is answered as if it were alone."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from segments.engine.judging import compiled, evaluate
from segments.engine.judging.evaluate import judge
from segments.engine.judging.kernel import LANES
from segments.engine.judging.population import Builder, Population
from segments.engine.language.moments import DAY_US
from segments.engine.language.parse import parse_document

AS_OF = 20_000 * DAY_US
SHOPS = ["tea", "Coffee", "cocoa", "", None, 7]
ZONE = ZoneInfo("America/Havana")


def contacts(size: int, seed: int = 3) -> Population:
    dice, builder = np.random.default_rng(seed), Builder()
    for key in range(size):
        builder.add_contact(key, {"age": int(dice.integers(20)), "town": SHOPS[int(dice.integers(6))]})
    for key in range(0, size, 3):
        for _ in range(int(dice.integers(30))):
            at = AS_OF - int(dice.integers(-3, 900)) * DAY_US // 2 + int(dice.integers(2))
            builder.add_interaction(
                key,
                ["buy", "look"][int(dice.integers(2))],
                at,
                {"shop": SHOPS[int(dice.integers(6))], "paid": str(int(dice.integers(-5, 9)))},
            )
    return builder.build()


def bought(window: Any = None, op: str = "gte", value: Any = 1, **more: Any) -> dict[str, Any]:
    rule = {"interaction": "buy", "measure": {"fn": "count"}, "op": op, "value": value, **more}
    return rule | ({"window": window} if window else {})


def in_shop(op: str, value: Any, days: int = 90, times: int = 1) -> dict[str, Any]:
    return bought(
        {"last": [days, "day"]}, value=times, where=[{"property": "shop", "op": op, "value": value}]
    )


def measured(fn: str, days: int, value: Any, op: str = "gte", kind: str = "buy") -> dict[str, Any]:
    measure = {"fn": fn} if fn.startswith("distinct_") else {"fn": fn, "property": "paid"}
    return {
        "interaction": kind, "window": {"last": [days, "day"]}, "measure": measure, "op": op, "value": value
    }  # fmt: skip


TOGETHER: dict[str, dict[str, dict[str, Any]]] = {
    "one property, tests that no row passes twice": {
        name: in_shop("is", name) for name in ("tea", "coffee", "cocoa", "7", "nothing")
    },
    "one property, tests that overlap": {
        "tea": in_shop("is", "tea"),
        "t": in_shop("starts_with", "t"),
        "not tea": in_shop("is_not", "tea"),
        "twice": in_shop("is", "cocoa", times=2),
        "longer ago": in_shop("is", "cocoa", days=400),
    },
    "more windows than four": {
        str(days): bought({"last": [days, "day"]}, value=2) for days in (5, 9, 30, 60, 90, 200, 400)
    },
    "windows apart from each other": {
        "before": bought({"before_last": [30, "day"]}),
        "between": bought({"between_ago": [[90, "day"], [60, "day"]]}),
        "none": bought({"last": [40, "day"]}, "eq", 0),
        "ever": bought(),
    },
    "sums and extremes of one property": {
        f"{fn} {days}": measured(fn, days, value, op)
        for fn, value, op in (("sum", 3, "gte"), ("average", 2, "lt"), ("minimum", 0, "lte"), ("maximum", 5, "gte"))
        for days in (30, 90, 300)
    },
    "days, weeks and months": {
        f"{fn} {days}": measured(fn, days, value)
        for fn, value in (("distinct_days", 3), ("distinct_weeks", 2), ("distinct_months", 2))
        for days in (20, 100, 400)
    },
    "more conditions on one attribute than eight": {
        f"age {age}": {"attribute": "age", "op": "gte", "value": age} for age in range(-1, 20)
    } | {"town": {"attribute": "town", "op": "is", "value": "TEA"}},
    "what nobody has": {
        "no kind": {"interaction": "sing"},
        "no property": bought(where=[{"property": "colour", "op": "is", "value": "red"}]),
        "without it": bought(where=[{"property": "colour", "op": "is_not", "value": "red"}]),
        "no number": measured("sum", 90, 1) | {"measure": {"fn": "sum", "property": "colour"}},
        "of two kinds": {"interaction": "*", "measure": {"fn": "distinct_days"}, "op": "gte", "value": 4},
        "the first of two kinds": {"interaction": "*", "pick": "first", "window": {"last": [300, "day"]}},
    },
}  # fmt: skip


@pytest.mark.parametrize("size", [1, 64, LANES - 1, LANES, LANES + 1, 3 * LANES + 70])
def test_each_is_answered_as_if_it_were_alone(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "BLOCK", 700)  # several pieces
    population = contacts(size)
    rules = {
        f"{title}: {name}": parse_document({"version": 1, "rule": rule})
        for title, several in TOGETHER.items()
        for name, rule in several.items()
    }
    together = judge(population, rules, as_of=AS_OF, zone=ZONE)
    wrong = []
    for name, rule in rules.items():
        alone = judge(population, {name: rule}, as_of=AS_OF, zone=ZONE, threads=1)
        if together.members[name].tolist() != alone.members[name].tolist():
            wrong.append(name)
    assert not wrong
    monkeypatch.undo()  # in one piece: what was gathered of some contacts is not there for the next
    whole = judge(population, rules, as_of=AS_OF, zone=ZONE, threads=1)
    assert [whole.members[name].tolist() for name in rules] == [
        together.members[name].tolist() for name in rules
    ]
    if size > LANES:
        told = {name for name in rules if 0 < together.members[name].sum() < size}
        assert len(told) > len(rules) * 2 // 3  # most of them tell contacts apart


def test_what_is_kept_compiled_is_of_these_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """A change in any file of the folder is another digest, so another thing kept."""
    before = compiled.digest()
    compiled.digest.cache_clear()
    monkeypatch.setattr(compiled.zlib, "crc32", lambda data, digest: digest + 1)
    try:
        assert compiled.digest() != before
    finally:
        compiled.digest.cache_clear()
