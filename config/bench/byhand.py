"""A second way: one contact at a time, in plain Python from the rule documents, sharing nothing with the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from config.bench.measures import EPOCH, ZONE, Wanted, back, today, wanted
from segments.engine.judging.population import Population

Rule = Mapping[str, Any]


@dataclass(frozen=True)
class Deed:
    """One interaction."""

    kind: str
    at: int
    amount: Decimal | None
    category: str | None


@dataclass(frozen=True)
class Person:
    """One contact with everything rules ask of it; deeds oldest first."""

    attributes: dict[str, Any]
    deeds: list[Deed]


def person(population: Population, row: int) -> Person:
    """The contact of a row, from codes to values."""
    attributes = {
        name: column.dictionary.entries[int(column.codes[row])]
        for name, column in population.attributes.items()
    }
    amount, category = population.properties["amount"], population.properties["category"]
    deeds = []
    for at in range(int(population.offsets[row]), int(population.offsets[row + 1])):
        paid = amount.dictionary.entries[int(amount.codes[at])]
        deeds.append(
            Deed(
                population.kinds[int(population.kind[at])],
                int(population.at[at]),
                None if paid is None else Decimal(str(paid)),
                category.dictionary.entries[int(category.codes[at])],
            )
        )
    return Person(attributes, deeds)


def measured(one: Wanted, who: Person) -> tuple[int, Decimal]:
    """How many interactions (or days) count, and their sum, least or most amount."""
    of_kind = [deed for deed in who.deeds if deed.kind == one.kind]
    if one.fn in ("first", "last"):
        chosen = of_kind[:1] if one.fn == "first" else of_kind[-1:]
        return sum(one.low <= deed.at < one.high for deed in chosen), Decimal(0)
    counted = [deed for deed in of_kind if one.low <= deed.at < one.high]
    if one.category:
        counted = [deed for deed in counted if deed.category == one.category]
    if one.fn == "distinct_days":
        return len({(EPOCH + timedelta(microseconds=deed.at)).astimezone(ZONE).date() for deed in counted}), (
            Decimal(0)
        )
    if one.fn == "count":
        return len(counted), Decimal(0)
    amounts = [deed.amount for deed in counted if deed.amount is not None]
    if not amounts:
        return 0, Decimal(0)
    if one.fn == "sum":
        return len(amounts), sum(amounts, Decimal(0))
    return len(amounts), min(amounts) if one.fn == "minimum" else max(amounts)


def belongs(rule: Rule, who: Person, as_of: datetime) -> bool:
    """True if the rule holds for this contact."""
    if "all" in rule:
        return all(belongs(part, who, as_of) for part in rule["all"])
    if "any" in rule:
        return any(belongs(part, who, as_of) for part in rule["any"])
    if "not" in rule:
        return not belongs(rule["not"], who, as_of)
    if "attribute" in rule:
        return _attribute(rule["op"], who.attributes.get(rule["attribute"]), rule.get("value"), today(as_of))
    count, number = measured(wanted(rule, as_of), who)
    if "pick" in rule:
        return count > 0
    fn, value = rule["measure"]["fn"], rule["value"]
    if fn in ("count", "distinct_days"):
        return _compared(rule["op"], Decimal(count), value)
    if fn == "sum":
        return _compared(rule["op"], number, value)
    if not count:
        return False
    return _compared(rule["op"], number / count if fn == "average" else number, value)


def _compared(op: str, number: Decimal, value: Any) -> bool:
    if op == "between":
        return Decimal(str(value[0])) <= number <= Decimal(str(value[1]))
    limit = Decimal(str(value))
    return {
        "eq": number == limit,
        "gt": number > limit,
        "gte": number >= limit,
        "lt": number < limit,
        "lte": number <= limit,
    }[op]


NEGATIVE = {"is_not": "is", "not_in": "in", "is_not_set": "is_set", "includes_none": "includes_any"}
TEXTS: dict[str, Callable[[str, str], bool]] = {
    "contains": str.__contains__,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}


def _attribute(op: str, has: Any, value: Any, day: date) -> bool:
    if op in NEGATIVE:
        return not _attribute(NEGATIVE[op], has, value, day)
    if has is None or op == "is_set":
        return has is not None
    if op in TEXTS:
        return TEXTS[op](has.casefold(), value.casefold())
    if op == "includes_any":
        return bool(set(has) & set(value))
    if op in ("within_last", "anniversary_month", "anniversary_within_next"):
        return _dated(op, date.fromisoformat(has), value, day)
    if op in ("is", "in"):
        return has in (value if op == "in" else [value])
    return _compared(op, Decimal(str(has)), value)


def _dated(op: str, has: date, value: Sequence[Any] | None, day: date) -> bool:
    if op == "within_last":
        assert value is not None
        return back(datetime.combine(day, datetime.min.time()), list(value)).date() <= has <= day
    if op == "anniversary_month":
        return has.month == day.month
    assert value is not None
    ahead = [day + timedelta(days=days) for days in range(int(value[0]) + 1)]
    falls = {(one.month, one.day) for one in ahead}
    leap = {(2, 29) for one in ahead if (one.month, one.day) == (2, 28) and (one + timedelta(1)).month == 3}
    return (has.month, has.day) in falls | leap
