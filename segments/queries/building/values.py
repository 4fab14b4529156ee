"""What the data really holds: attributes, kinds, properties and their values with counts, for the builder to pick from.

Read from the mirror as a preview reads it: the newest snapshot and what changed since, so that what an import or a
message brought a moment ago can be picked. Where there is no mirror yet, the newest rows of the database are counted
(`SAMPLE` at most), and the answer says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from weakref import ref

import numpy as np

from crm.domain.attributes import BUILT_IN
from crm.models import AttributeDefinition
from crm.queries.accounts import account_zone
from segments.engine.judging.agreeing import Field
from segments.engine.judging.population import Population
from segments.engine.language.dictionary import Dictionary
from segments.engine.language.values import as_number
from segments.mirror import everyone, store
from segments.mirror.everyone import Everyone
from segments.queries.building import sampling

SHOWN = 50
LONGEST = 300
MOST_DISTINCT = 200_000
ROWS_LOOKED_AT = 1_000_000
BARS = 14
Counts = list[tuple[Any, int]]  # value and how often, the most frequent first
Held = tuple[Mapping[str, int], Mapping[tuple[str, str], int]]  # how often: kinds, and properties of kinds
_snapshots: list[tuple[ref[Population], Held]] = []


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
    contacts = _everyone()
    if contacts is not None:
        named = {one.name for one in defined} | BUILT_IN.keys()
        names = dict.fromkeys(name for part in contacts.parts for name in part.population.attributes)
        found += [
            AttributeChoice(name, name, _type_of(contacts, "attributes", name))
            for name in names
            if name not in named
        ]
    return sorted(found, key=lambda one: one.label.casefold())


def is_sensitive(name: str) -> bool:
    """True for an attribute marked as sensitive, and for what lies within one."""
    names = [name] + [name[:index] for index, sign in enumerate(name) if sign == "."]
    return AttributeDefinition.objects.filter(name__in=names, sensitive=True).exists()


def kinds() -> list[dict[str, Any]]:
    """The kinds of interactions, the most frequent first, each with its properties and their types."""
    contacts = _everyone()
    if contacts is None:
        return sampling.kinds()
    counts: Counter[str] = Counter()
    having: Counter[tuple[str, str]] = Counter()
    for index, part in enumerate(contacts.parts):
        found = _held_by(part.population) if index else _of_snapshot(part.population)
        counts.update(found[0])
        having.update(found[1])
        names = part.population.kinds
        fallen = np.bincount(part.population.kind[part.fallen_rows], minlength=len(names))
        counts.subtract({names[at]: int(fallen[at]) for at in np.flatnonzero(fallen)})
    properties: dict[str, list[str]] = {}
    for (kind, name), _ in having.most_common():
        properties.setdefault(kind, []).append(name)
    return [
        {
            "kind": kind,
            "count": count,
            "properties": [
                {"name": name, "type": _type_of(contacts, "properties", name)}
                for name in properties.get(kind, ())
            ],
        }
        for kind, count in counts.most_common(500)
        if count > 0
    ]


def _everyone() -> Everyone | None:
    """Everyone as a preview sees them; None where there is no mirror, which a page that lists values does not make."""
    if store.open_newest() is None:
        return None
    try:
        return everyone.now(rebuild=False, wait=False)
    except everyone.Preparing:
        return None


def _of_snapshot(population: Population) -> Held:
    """What a snapshot holds: counted once, as it never changes."""
    for known, held in _snapshots:
        if known() is population:
            return held
    held = _held_by(population)
    _snapshots[:] = [(ref(population), held), *_snapshots[:1]]
    return held


def _held_by(population: Population) -> Held:
    """How often each kind occurs, and how often (of some rows) each of its properties does."""
    names, kind = population.kinds, np.asarray(population.kind)
    counts = np.bincount(kind, minlength=len(names))
    step = max(1, len(kind) // ROWS_LOOKED_AT)
    some = kind[::step]
    having: dict[tuple[str, str], int] = {}
    for name, column in population.properties.items():
        present = np.bincount(some[np.asarray(column.codes[::step]) > 0], minlength=len(names))
        having |= {(names[at], name): int(present[at]) for at in np.flatnonzero(present)}
    return {names[at]: int(counts[at]) for at in np.flatnonzero(counts)}, having


def _type_of(contacts: Everyone, field: Field, name: str) -> str:
    """The type that the values of a column share over all parts; nothing where they share none."""
    if field == "properties" and name == "amount":
        return "number"  # exact amounts are kept as digits
    columns = [getattr(part.population, field).get(name) for part in contacts.parts]
    types = {
        column.dictionary.type for column in columns if column is not None and len(column.dictionary) > 1
    }
    if types == {"date", "instant"}:
        return "instant"
    return (types.pop() or "") if len(types) == 1 else ""


def values_of_attribute(name: str, *, words: str = "") -> Values:
    """The values of an attribute that contain `words`, by frequency."""
    contacts = _everyone()
    if contacts is None or _too_many(contacts, "attributes", name):
        return _shown(*sampling.attribute_values(name), words, sampling.NOTE)
    found, missing = Counter[tuple[type, Any]](), 0
    for part in contacts.parts:
        column = part.population.attributes.get(name)
        standing = slice(None) if part.stands is None else part.stands
        if column is None:
            missing += len(part.population) - len(part.fallen)
        else:
            missing += _add(found, column.dictionary, np.asarray(column.codes)[standing])
    return _shown(_by_count(found), missing, words, _note(contacts))


def values_of_property(kind: str, name: str, *, words: str = "") -> Values:
    """The values of a property of interactions of a kind (or of those that begin with `kind*`)."""
    contacts = _everyone()
    if contacts is None or _too_many(contacts, "properties", name) or not _is_column(contacts, name):
        return _shown(*sampling.property_values(kind, name), words, sampling.NOTE)
    found, missing = Counter[tuple[type, Any]](), 0
    for part in contacts.parts:
        population = part.population
        wanted = [
            index
            for index, known in enumerate(population.kinds)
            if known == kind or (kind.endswith("*") and known.startswith(kind[:-1]))
        ]
        rows = np.isin(np.asarray(population.kind), wanted)
        rows[part.fallen_rows] = False
        column = population.properties.get(name)
        if column is None:
            missing += int(rows.sum())
        else:
            missing += _add(found, column.dictionary, column.codes[rows])
    return _shown(_by_count(found), missing, words, _note(contacts))


def _is_column(contacts: Everyone, name: str) -> bool:
    """Whether a property can be read: a snapshot may have left it out, and then only the newest have it here."""
    left_out = contacts.snapshot.left_out
    known = any(name in part.population.properties for part in contacts.parts)
    return known and (name in contacts.snapshot.properties or (left_out is not None and name not in left_out))


def _too_many(contacts: Everyone, field: Field, name: str) -> bool:
    columns = [getattr(part.population, field).get(name) for part in contacts.parts]
    return any(column is not None and len(column.dictionary) > MOST_DISTINCT for column in columns)


def _note(contacts: Everyone) -> str:
    """As of when it is, where that is not now."""
    return _as_of(contacts.built_at) if contacts.behind else ""


def _as_of(built_at: datetime) -> str:
    local = built_at.astimezone(account_zone())
    return f"Counted {local.day} {local:%b, %H:%M}."


def _add(found: Counter[tuple[type, Any]], dictionary: Dictionary, codes: Any) -> int:
    """Adds how often each value occurs (true is not 1); how many have none."""
    counts = np.bincount(codes, minlength=len(dictionary))
    missing = int(counts[0])
    if dictionary.items is not None:
        inner, items, owners = dictionary.items
        counts = np.bincount(items, weights=counts[owners], minlength=len(inner)).astype(np.int64)
        dictionary = inner
    for at in np.flatnonzero(counts).tolist():
        value = dictionary.entries[at]
        if at and isinstance(value, bool | int | float | str):
            found[type(value), value] += int(counts[at])
    return missing


def _by_count(found: Counter[tuple[type, Any]]) -> Counts:
    return [(value, count) for (_, value), count in found.most_common()]


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
