"""What a rule reads, and whether time alone can change its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segments.engine.language.operators import OPERATORS
from segments.engine.language.rules import (
    Attribute,
    Interaction,
    Membership,
    Property,
    Regular,
    Rule,
    Sequence,
    Window,
    conditions,
    properties_read,
    says_nothing,
    segments_read,
)

DATED = frozenset({"date", "instant"})
# Date operators that compare with a written date: the day they are asked on does not matter.
FIXED = frozenset({"on", "before", "after", "between_dates"})


@dataclass(frozen=True)
class Reads:
    """Names of attributes, kinds (as written, with `*`), properties and segments.

    `time`: True if the answer can change although nothing that is recorded changes. What is dated later than as-of
    comes to be with time too, whatever the rule; that is not counted here.
    """

    attributes: frozenset[str]
    kinds: frozenset[str]
    properties: frozenset[str]
    segments: frozenset[str]
    time: bool


def reads(rule: Rule, rules: Mapping[str, Rule] | None = None) -> Reads:
    """What a rule reads itself. `rules` holds those of other segments; one not in it is taken to stand still."""
    found = conditions(rule)
    kinds = {part.kind for part in found if isinstance(part, Interaction | Regular)}
    kinds |= {step.kind for part in found if isinstance(part, Sequence) for step in part.steps}
    return Reads(
        attributes=frozenset(part.name for part in found if isinstance(part, Attribute)),
        kinds=frozenset(kinds),
        properties=frozenset(properties_read(rule)),
        segments=frozenset(segments_read(rule)),
        time=moves_with_time(rule, rules or {}),
    )


def moves_with_time(rule: Rule, rules: Mapping[str, Rule]) -> bool:
    """True if the answer can change although nothing that is recorded changes."""
    return not says_nothing(rule) and any(_moves(part, rules) for part in conditions(rule))


def _moves(part: Rule, rules: Mapping[str, Rule]) -> bool:
    if isinstance(part, Attribute):
        return part.held_for is not None or test_moves(part)
    if isinstance(part, Regular):
        return True
    if isinstance(part, Sequence):
        tests = any(test_moves(test) for step in part.steps for test in step.where)
        return part.steps[-1].absent or window_moves(part.window) or tests
    if isinstance(part, Interaction):
        return window_moves(part.window) or any(test_moves(test) for test in part.where)
    assert isinstance(part, Membership)
    other = rules.get(part.segment)
    return part.held is not None or (other is not None and moves_with_time(other, rules))


def test_moves(test: Attribute | Property) -> bool:
    """True if what an attribute or property condition asks depends on the day it is asked on."""
    if test.op == "anniversary_month":
        return test.value is None
    return OPERATORS[test.op].types == DATED and test.op not in FIXED


def window_moves(window: Window | None) -> bool:
    """True if the window's ends follow as-of."""
    return window is not None and window.form != "range"
