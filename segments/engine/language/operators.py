"""The operators, in one table: how each decides the distinct values of a column.

An operator's test answers, for each entry of a dictionary, whether it matches and whether it could be read at all.
Missing values match nothing; a negative operator is the complement of its positive, so it matches them.
"""

from __future__ import annotations

import operator as compare
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import re2

from segments.engine.language import date_tests, values
from segments.engine.language.dictionary import Dictionary, scaled_limits

Bools = npt.NDArray[np.bool_]
Shape = Literal[
    "none", "text", "scalar", "scalars", "number", "numbers", "pair", "moment", "moments", "span",
    "period", "month",
]  # fmt: skip
MOST, LEAST = 2**63 - 1, -(2**63)
NOWHERE = (1, 0)
MOST_STEPS = 2_500  # of a pattern: searching takes as long as they times the text


@dataclass(frozen=True)
class Asked:
    """What a condition asks of a dictionary: the rule's value, and the instant and zone it is asked at."""

    value: Any
    as_of: int
    zone: ZoneInfo
    offset_days: int = 0


Test = Callable[[Dictionary, Asked], tuple[Bools, Bools]]


@dataclass(frozen=True)
class Operator:
    """One row of the table. `types` are the attribute types it fits; `negates` names the positive it complements."""

    name: str
    types: frozenset[str]
    shape: Shape
    test: Test | None = None
    negates: str = ""


def _items(dictionary: Dictionary, decide: Callable[[Dictionary], Bools]) -> tuple[Bools, Bools]:
    """A test of single texts; a list matches where any item does."""
    if dictionary.items is None:
        return decide(dictionary) & dictionary.told, dictionary.told
    inner, codes, owners = dictionary.items
    hit, readable = np.zeros(len(dictionary), bool), np.zeros(len(dictionary), bool)
    hit[owners[(decide(inner) & inner.told)[codes]]] = True
    readable[owners[inner.told[codes]]] = True  # a list of nothing but blanks has no item to read
    return hit, readable


def _on_text(matches: Callable[[str, str], bool]) -> Test:
    def test(dictionary: Dictionary, asked: Asked) -> tuple[Bools, Bools]:
        wanted = values.fold(asked.value)
        return _items(
            dictionary,
            lambda inner: np.fromiter((matches(text, wanted) for text in inner.folded), bool, len(inner)),
        )

    return test


def pattern(text: str) -> Any:
    """A compiled pattern, searched with case ignored, in linear time. Raises `re2.error`."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 8 << 20
    compiled = re2.compile(text, options)
    if compiled._regexp.ProgramSize() > MOST_STEPS:
        raise re2.error("it asks for too much to be looked for in every text; make it shorter")
    return compiled


def _matches(dictionary: Dictionary, asked: Asked) -> tuple[Bools, Bools]:
    search = pattern(asked.value).search
    return _items(
        dictionary,
        lambda inner: np.fromiter((search(text) is not None for text in inner.texts), bool, len(inner)),
    )


def _equals_any(dictionary: Dictionary, wanted: tuple[Any, ...]) -> tuple[Bools, Bools]:
    declared = None if dictionary.type == "list" else dictionary.type
    lists = dictionary.items
    known, ids = (dictionary if lists is None else lists[0]).classes(declared)
    keys = (values.equality_key(value, declared) for value in wanted)
    found = [known[key] for key in keys if key in known]
    hit = np.isin(ids, found)
    readable = ids >= 0
    if lists is None:
        return hit, readable
    _, codes, owners = lists
    hits, readables = np.zeros(len(dictionary), bool), np.zeros(len(dictionary), bool)
    hits[owners[hit[codes]]] = True
    readables[owners[readable[codes]]] = True
    if declared is None:
        # A list is a value, whatever is in it; data with names of its own is none, whoever stands beside it.
        readables |= np.fromiter((isinstance(entry, list | tuple) for entry in dictionary.entries), bool)
    return hits, readables


def _is(dictionary: Dictionary, asked: Asked) -> tuple[Bools, Bools]:
    return _equals_any(dictionary, (asked.value,))


def _in(dictionary: Dictionary, asked: Asked) -> tuple[Bools, Bools]:
    return _equals_any(dictionary, asked.value)


def _includes_all(dictionary: Dictionary, asked: Asked) -> tuple[Bools, Bools]:
    hit = np.ones(len(dictionary), bool)
    hit[0] = False
    readable = hit.copy()
    for value in asked.value:
        hit &= _equals_any(dictionary, (value,))[0]
    return hit, readable


_NUMBER_TESTS: dict[str, Callable[[Any, Any], Any]] = {
    "gt": compare.gt,
    "gte": compare.ge,
    "lt": compare.lt,
    "lte": compare.le,
}


def interval(op: str, scale: int, value: Any) -> tuple[int, int]:
    """The least and the most that value x 10^scale, an int, may be where a comparison with exact limits holds."""
    if op == "between":
        return interval("gte", scale, value[0])[0], interval("lte", scale, value[1])[1]
    limit = values.as_number(value)
    assert limit is not None
    low, high = scaled_limits(limit, scale)
    if op == "gt":
        return (low + 1, MOST) if low < MOST else NOWHERE
    if op == "gte":
        return high, MOST
    if op == "lt":
        return LEAST, high - 1
    if op == "lte":
        return LEAST, low
    return (low, high) if low == high else NOWHERE


def _on_number(name: str) -> Test:
    def test(dictionary: Dictionary, asked: Asked) -> tuple[Bools, Bools]:
        numbers = dictionary.numbers
        limit = values.as_number(asked.value)
        assert limit is not None
        low, high = interval(name, numbers.scale, limit)
        hit = (numbers.scaled >= low) & (numbers.scaled <= high)
        for index, number in numbers.wide.items():
            hit[index] = _NUMBER_TESTS[name](number, limit)
        return hit & numbers.readable, numbers.readable

    return test


def _between(dictionary: Dictionary, asked: Asked) -> tuple[Bools, Bools]:
    low, high = asked.value
    above, readable = _on_number("gte")(dictionary, Asked(low, asked.as_of, asked.zone))
    below, _ = _on_number("lte")(dictionary, Asked(high, asked.as_of, asked.zone))
    return above & below, readable


def _is_set(dictionary: Dictionary, asked: Asked) -> tuple[Bools, Bools]:
    present = np.ones(len(dictionary), bool)
    present[0] = False
    return present, np.ones(len(dictionary), bool)


def _on_moment(name: str) -> Test:
    def test(dictionary: Dictionary, asked: Asked) -> tuple[Bools, Bools]:
        read = dictionary.moments(asked.zone)
        hit = date_tests.TESTS[name](read, asked.value, asked.as_of, asked.zone, asked.offset_days)
        readable = read.is_day | read.is_instant
        return hit & readable, readable

    return test


_TEXT = frozenset({"text"})
_NUMBER = frozenset({"number"})
_DATE = frozenset({"date", "instant"})
_LIST = frozenset({"list"})
_EVERY = _TEXT | _NUMBER | _DATE | _LIST | {"yes/no"}

_ROWS = (
    Operator("is_set", _EVERY, "none", _is_set),
    Operator("is_not_set", _EVERY, "none", negates="is_set"),
    Operator("is", _TEXT | _NUMBER | _LIST | {"yes/no"}, "scalar", _is),
    Operator("is_not", _TEXT | _NUMBER | _LIST | {"yes/no"}, "scalar", negates="is"),
    Operator("in", _TEXT | _NUMBER, "scalars", _in),
    Operator("not_in", _TEXT | _NUMBER, "scalars", negates="in"),
    Operator("contains", _TEXT | _LIST, "text", _on_text(lambda text, wanted: wanted in text)),
    Operator("not_contains", _TEXT | _LIST, "text", negates="contains"),
    Operator("starts_with", _TEXT, "text", _on_text(str.startswith)),
    Operator("not_starts_with", _TEXT, "text", negates="starts_with"),
    Operator("ends_with", _TEXT, "text", _on_text(str.endswith)),
    Operator("not_ends_with", _TEXT, "text", negates="ends_with"),
    Operator("matches", _TEXT, "text", _matches),
    Operator("gt", _NUMBER, "number", _on_number("gt")),
    Operator("gte", _NUMBER, "number", _on_number("gte")),
    Operator("lt", _NUMBER, "number", _on_number("lt")),
    Operator("lte", _NUMBER, "number", _on_number("lte")),
    Operator("between", _NUMBER, "pair", _between),
    Operator("on", _DATE, "moment", _on_moment("on")),
    Operator("before", _DATE, "moment", _on_moment("before")),
    Operator("after", _DATE, "moment", _on_moment("after")),
    Operator("between_dates", _DATE, "moments", _on_moment("between_dates")),
    Operator("within_last", _DATE, "span", _on_moment("within_last")),
    Operator("more_than_ago", _DATE, "span", _on_moment("more_than_ago")),
    Operator("within_next", _DATE, "span", _on_moment("within_next")),
    Operator("more_than_ahead", _DATE, "span", _on_moment("more_than_ahead")),
    Operator("in_period", _DATE, "period", _on_moment("in_period")),
    Operator("anniversary", _DATE, "none", _on_moment("anniversary")),
    Operator("anniversary_within_next", _DATE, "span", _on_moment("anniversary_within_next")),
    Operator("anniversary_month", _DATE, "month", _on_moment("anniversary_month")),
    Operator("includes_any", _LIST, "scalars", _in),
    Operator("includes_none", _LIST, "scalars", negates="includes_any"),
    Operator("includes_all", _LIST, "scalars", _includes_all),
)
OPERATORS: dict[str, Operator] = {row.name: row for row in _ROWS}
MEASURE_OPERATORS = ("eq", "ne", "gt", "gte", "lt", "lte", "between")


def decide(name: str, dictionary: Dictionary, asked: Asked, *, empty: bool = True) -> Bools:
    """For each entry of the dictionary: does the condition hold? `empty=False` turns missing values away."""
    row = OPERATORS[name]
    if not row.negates:
        assert row.test is not None
        return row.test(dictionary, asked)[0]
    positive = OPERATORS[row.negates].test
    assert positive is not None
    hit, readable = positive(dictionary, asked)
    return ~hit if empty else ~hit & readable
