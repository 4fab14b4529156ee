"""A rule with every `not` brought down to single conditions, each told by its opposite where there is one.

Everything here is exact, as the language is two-valued: who has no value matches no positive operator and so every
negative one, and a count, sum or number of different values of nothing is 0, never missing.
"""

from __future__ import annotations

from dataclasses import replace

from segments.engine.language.operators import OPERATORS
from segments.engine.language.rules import (
    All,
    AnyOf,
    Attribute,
    Condition,
    Interaction,
    Membership,
    Not,
    Rule,
    says_nothing,
)

# Measures of which everybody has a figure, so that `less than` is all that `at least` is not.
ALWAYS_KNOWN = frozenset({"count", "sum", "distinct", "distinct_days", "distinct_weeks", "distinct_months"})
_OPPOSITES = {row.negates: row.name for row in OPERATORS.values() if row.negates}
_EQUALITY = {"eq": "ne", "ne": "eq"}
_ORDER = {"gte": "lt", "lt": "gte", "gt": "lte", "lte": "gt"}


def inward(rule: Rule, *, denied: bool = False) -> Rule:
    """The same meaning with `not` only before conditions that have no opposite; `denied`: the opposite meaning."""
    if isinstance(rule, Not):
        return inward(rule.part, denied=not denied)
    if not isinstance(rule, All | AnyOf):
        return opposite(rule) if denied else rule
    # Not all of them: one is not so. None of them: each is not so.
    sort = All if isinstance(rule, All) != denied else AnyOf
    parts: list[Rule] = []
    for part in (inward(part, denied=denied) for part in rule.parts if not says_nothing(part)):
        parts += part.parts if isinstance(part, sort) else [part]
    return parts[0] if len(parts) == 1 else sort(tuple(parts))


def opposite(rule: Condition) -> Rule:
    """The condition that holds just where this one does not, or `not` of it where there is none."""
    if isinstance(rule, Membership):
        return replace(rule, inside=not rule.inside)
    if isinstance(rule, Attribute) and rule.held_for is None:
        positive = OPERATORS[rule.op].negates
        if positive and (rule.empty or positive == "is_set"):
            return replace(rule, op=positive, empty=True)
        if rule.op in _OPPOSITES:
            return replace(rule, op=_OPPOSITES[rule.op], empty=True)
    if isinstance(rule, Interaction) and rule.measure is not None:
        turned = _EQUALITY | (_ORDER if rule.measure.fn in ALWAYS_KNOWN else {})
        if rule.op in turned:
            return replace(rule, op=turned[rule.op])
    return Not(rule)
