"""Who belongs to a rule, found the slow and obvious way: for each customer, read the rule and look.

Written from rules.md alone; shares no code with segments/engine, so that the two can be held against each other.
"""

from __future__ import annotations

from datetime import datetime

from tests.reference.conditions import value_holds
from tests.reference.instants import turning_points
from tests.reference.interactions import interaction_holds, regular_holds, sequence_holds
from tests.reference.moments import (
    step_instant,
)
from tests.reference.trees import children_of, held_in, is_group, nodes_of, says_something, spans_in
from tests.reference.values import reach
from tests.reference.world import (
    Person,
    Rule,
    World,
    at_instant,
    moments_in,
    open_world,
    type_of_attribute,
    value_then,
)


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
