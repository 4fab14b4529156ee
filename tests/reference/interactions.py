"""Conditions on what customers did: measures, windows, sequences, habits. Written from rules.md alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.conditions import compares, value_holds
from tests.reference.dates import needed
from tests.reference.moments import (
    day_of,
    days_of_period,
    has_begun,
    step_instant,
)
from tests.reference.values import is_missing, reach, read_number, same
from tests.reference.world import Doing, Person, Rule, Unsaid, World, type_of_property


def rows_of(world: World, step: Rule, person: Person) -> list[Doing]:
    """What a customer did of a kind up to now, oldest first; a kind that ends in * is a prefix."""
    kind = step["interaction"]
    return [
        doing
        for doing in person.doings
        if doing.at <= world.now
        and (doing.kind.startswith(kind[:-1]) if kind.endswith("*") else doing.kind == kind)
    ]


def where_holds(world: World, step: Rule, doing: Doing) -> bool:
    """Whether all property conditions hold for one interaction."""
    return all(
        value_holds(
            world,
            one,
            reach(doing.properties, one["property"]),
            type_of_property(world, one["property"]),
        )
        for one in step.get("where") or []
    )


def window_holds(world: World, window: Rule | None, at: datetime) -> bool:
    """Whether an instant lies in a window."""
    if not window:
        return True
    zone = world.zone

    def ago(span: list[Any]) -> datetime:
        return step_instant(world.now, span, zone, -1)

    if "last" in window:
        return ago(window["last"]) <= at <= world.now
    if "before_last" in window:
        return at < ago(window["before_last"])
    if "between_ago" in window:
        far, near = window["between_ago"]
        return ago(far) <= at < ago(near)
    if "period" in window:
        first, after = days_of_period(window["period"], world.today)
        return has_begun(first, at, zone) and not has_begun(after, at, zone)
    inside = True
    if "from" in window:
        start = needed(window["from"], zone)
        inside = start <= at if isinstance(start, datetime) else has_begun(start, at, zone)
    if "to" in window:
        end = needed(window["to"], zone)
        inside = inside and (at < end if isinstance(end, datetime) else not is_over(end, at, zone))
    return inside


def is_over(day: date, at: datetime, zone: ZoneInfo) -> bool:
    """Whether a day is over by an instant: the one after it has begun."""
    return day < date.max and has_begun(day + timedelta(days=1), at, zone)


def interaction_holds(world: World, rule: Rule, person: Person) -> bool:
    """Whether a customer did it: once, first or last, or as the measure asks."""
    rows = rows_of(world, rule, person)
    if rule.get("pick"):
        rows = rows[:1] if rule["pick"] == "first" else rows[-1:]
    rows = [
        doing
        for doing in rows
        if window_holds(world, rule.get("window"), doing.at) and where_holds(world, rule, doing)
    ]
    if "measure" not in rule:
        return bool(rows)
    number = measure(world, rule["measure"], rows)
    if rule["op"] == "ne":
        return not compares("eq", number, rule["value"])
    return compares(rule["op"], number, rule["value"])


def measure(world: World, asked: Rule, rows: list[Doing]) -> Fraction | None:
    """What a measure says of these interactions; None where it is missing."""
    fn, name = asked["fn"], asked.get("property")
    if name is not None and (fn == "count" or fn.startswith("distinct_")):
        rows = [doing for doing in rows if not is_missing(reach(doing.properties, name))]
    days = [day_of(doing.at, world.zone) for doing in rows]
    if fn == "count":
        return Fraction(len(rows))
    if fn == "distinct_days":
        return Fraction(len(set(days)))
    if fn == "distinct_weeks":
        return Fraction(len({day - timedelta(days=day.weekday()) for day in days}))
    if fn == "distinct_months":
        return Fraction(len({(day.year, day.month) for day in days}))
    values = [reach(doing.properties, str(name)) for doing in rows]
    if fn == "distinct":
        return Fraction(count_distinct(values, type_of_property(world, str(name))))
    numbers = [number for number in map(read_number, values) if number is not None]
    if fn == "sum":
        return sum(numbers, Fraction(0))
    if not numbers:
        return None
    if fn == "average":
        return sum(numbers, Fraction(0)) / len(numbers)
    return min(numbers) if fn == "minimum" else max(numbers)


def count_distinct(values: list[Any], kind: str | None) -> int:
    """How many values there are that are not the same as an earlier one; unreadable ones are left out."""
    known: list[Any] = []
    if any(value and isinstance(value, list | dict) for value in values):
        raise Unsaid("how many different values a list is")
    for value in values:
        if is_missing(value) or not same(value, value, kind):
            continue
        if not any(same(value, one, kind) for one in known):
            known.append(value)
    return len(known)


def sequence_holds(world: World, rule: Rule, person: Person) -> bool:
    """Whether the steps were done one after the other, trying every interaction that may start them."""
    steps, within = rule["sequence"], rule["within"]

    def done(place: int, before: datetime) -> bool:
        """Whether the steps from a place on follow an interaction at an instant."""
        if place == len(steps):
            return True
        end = step_instant(before, within, world.zone, 1)
        fitting = [
            doing
            for doing in rows_of(world, steps[place], person)
            if before < doing.at <= end and where_holds(world, steps[place], doing)
        ]
        if steps[place].get("absent"):
            return end <= world.now and not fitting
        return any(done(place + 1, doing.at) for doing in fitting)

    return any(
        window_holds(world, rule.get("window"), doing.at)
        and where_holds(world, steps[0], doing)
        and done(1, doing.at)
        for doing in rows_of(world, steps[0], person)
    )


def regular_holds(world: World, rule: Rule, person: Person) -> bool:
    """Whether enough of the last equal blocks of time hold enough interactions."""
    rows = [
        doing
        for doing in rows_of(world, rule["regular"], person)
        if where_holds(world, rule["regular"], doing)
    ]
    full = 0
    for block in range(rule["of_last"]):
        start = step_instant(world.now, rule["every"], world.zone, -(block + 1))
        end = step_instant(world.now, rule["every"], world.zone, -block)
        if sum(start < doing.at <= end for doing in rows) >= rule.get("times", 1):
            full += 1
    return full >= rule["at_least"]
