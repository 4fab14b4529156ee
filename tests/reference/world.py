"""The world a portable test describes, as of an instant. Written from rules.md alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.moments import (
    day_of,
    read_moment,
)
from tests.reference.values import reach, shared_type

Rule = dict[str, Any]


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
