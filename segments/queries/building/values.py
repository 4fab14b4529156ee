"""What the data really holds: attributes, kinds, properties and their values with counts, for the builder to pick from.

Read from the newest snapshot of the mirror, so counts are exact as of its making. Where there is none yet, the newest
rows of the database are counted (`SAMPLE` at most), and the answer says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np

from crm.domain.attributes import BUILT_IN
from crm.models import AttributeDefinition
from crm.queries.accounts import account_zone
from segments.engine.language.dictionary import Dictionary
from segments.engine.language.values import as_number
from segments.mirror import store
from segments.queries.building import sampling

SHOWN = 50
LONGEST = 300
MOST_DISTINCT = 200_000
ROWS_LOOKED_AT = 1_000_000
BARS = 14
Counts = list[tuple[Any, int]]  # value and how often, the most frequent first


@dataclass(frozen=True)
class AttributeChoice:
    """An attribute a condition may read; the type is empty where its values are mixed."""

    name: str
    label: str
    type: str
    sensitive: bool = False


@dataclass(frozen=True)
class Values:
    """The most frequent values that were asked for, how many rows have none, and how numbers are spread."""

    values: Counts
    missing: int
    note: str
    low: float | None = None
    high: float | None = None
    bars: tuple[int, ...] = ()
    low_label: str = ""
    high_label: str = ""


def attributes(*, sensitive: bool) -> list[AttributeChoice]:
    """Every attribute of the account by label; sensitive ones only for those who may see them."""
    defined = list(AttributeDefinition.objects.all())
    found = [AttributeChoice(name, label, str(kind)) for name, (label, kind) in BUILT_IN.items()]
    found += [
        AttributeChoice(one.name, one.label, one.type, one.sensitive)
        for one in defined
        if one.retired_at is None and (sensitive or not one.sensitive)
    ]
    opened = store.open_newest()
    if opened is not None:
        named = {one.name for one in defined} | BUILT_IN.keys()
        columns = opened[1].attributes
        found += [
            AttributeChoice(name, name, columns[name].dictionary.type or "")
            for name in columns
            if name not in named
        ]
    return sorted(found, key=lambda one: one.label.casefold())


def is_sensitive(name: str) -> bool:
    """True for an attribute marked as sensitive, and for what lies within one."""
    names = [name] + [name[:index] for index, sign in enumerate(name) if sign == "."]
    return AttributeDefinition.objects.filter(name__in=names, sensitive=True).exists()


def kinds() -> list[dict[str, Any]]:
    """The kinds of interactions, the most frequent first, each with its properties and their types."""
    opened = store.open_newest()
    return sampling.kinds() if opened is None else _kinds(opened[0])


@lru_cache(maxsize=2)
def _kinds(generation: store.Generation) -> list[dict[str, Any]]:
    opened = store.open_newest()
    if opened is None:
        return []
    population = opened[1]
    kind = np.asarray(population.kind)
    counts = np.bincount(kind, minlength=len(population.kinds))
    step = max(1, len(kind) // ROWS_LOOKED_AT)
    some = kind[::step]
    having: dict[str, Any] = {}
    for name, column in population.properties.items():
        present = np.asarray(column.codes[::step]) > 0
        having[name] = np.bincount(some[present], minlength=len(population.kinds))
    types = {name: column.dictionary.type or "" for name, column in population.properties.items()}
    types["amount"] = "number"  # exact amounts are kept as digits
    return [
        {
            "kind": population.kinds[index],
            "count": int(counts[index]),
            "properties": [
                {"name": name, "type": types[name]}
                for name in sorted(having, key=lambda name: -int(having[name][index]))
                if having[name][index]
            ],
        }
        for index in np.argsort(-counts, kind="stable")[:500]
        if counts[index]
    ]


def values_of_attribute(name: str, *, words: str = "") -> Values:
    """The values of an attribute that contain `words`, by frequency."""
    opened = store.open_newest()
    column = opened and opened[1].attributes.get(name)
    if opened is None or (column is not None and len(column.dictionary) > MOST_DISTINCT):
        return _shown(*sampling.attribute_values(name), words, sampling.NOTE)
    if column is None:
        return Values([], len(opened[1]), "")
    return _shown(*_counted(column.dictionary, np.asarray(column.codes)), words, _as_of(opened[0].built_at))


def values_of_property(kind: str, name: str, *, words: str = "") -> Values:
    """The values of a property of interactions of a kind (or of those that begin with `kind*`)."""
    opened = store.open_newest()
    column = opened and opened[1].properties.get(name)
    if opened is None or column is None or len(column.dictionary) > MOST_DISTINCT:
        return _shown(*sampling.property_values(kind, name), words, sampling.NOTE)
    population = opened[1]
    wanted = [
        index
        for index, known in enumerate(population.kinds)
        if known == kind or (kind.endswith("*") and known.startswith(kind[:-1]))
    ]
    rows = np.isin(np.asarray(population.kind), wanted)
    return _shown(*_counted(column.dictionary, column.codes[rows]), words, _as_of(opened[0].built_at))


def _as_of(built_at: datetime) -> str:
    local = built_at.astimezone(account_zone())
    return f"Counted {local.day} {local:%b, %H:%M}."


def _counted(dictionary: Dictionary, codes: Any) -> tuple[Counts, int]:
    counts = np.bincount(codes, minlength=len(dictionary))
    missing = int(counts[0])
    if dictionary.items is not None:
        inner, items, owners = dictionary.items
        counts = np.bincount(items, weights=counts[owners], minlength=len(inner)).astype(np.int64)
        dictionary = inner
    order = np.argsort(-counts, kind="stable")
    return [(dictionary.entries[int(i)], int(counts[i])) for i in order if counts[i] and i], missing


def _shown(counted: Counts, missing: int, words: str, note: str) -> Values:
    wanted = words.strip().casefold()
    short = [(value, count) for value, count in counted if isinstance(value, bool | int | float | str)]
    matching = [
        (value, count)
        for value, count in short
        if len(str(value)) <= LONGEST and wanted in str(value).casefold()
    ]
    numbers = _numbers(short)
    days = _days(short) if not numbers else []
    numbers = numbers or days
    low = min((number for number, _ in numbers), default=None)
    high = max((number for number, _ in numbers), default=None)
    hidden = len(matching) - SHOWN
    notes = [
        f"{hidden:,} more: type to find them." if hidden > 0 else "",
        f"{missing:,} have none." if missing else "",
        note,
    ]
    return Values(
        values=matching[:SHOWN],
        missing=missing,
        note=" ".join(part for part in notes if part),
        low=low,
        high=high,
        bars=_bars(numbers, low, high),
        low_label=_day(low) if days else "",
        high_label=_day(high) if days else "",
    )


def _numbers(counted: Counts) -> list[tuple[float, int]]:
    """The values as numbers, where nearly all are."""
    read = [(as_number(value), count) for value, count in counted[:20_000] if not isinstance(value, bool)]
    numbers = [(float(number), count) for number, count in read if number is not None]
    return numbers if len(numbers) > 0.9 * len(counted[:20_000]) else []


def _days(counted: Counts) -> list[tuple[float, int]]:
    """The values as days, by number, where nearly all are dates or instants."""
    found = []
    for value, count in counted[:20_000]:
        try:
            found.append((float(date.fromisoformat(str(value)[:10]).toordinal()), count))
        except ValueError:
            continue
    return found if len(found) > 0.9 * len(counted[:20_000]) else []


def _day(number: float | None) -> str:
    return "" if number is None else f"{date.fromordinal(int(number)):%-d %b %Y}"


def _bars(numbers: list[tuple[float, int]], low: float | None, high: float | None) -> tuple[int, ...]:
    if low is None or high is None or high <= low or len(numbers) < 8:
        return ()
    bars = [0] * BARS
    for value, count in numbers:
        bars[min(int((value - low) / (high - low) * BARS), BARS - 1)] += count
    return tuple(bars)
