"""What can be compared between two groups, read from the columns: values people have, things they did, numbers.

A feature carries its counts and the condition of the rule language that finds its people. `side` is as in `tally`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from segments.engine.judging.population import Population
from segments.engine.language import moments
from segments.engine.language.dictionary import Dictionary
from segments.engine.statistics import tally

Sides = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
MOST_VALUES = 20_000  # an attribute with more distinct values names people rather than groups
MOST_NUMBERS = 300_000
MOST_SLOTS = 400
Rule = dict[str, Any]
Piece = tuple[Population, Sides]  # some of the people, and on which side each stands


@dataclass(frozen=True)
class Share:
    """A yes or no: `a` of `n` in the first group, `b` of `m` in the second, among all or those who did `among`."""

    subject: str
    value: Any
    condition: Rule
    a: int
    n: int
    b: int
    m: int
    among: str = ""


@dataclass(frozen=True)
class Number:
    """A number: its rising distinct values with how many of each group have each. `unit`: number, day or times."""

    subject: str
    unit: str
    condition: Rule  # its op and value are filled in by who knows the direction
    values: Floats
    first: Ints
    second: Ints
    among: str = ""


@dataclass
class Found:
    """Features, and the names of columns with too many values to compare."""

    features: list[Share | Number] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def sizes(pieces: Iterable[Piece]) -> tuple[int, int]:
    """How many people the two groups have."""
    counts = np.zeros(3, np.int64)
    for _, side in pieces:
        counts += np.bincount(side, minlength=3)[:3]
    return int(counts[1]), int(counts[2])


def attribute_features(pieces: list[Piece], name: str, kind: str, zone: ZoneInfo) -> Found:
    """What an attribute tells: whether it is known, its values, its number or day."""
    columns = [
        (population.attributes[name], side) for population, side in pieces if name in population.attributes
    ]
    widest = max((len(column.dictionary) for column, _ in columns), default=0)
    ordered = kind in ("number", "date", "instant")
    if widest > (MOST_NUMBERS if ordered else MOST_VALUES):
        return Found(skipped=[name])
    n, m = sizes(pieces)
    tables = [
        (column.dictionary, _by_code(np.asarray(column.codes), side, len(column.dictionary)))
        for column, side in columns
    ]
    known = sum((counts[1:3, 1:].sum(axis=1) for _, counts in tables), np.zeros(2, np.int64))
    found: list[Share | Number] = [
        Share(
            name,
            None,
            {"attribute": name, "op": "is_set"},
            int(known[0]),
            n,
            int(known[1]),
            m,
        )
    ]
    if ordered:
        numbers = _grouped([_read(dictionary, counts, kind, zone) for dictionary, counts in tables])
        unit = "number" if kind == "number" else "day"
        found.append(Number(name, unit, {"attribute": name}, *numbers))
        return Found(found)
    for value, first, second in _by_value(tables, kind):
        found.append(Share(name, value, _is(name, value, kind), first, n, second, m))
    return Found(found)


def _is(name: str, value: Any, kind: str) -> Rule:
    if kind == "list":
        return {"attribute": name, "op": "includes_any", "value": [value]}
    return {"attribute": name, "op": "is", "value": value}


def _by_code(codes: Ints, side: Sides, size: int) -> Ints:
    """counts[side, code]."""
    return np.bincount(codes + side.astype(np.int32) * np.int32(size), minlength=3 * size).reshape(3, size)


def _by_value(tables: list[tuple[Dictionary, Ints]], kind: str) -> list[tuple[Any, int, int]]:
    """Values as `is` tells them apart, each as it is first written, with how many of each group have it."""
    totals: dict[Any, list[Any]] = {}
    for dictionary, counts in tables:
        inner, owners, weights = dictionary, None, counts
        if dictionary.items is not None:
            inner, items, owners = dictionary.items
        keys, classes = inner.classes(None if kind == "list" else kind)
        if owners is not None:
            pairs = np.unique(np.stack([owners, classes[items]]), axis=1)
            pairs = pairs[:, pairs[1] >= 0]
            weights = np.zeros((3, len(keys)), np.int64)
            for group in (1, 2):
                np.add.at(weights[group], pairs[1], counts[group][pairs[0]])
        else:
            weights = _into(classes, counts, len(keys))
        shown = _first_of(classes, len(keys))
        for key, place in keys.items():
            if weights[1, place] or weights[2, place]:
                total = totals.setdefault(key, [inner.entries[int(shown[place])], 0, 0])
                total[1] += int(weights[1, place])
                total[2] += int(weights[2, place])
    return [(value, first, second) for value, first, second in totals.values()]


def _into(classes: Ints, counts: Ints, size: int) -> Ints:
    known = classes >= 0
    out = np.zeros((3, size), np.int64)
    for group in (1, 2):
        np.add.at(out[group], classes[known], counts[group][known])
    return out


def _first_of(classes: Ints, size: int) -> Ints:
    first = np.zeros(size, np.int64)
    places = np.nonzero(classes >= 0)[0][::-1]
    first[classes[places]] = places
    return first


def _read(dictionary: Dictionary, counts: Ints, kind: str, zone: ZoneInfo) -> tuple[Floats, Ints, Ints]:
    if kind == "number":
        numbers = dictionary.numbers
        values, readable = numbers.scaled / 10.0**numbers.scale, numbers.readable.copy()
        for index, wide in numbers.wide.items():
            values[index] = float(wide)
    else:
        read = dictionary.moments(zone)
        values, readable = read.day.astype(np.float64), read.is_day | read.is_instant
    return values[readable], counts[1][readable], counts[2][readable]


def _grouped(tables: list[tuple[Floats, Ints, Ints]]) -> tuple[Floats, Ints, Ints]:
    """Several tables of values and counts as one with rising, distinct values."""
    if not tables:
        return np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64)
    values = np.concatenate([table[0] for table in tables])
    distinct, place = np.unique(values, return_inverse=True)
    first, second = np.zeros(len(distinct), np.int64), np.zeros(len(distinct), np.int64)
    np.add.at(first, place, np.concatenate([table[1] for table in tables]))
    np.add.at(second, place, np.concatenate([table[2] for table in tables]))
    return distinct, first, second


@dataclass
class Doings:
    """Who did which kind how often within a window; people[side, times] by kind."""

    window: Rule
    people: dict[str, Ints]

    def doers(self, kind: str) -> tuple[int, int]:
        """How many of each group did it at all."""
        counts = self.people[kind].sum(axis=1)
        return int(counts[1]), int(counts[2])


def doings(pieces: list[Piece], low: int, high: int, window: Rule) -> Doings:
    """What everybody did between two instants; `window` is how the rule language says that."""
    people: dict[str, Ints] = {}
    for population, side in pieces:
        counted = tally.count_doers(
            population.offsets, population.kind, population.at, side, low, high, len(population.kinds)
        )
        for index, kind in enumerate(population.kinds):
            people[kind] = people.get(kind, 0) + counted[:, index]
    return Doings(window, people)


def kind_features(done: Doings, kind: str, n: int, m: int) -> list[Share | Number]:
    """Whether people did a kind, and how often."""
    people = done.people[kind]
    a, b = done.doers(kind)
    condition = {"interaction": kind, **done.window}
    times = np.arange(people.shape[1], dtype=np.float64)
    first, second = people[1].copy(), people[2].copy()
    first[0], second[0] = n - a, m - b
    counted = {**condition, "measure": {"fn": "count"}}
    return [Share(kind, None, condition, a, n, b, m), Number(kind, "times", counted, times, first, second)]


def property_features(
    pieces: list[Piece], name: str, kind: str, done: Doings, low: int, high: int
) -> list[Share | Number]:
    """The values of a property of text or yes/no by kind of interaction, among those who did that kind."""
    totals: dict[tuple[str, Any], list[Any]] = {}
    wanted: list[Any] = []  # the values that count, by their keys: chosen in the first, largest piece
    for population, side in pieces:
        column = population.properties.get(name)
        if column is None or column.dictionary.items is not None:
            continue
        keys, classes = column.dictionary.classes(kind or None)
        back = {place: key for key, place in keys.items()}
        if not wanted:
            wanted = [back[int(place)] for place in _frequent(np.asarray(column.codes), classes, len(keys))]
        chosen = np.array([keys[key] for key in wanted if key in keys], np.int64)
        slot = np.full(len(keys) + 1, -1, np.int64)  # class -1 reads the last
        slot[chosen] = np.arange(len(chosen))
        slot, shown = slot[classes], _first_of(classes, len(keys))
        people = tally.count_holders(
            population.offsets, population.kind, population.at, column.codes, slot, len(chosen), side, low, high,
            len(population.kinds),
        )  # fmt: skip
        for index, doing in enumerate(population.kinds):
            for place, known in enumerate(chosen):
                first, second = people[1:3, index, place]
                if first or second:
                    value = column.dictionary.entries[int(shown[known])]
                    total = totals.setdefault((doing, back[int(known)]), [value, 0, 0])
                    total[1] += int(first)
                    total[2] += int(second)
    out: list[Share | Number] = []
    for (doing, _), (value, first, second) in totals.items():
        n, m = done.doers(doing)
        if n and m:
            where = [{"property": name, "op": "is", "value": value}]
            condition = {"interaction": doing, "where": where, **done.window}
            out.append(Share(name, value, condition, first, n, second, m, among=doing))
    return out


def _frequent(codes: Ints, classes: Ints, size: int) -> Ints:
    """The classes of the most frequent values; all where they are few."""
    if size <= MOST_SLOTS:
        return np.arange(size)
    counts = np.bincount(codes[:: max(1, len(codes) // 500_000)], minlength=len(classes))
    frequent = np.zeros(size, np.int64)
    known = classes >= 0
    np.add.at(frequent, classes[known], counts[known])
    return np.sort(np.argsort(-frequent, kind="stable")[:MOST_SLOTS])


def amount_features(
    pieces: list[Piece],
    name: str,
    doing: str,
    window: Rule,
    low: int,
    high: int,
    only: Mapping[str, set[str]],
) -> list[Number]:
    """The sum and the average of a number property over a kind, among those who have any.

    `only`: a row counts where another property is missing or one of these texts (the account's currency).
    """
    sums: list[tuple[Floats, Ints, Ints]] = []
    averages: list[tuple[Floats, Ints, Ints]] = []
    for population, side in pieces:
        column = population.properties.get(name)
        if column is None or doing not in population.kinds or len(column.dictionary) > MOST_NUMBERS:
            continue
        numbers = column.dictionary.numbers
        wanted = np.array([kind == doing for kind in population.kinds])
        total, having, _ = tally.sum_up(
            population.offsets, population.kind, population.at, narrowed(population, name, only), numbers.scaled,
            numbers.readable, wanted, low, high,
        )  # fmt: skip
        has = having > 0
        values = total[has] / 10.0**numbers.scale
        first, second = (side[has] == 1).astype(np.int64), (side[has] == 2).astype(np.int64)
        sums.append((values, first, second))
        averages.append((values / having[has], first, second))
    condition = {"interaction": doing, **window}
    measured = [
        Number(
            name, fn, {**condition, "measure": {"fn": fn, "property": name}}, *_grouped(tables), among=doing
        )
        for fn, tables in (("sum", sums), ("average", averages))
    ]
    return [one for one in measured if len(one.values)]


def narrowed(population: Population, name: str, only: Mapping[str, set[str]]) -> Any:
    """The codes of a property, missing where another property is neither missing nor one of the texts allowed."""
    codes: Any = population.properties[name].codes
    for other, allowed in only.items():
        column = population.properties.get(other)
        if column is None:
            continue
        fits = np.array([entry is None or entry in allowed for entry in column.dictionary.entries])
        if not fits.all():
            codes = np.where(fits[column.codes], codes, np.int32(0))
    return codes


def day_text(day: float) -> str:
    """A day as it stands in a rule."""
    return moments.day_as_date(int(day)).isoformat()
