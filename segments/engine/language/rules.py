"""A rule as frozen, hashable values. Equal parts of different rules are equal objects, so work is shared by key."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

Unit = Literal["minute", "hour", "day", "week", "month", "year"]
UNITS: tuple[Unit, ...] = ("minute", "hour", "day", "week", "month", "year")

# One scalar of a rule: text, exact number or yes/no.
Scalar = str | Decimal | bool
Value = Any  # Scalar, Span, or a tuple of scalars: hashable


@dataclass(frozen=True)
class Span:
    """A length of time; months and years step by the calendar."""

    number: int
    unit: Unit


@dataclass(frozen=True)
class Window:
    """Which instants count. `form` is the key it was written with; the other fields follow it.

    last, before_last: `spans[0]`. between_ago: `spans[0]` to `spans[1]`. range: `start`, `end` as written (ISO text).
    period: `period`.
    """

    form: Literal["last", "before_last", "between_ago", "range", "period"]
    spans: tuple[Span, ...] = ()
    start: str | None = None
    end: str | None = None
    period: str = ""


@dataclass(frozen=True)
class Property:
    """A condition on one property of the same interaction."""

    name: str
    op: str
    value: Value = None
    offset_days: int = 0


@dataclass(frozen=True)
class Measure:
    """What is worked out over the matching interactions."""

    fn: str
    property: str | None = None


@dataclass(frozen=True)
class Attribute:
    """A condition on an attribute."""

    name: str
    op: str
    value: Value = None
    offset_days: int = 0
    held_for: Span | None = None
    empty: bool = True  # False: a negative condition turns missing values away


@dataclass(frozen=True)
class Interaction:
    """A condition on what somebody did. Without measure: did at least once."""

    kind: str
    where: tuple[Property, ...] = ()
    window: Window | None = None
    pick: Literal["first", "last"] | None = None
    measure: Measure | None = None
    op: str | None = None
    value: Value = None


@dataclass(frozen=True)
class Step:
    """One step of a sequence; `absent` only on the last."""

    kind: str
    where: tuple[Property, ...] = ()
    absent: bool = False


@dataclass(frozen=True)
class Sequence:
    """Steps one after the other, each within a span of the one before."""

    steps: tuple[Step, ...]
    within: Span
    window: Window | None = None


@dataclass(frozen=True)
class Regular:
    """`times` or more in at least `at_least` of the last `of_last` blocks of `every`."""

    kind: str
    every: Span
    of_last: int
    at_least: int
    where: tuple[Property, ...] = ()
    times: int = 1


@dataclass(frozen=True)
class Membership:
    """Being in another segment, or not; `held` asks for how long without a break."""

    segment: str
    inside: bool
    held: Span | None = None


@dataclass(frozen=True)
class All:
    """Every part holds. Without parts it says nothing."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one part holds. Without parts it says nothing."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: Rule


Condition = Attribute | Interaction | Sequence | Regular | Membership
Rule = All | AnyOf | Not | Condition


def says_nothing(rule: Rule) -> bool:
    """True for an empty group, and for a group or `not` that holds nothing but such."""
    if isinstance(rule, Not):
        return says_nothing(rule.part)
    if isinstance(rule, All | AnyOf):
        return all(says_nothing(part) for part in rule.parts)
    return False


def parts_with_paths(rule: Rule, path: str = "") -> list[tuple[str, Rule]]:
    """Every node of the tree with its path, the rule itself first under ''."""
    found = [(path, rule)]
    if isinstance(rule, Not):
        found += parts_with_paths(rule.part, f"{path}/not")
    elif isinstance(rule, All | AnyOf):
        key = "all" if isinstance(rule, All) else "any"
        for index, part in enumerate(rule.parts):
            found += parts_with_paths(part, f"{path}/{key}/{index}")
    return found


def conditions(rule: Rule) -> list[Condition]:
    """The conditions of a rule, in order."""
    return [part for _, part in parts_with_paths(rule) if not isinstance(part, All | AnyOf | Not)]


def segments_read(rule: Rule) -> set[str]:
    """The slugs of the segments a rule refers to."""
    return {part.segment for part in conditions(rule) if isinstance(part, Membership)}


def properties_read(rule: Rule) -> set[str]:
    """The interaction properties a rule reads."""
    names: set[str] = set()
    for part in conditions(rule):
        where: tuple[Property, ...] = ()
        if isinstance(part, Interaction | Regular):
            where = part.where
            if isinstance(part, Interaction) and part.measure and part.measure.property:
                names.add(part.measure.property)
        elif isinstance(part, Sequence):
            where = tuple(prop for step in part.steps for prop in step.where)
        names |= {prop.name for prop in where}
    return names
