"""Who belongs to a rule, found the slow and obvious way: for each customer, read the rule and look.

Written from rules.md alone; shares no code with segments/engine, so that the two can be held against each other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.instants import turning_points
from tests.reference.moments import (
    Moment,
    day_of,
    days_of_period,
    is_anniversary,
    is_instant,
    read_moment,
    step_day,
    step_instant,
)
from tests.reference.values import is_missing, reach, read_number, read_text, same, shared_type

Rule = dict[str, Any]
OPPOSITE = {
    "is_not": "is",
    "not_in": "in",
    "not_contains": "contains",
    "not_starts_with": "starts_with",
    "not_ends_with": "ends_with",
    "includes_none": "includes_any",
    "is_not_set": "is_set",
}
TEXT_OPS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda stored, asked: asked in stored,
    "starts_with": lambda stored, asked: stored.startswith(asked),
    "ends_with": lambda stored, asked: stored.endswith(asked),
}
ITEMWISE = {"is", "in", "matches", *TEXT_OPS}  # on a list: any item
NUMBER_OPS = {"gt", "gte", "lt", "lte", "between", "eq"}


class Unsaid(Exception):
    """The rules do not say; no one is right."""


@dataclass(frozen=True)
class Doing:
    """One interaction: what, when, and in which place it was recorded."""

    kind: str
    at: datetime
    recorded: int
    properties: dict[str, Any]


@dataclass(frozen=True)
class Person:
    """One customer: attributes as of now, the log of their changes, and all they did, oldest first."""

    id: str
    attributes: dict[str, Any]
    log: dict[str, list[tuple[datetime, Any]]]
    doings: tuple[Doing, ...]


@dataclass(frozen=True)
class World:
    """All there is to know as of an instant."""

    now: datetime
    zone: ZoneInfo
    people: tuple[Person, ...]
    segments: dict[str, Rule]
    survivors: dict[str, str]
    types: dict[str, str]
    shared: dict[Any, Any] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day of now in the zone of the account."""
        return day_of(self.now, self.zone)


def members(test: Rule, file: Rule | None = None) -> list[str]:
    """The ids of the customers a test's rule holds for, in the order of the test's contacts."""
    world, rule = open_world(test, file or {})
    inside = members_in(world, rule)
    return [person.id for person in world.people if person.id in inside]


def truth_by_path(test: Rule, file: Rule | None = None) -> dict[str, set[str]]:
    """For each node of the rule that says something, by path, the ids it holds for."""
    world, rule = open_world(test, file or {})
    return {
        path: {person.id for person in world.people if holds(world, node, person)}
        for path, node in nodes_of(rule)
        if says_something(node)
    }


# ---- the world a test describes


def open_world(test: Rule, file: Rule) -> tuple[World, Rule]:
    """The world of a test as of its instant, and the rule it asks about."""
    zone = ZoneInfo(test.get("timezone") or file.get("timezone") or "UTC")
    now = read_moment(test["as_of"], zone)
    assert isinstance(now, datetime)
    merged: dict[str, str] = test.get("merged") or {}
    survivors = {contact["id"]: survivor_of(contact["id"], merged) for contact in test["contacts"]}
    doings = read_doings(test.get("interactions") or [], zone)
    people = tuple(
        Person(
            id=contact["id"],
            attributes=contact.get("attributes") or {},
            log=read_log(contact.get("history") or {}, zone),
            doings=tuple(
                sorted(
                    (doing for of, doing in doings if survivors.get(of) == contact["id"]),
                    key=lambda doing: (doing.at, doing.recorded),
                )
            ),
        )
        for contact in test["contacts"]
        if not contact.get("erased") and contact["id"] not in merged
    )
    segments = test["segments"] if "segments" in test else file.get("segments") or {}
    types = {**(file.get("attributes") or {}), **(test.get("attributes") or {})}
    world = World(now, zone, people, segments, survivors, types, {})
    return world, test.get("rule") or file.get("rule") or {}


def survivor_of(contact: str, merged: dict[str, str]) -> str:
    """The contact that another was merged into in the end."""
    while contact in merged:
        contact = merged[contact]
    return contact


def read_doings(rows: list[Rule], zone: ZoneInfo) -> list[tuple[str, Doing]]:
    """Whose and what each interaction was; of repeated deliveries of one message, the first received."""
    seen: set[str] = set()
    doings = []
    for place, row in enumerate(rows):
        message = row.get("message_id")
        if message:
            if message in seen:
                continue
            seen.add(message)
        at = read_moment(row["at"], zone)
        assert isinstance(at, datetime)
        doings.append((row["contact"], Doing(row["interaction"], at, place, row.get("properties") or {})))
    return doings


def read_log(history: dict[str, list[Rule]], zone: ZoneInfo) -> dict[str, list[tuple[datetime, Any]]]:
    """The changes of each attribute, oldest first."""
    log = {}
    for name, entries in history.items():
        changes = []
        for entry in entries:
            at = read_moment(entry["at"], zone)
            assert isinstance(at, datetime)
            changes.append((at, entry["value"]))
        log[name] = sorted(changes, key=lambda change: change[0])
    return log


def value_then(person: Person, name: str, then: datetime, now: datetime) -> Any:
    """The value an attribute had at an instant: now's own, or what the log says; before the log, missing."""
    if then >= now:
        return reach(person.attributes, name)
    value = None
    for at, entry in person.log.get(name, []):
        if at <= then:
            value = entry
    return value


# ---- rules and groups


def children_of(rule: Rule) -> list[tuple[str, Rule]]:
    """The rules a group or a not holds, with the path each has below it."""
    for group in ("all", "any"):
        if group in rule:
            return [(f"/{group}/{place}", child) for place, child in enumerate(rule[group])]
    return [("/not", rule["not"])] if "not" in rule else []


def is_group(rule: Rule) -> bool:
    """Whether a rule is a group or a not, and no condition."""
    return "all" in rule or "any" in rule or "not" in rule


def nodes_of(rule: Rule, path: str = "") -> Iterator[tuple[str, Rule]]:
    """Every node of a rule with its path; the rule itself is the empty path."""
    yield path, rule
    for step, child in children_of(rule):
        yield from nodes_of(child, path + step)


def says_something(rule: Rule) -> bool:
    """Whether there is a condition anywhere in a rule."""
    return not is_group(rule) or any(says_something(child) for _, child in children_of(rule))


def members_in(world: World, rule: Rule) -> set[str]:
    """The ids a rule holds for; a rule that says nothing has no members."""
    if not says_something(rule):
        return set()
    return {person.id for person in world.people if holds(world, rule, person)}


def holds(world: World, rule: Rule, person: Person) -> bool:
    """Whether a rule that says something holds for a customer."""
    if is_group(rule):
        inner = [holds(world, child, person) for _, child in children_of(rule) if says_something(child)]
        if "not" in rule:
            return not inner[0]
        return all(inner) if "all" in rule else any(inner)
    if "attribute" in rule:
        return attribute_holds(world, rule, person)
    if "interaction" in rule:
        return interaction_holds(world, rule, person)
    if "sequence" in rule:
        return sequence_holds(world, rule, person)
    if "regular" in rule:
        return regular_holds(world, rule, person)
    return membership_holds(world, rule, person)


# ---- attributes and properties


def attribute_holds(world: World, rule: Rule, person: Person) -> bool:
    """Whether a condition on an attribute holds, now or for as long as it asks."""
    name = rule["attribute"]
    kind = type_of_attribute(world, name)
    if "held_for" not in rule:
        return value_holds(world, rule, reach(person.attributes, name), kind)
    start = step_instant(world.now, rule["held_for"], world.zone, -1)
    changes = [at for at, _ in person.log.get(name, []) if start < at < world.now]
    return all(
        value_holds(world, rule, value_then(person, name, then, world.now), kind)
        for then in [start, *changes, world.now]
    )


def type_of_attribute(world: World, name: str) -> str | None:
    """The declared type, or the one that all values share."""
    if name in world.types:
        return world.types[name]
    key = "attribute " + name
    if key not in world.shared:
        values = [reach(person.attributes, name) for person in world.people]
        world.shared[key] = shared_type(values, world.zone)
    return world.shared[key]


def type_of_property(world: World, name: str) -> str | None:
    """The type all values of a property share."""
    key = "property " + name
    if key not in world.shared:
        values = [reach(doing.properties, name) for person in world.people for doing in person.doings]
        world.shared[key] = shared_type(values, world.zone)
    return world.shared[key]


def value_holds(world: World, rule: Rule, value: Any, kind: str | None) -> bool:
    """Whether a condition holds for one value; a negative operator is the complement of its positive."""
    op = rule["op"]
    if op not in OPPOSITE:
        return positive(world, op, rule, value, kind)
    if rule.get("empty") is False and not is_readable(OPPOSITE[op], value, kind):
        return False
    return not positive(world, OPPOSITE[op], rule, value, kind)


def is_readable(op: str, value: Any, kind: str | None) -> bool:
    """Whether there is a value, and the operator can read it."""
    if is_missing(value):
        return False
    if op in ("is_set", "includes_any"):
        return True
    if isinstance(value, dict):
        return False
    if isinstance(value, list):
        return op in ITEMWISE
    if op in ("is", "in"):
        return same(value, value, kind)
    return read_text(value) is not None


def positive(world: World, op: str, rule: Rule, value: Any, kind: str | None) -> bool:
    """Whether a positive operator matches a value."""
    if is_missing(value):
        return False
    if op == "is_set":
        return True
    asked = rule.get("value")
    items = value if isinstance(value, list) else [value]
    if op.startswith("includes_"):
        found = [any(same(item, one, None) for item in items) for one in asked]
        return any(found) if op == "includes_any" else all(found)
    if isinstance(value, dict) or (isinstance(value, list) and op not in ITEMWISE):
        return False
    item_kind = None if kind == "list" else kind
    if op in ("is", "in"):
        choices = asked if op == "in" else [asked]
        return any(same(item, one, item_kind) for item in items for one in choices)
    if op == "matches":
        return any(matches(item, asked) for item in items if not is_missing(item))
    if op in TEXT_OPS:
        texts = [read_text(item) for item in items if not is_missing(item)]
        return any(TEXT_OPS[op](text, read_text(asked) or "") for text in texts if text is not None)
    if op in NUMBER_OPS:
        return compares(op, read_number(value), asked)
    moment = read_moment(value, world.zone)
    return moment is not None and moment_holds(world, op, moment, asked, rule.get("offset_days", 0))


def matches(value: Any, pattern: str) -> bool:
    """Whether a pattern is found in the text of a value, case ignored."""
    if read_text(value) is None:
        return False
    text = value if isinstance(value, str) else read_text(value)
    return re.search(pattern, unicodedata.normalize("NFC", str(text).strip()), re.IGNORECASE) is not None


def compares(op: str, number: Fraction | None, asked: Any) -> bool:
    """Whether a number stands to the asked one as the operator says; a missing one never does."""
    if number is None:
        return False
    if op == "between":
        low, high = (read_number(end) for end in asked)
        assert low is not None
        assert high is not None
        return low <= number <= high
    other = read_number(asked)
    assert other is not None
    return {
        "gt": number > other,
        "gte": number >= other,
        "lt": number < other,
        "lte": number <= other,
        "eq": number == other,
    }[op]


# ---- dates


def moment_holds(world: World, op: str, moment: Moment, asked: Any, offset: int) -> bool:
    """Whether an operator on dates and instants matches a moment."""
    zone = world.zone
    now, today = world.now + timedelta(hours=24 * offset), world.today + timedelta(days=offset)
    day = day_of(moment, zone)
    if op == "on":
        return day == day_of(needed(asked, zone), zone)
    if op == "before":
        return is_before(moment, needed(asked, zone), zone)
    if op == "after":
        return is_before(needed(asked, zone), moment, zone)
    if op == "between_dates":
        first, last = (needed(end, zone) for end in asked)
        return not is_before(moment, first, zone) and not is_before(last, moment, zone)
    if op == "in_period":
        first_day, after = days_of_period(asked, today)
        return first_day <= day < after
    if op == "anniversary":
        return is_anniversary(today, day)
    if op == "anniversary_month":
        return day.month == (int(read_number(asked) or 0) or today.month)
    if op == "anniversary_within_next":
        return any(
            is_anniversary(one, day) for one in days_until(today, step_day(now, today, asked, zone, 1))
        )
    return distance_holds(op, moment, asked, now=now, today=today, zone=zone)


def distance_holds(op: str, moment: Moment, span: Any, *, now: datetime, today: date, zone: ZoneInfo) -> bool:
    """Whether a moment lies within, or more than, a span from now."""
    backwards = op in ("within_last", "more_than_ago")
    rolling = is_instant(moment) and (backwards or span[1] in ("minute", "hour"))
    here: Any = now if rolling else today
    there: Any = step_instant(now, span, zone, -1 if backwards else 1)
    if not rolling:
        there = step_day(now, today, span, zone, -1 if backwards else 1)
        moment = day_of(moment, zone)
    place: Any = moment
    if op == "within_last":
        return there <= place <= here
    if op == "more_than_ago":
        return place < there
    if op == "within_next":
        return here <= place <= there
    return place > there


def needed(asked: Any, zone: ZoneInfo) -> Moment:
    """A moment of the rule, which saving has checked."""
    moment = read_moment(asked, zone)
    assert moment is not None
    return moment


def is_before(one: Moment, other: Moment, zone: ZoneInfo) -> bool:
    """Whether one is before the other; a plain date stands for its whole day."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one < other
    return day_of(one, zone) < day_of(other, zone)


def days_until(first: date, last: date) -> Iterator[date]:
    """Each day from the first to the last, both included; never more than the years anniversaries need."""
    for step in range(min((last - first).days, 366 * 9) + 1):
        yield first + timedelta(days=step)


# ---- interactions


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
        return first <= day_of(at, zone) < after
    inside = True
    if "from" in window:
        inside = not is_before(at, needed(window["from"], zone), zone)
    if "to" in window:
        end = needed(window["to"], zone)
        inside = inside and (at < end if isinstance(end, datetime) else day_of(at, zone) <= end)
    return inside


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


# ---- sequences, regularity, membership


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


def membership_holds(world: World, rule: Rule, person: Person) -> bool:
    """Whether a customer is in a segment, now or for as long as it asks."""
    inside = person.id in members_of_segment(world, rule["segment"])
    if inside and "for" in rule:
        start = step_instant(world.now, rule["for"], world.zone, -1)
        inside = all(
            person.id in members_of_segment(at_instant(world, then), rule["segment"])
            for then in turning_points_of(world, start)
        )
    return inside if rule["op"] == "in" else not inside


def turning_points_of(world: World, start: datetime) -> list[datetime]:
    """Instants from start to now among which every change of any segment's members lies."""
    if "moments" not in world.shared:
        world.shared["moments"] = moments_in(world)
    key = ("turning points", start, world.now)
    if key not in world.shared:
        world.shared[key] = turning_points(
            start,
            world.now,
            moments=world.shared["moments"],
            spans=spans_in(world.segments),
            held=held_in(world.segments),
            zone=world.zone,
        )
    found: list[datetime] = world.shared[key]
    return found


def held_in(tree: Any) -> list[list[Any]]:
    """The spans for which a tree of rules asks others to have been in a segment."""
    if isinstance(tree, list):
        return [span for part in tree for span in held_in(part)]
    if not isinstance(tree, dict):
        return []
    own = [tree["for"]] if "segment" in tree and "for" in tree else []
    return own + [span for part in tree.values() for span in held_in(part)]


def members_of_segment(world: World, slug: str) -> set[str]:
    """The members of a segment as of now."""
    segment = world.segments[slug]
    if "static" in segment:
        return {world.survivors.get(one, one) for one in segment["static"]}
    key = ("members", slug, world.now)
    if key not in world.shared:
        world.shared[key] = members_in(world, segment["rule"])
    found: set[str] = world.shared[key]
    return found


def at_instant(world: World, then: datetime) -> World:
    """The same world as of an earlier instant: what the log says the attributes were, and nothing later."""
    if then == world.now:
        return world
    people = []
    for person in world.people:
        logged = [name for name, changes in person.log.items() if any(at <= world.now for at, _ in changes)]
        past = {name: value_then(person, name, then, world.now) for name in logged}
        people.append(replace(person, attributes={**person.attributes, **past}))
    return replace(world, now=then, people=tuple(people))


def moments_in(world: World) -> set[datetime]:
    """Every instant that anything in the world carries: interactions, log, values that are instants."""
    found: set[datetime] = set()
    for person in world.people:
        found |= {doing.at for doing in person.doings}
        values = list(person.attributes.values())
        for changes in person.log.values():
            found |= {at for at, _ in changes}
            values += [value for _, value in changes]
        for doing in person.doings:
            values += list(doing.properties.values())
        moments = (read_moment(value, world.zone) for value in values)
        found |= {moment.astimezone(UTC) for moment in moments if isinstance(moment, datetime)}
    return found


def spans_in(tree: Any) -> list[tuple[list[Any], int]]:
    """Every span a tree of rules carries, with how many times over it is looked back."""
    if isinstance(tree, list):
        if len(tree) == 2 and tree[1] in (*("minute", "hour", "day", "week", "month", "year"),):
            return [(tree, 1)]
        return [span for part in tree for span in spans_in(part)]
    if not isinstance(tree, dict):
        return []
    found = [span for part in tree.values() for span in spans_in(part)]
    if "regular" in tree:
        found += [(tree["every"], times) for times in range(2, tree["of_last"] + 1)]
    return found
