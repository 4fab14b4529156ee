"""What the benchmark's segments ask of interactions, read from the rule documents and not by the product's parser.

The peers use this, so that a mistake of the product's own reading of a rule shows as a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config.bench.population import AS_OF

ZONE = ZoneInfo("Europe/Berlin")
EVER = -(2**62)
EPOCH = datetime(1970, 1, 1, tzinfo=AS_OF.tzinfo)
MICRO = timedelta(microseconds=1)


@dataclass(frozen=True)
class Wanted:
    """One measure: `fn` over the interactions of a kind within [low, high), in a category where one is named.

    `fn` is count, sum (for sums and averages), minimum, maximum, distinct_days, first or last.
    """

    kind: str
    fn: str
    low: int
    high: int
    category: str = ""


def instant(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - EPOCH) // MICRO


def back(as_of: datetime, span: list[Any]) -> datetime:
    """That many days of 24 hours ago; the benchmark's rules use days only."""
    number, unit = span
    assert unit == "day"
    return as_of - timedelta(days=number)


def today(as_of: datetime) -> date:
    """The day of as-of where the account is."""
    return as_of.astimezone(ZONE).date()


def wanted(part: Mapping[str, Any], as_of: datetime) -> Wanted:
    """The measure of an interaction condition."""
    window, end = part["window"], instant(as_of) + 1
    low, high = EVER, end
    if "last" in window:
        low = instant(back(as_of, window["last"]))
    else:
        high = instant(back(as_of, window["before_last"]))
    fn = part.get("pick") or part["measure"]["fn"]
    category = "".join(test["value"] for test in part.get("where", []))
    return Wanted(part["interaction"], "sum" if fn == "average" else fn, low, high, category)


def conditions(rule: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every condition of a rule document."""
    for word in ("all", "any"):
        for part in rule.get(word, ()):
            yield from conditions(part)
    if "not" in rule:
        yield from conditions(rule["not"])
    if not rule.keys() & {"all", "any", "not"}:
        yield rule


def measures_of(rules: Iterable[Mapping[str, Any]], as_of: datetime) -> list[Wanted]:
    """The distinct measures of all rules, those of a kind together, the longest window first."""
    found = {wanted(part, as_of) for rule in rules for part in conditions(rule) if "interaction" in part}
    return sorted(found, key=lambda one: (one.kind, one.low, one.fn, one.high, one.category))
