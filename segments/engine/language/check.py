"""Refuses what makes no sense for an account: unknown names, operators that do not fit, values of the wrong type.

Also settles each value into the form the engine reads: spans as `Span`, numbers exact, texts as they are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import re2

from segments.engine.language import moments, values
from segments.engine.language.naming import quoted
from segments.engine.language.operators import MEASURE_OPERATORS, OPERATORS, pattern
from segments.engine.language.parse import PERIODS, _Bad, _Reader
from segments.engine.language.plan import Circle, in_order
from segments.engine.language.refusals import Problem, Refused
from segments.engine.language.rules import (
    All,
    AnyOf,
    Attribute,
    Interaction,
    Membership,
    Not,
    Regular,
    Rule,
    Sequence,
    Span,
    Window,
)

_UTC = ZoneInfo("UTC")
_LATE = moments.to_us(moments.datetime(2026, 1, 1, tzinfo=moments.UTC))
TYPE_NEEDS = {
    "text": "text",
    "number": "a number",
    "yes/no": "a yes/no value",
    "date": "a date",
    "instant": "a date",
    "list": "a list",
}


@dataclass(frozen=True)
class Catalogue:
    """What a rule may name: attributes with their types (None: mixed), and the other segments.

    `unreadable` says of segments whose document is no rule what is wrong with it; `retired` are attributes that are no
    longer to be named; `evaluated` the segments that have members of an evaluation.
    """

    attributes: Mapping[str, str | None]
    segments: frozenset[str] = frozenset()
    rules: Mapping[str, Rule] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    zone: ZoneInfo = _UTC
    unreadable: Mapping[str, str] = field(default_factory=dict)
    retired: frozenset[str] = frozenset()
    evaluated: frozenset[str] = frozenset()

    def label(self, name: str) -> str:
        """What people call an attribute."""
        return self.labels.get(name, name)


def check(rule: Rule, catalogue: Catalogue, *, slug: str = "") -> Rule:
    """The rule with its values settled. Raises `Refused` with every problem. `slug`: the segment being saved."""
    checker = _Checker(catalogue)
    settled = checker.rule(rule, "")
    if not checker.problems:
        name = slug or "this segment"
        try:  # a circle of others is theirs
            in_order({**catalogue.rules, name: settled}, (name,))
        except Circle as circle:
            names = " → ".join((*circle.names, circle.names[0]))
            checker.say("", f"Segments cannot refer to each other in a circle: {names}.")
    if checker.problems:
        raise Refused(checker.problems)
    return settled


class _Checker:
    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.problems: list[Problem] = []

    def say(self, path: str, sentence: str) -> None:
        self.problems.append(Problem(path, sentence))

    def rule(self, rule: Rule, path: str) -> Rule:
        if isinstance(rule, Not):
            return Not(self.rule(rule.part, f"{path}/not"))
        if isinstance(rule, All | AnyOf):
            key = "all" if isinstance(rule, All) else "any"
            parts = tuple(self.rule(part, f"{path}/{key}/{i}") for i, part in enumerate(rule.parts))
            return dataclasses.replace(rule, parts=parts)
        if isinstance(rule, Attribute):
            return self._attribute(rule, path)
        if isinstance(rule, Interaction):
            self._window(rule.window, f"{path}/window")
            return self._measured(self._with_where(rule, path), path)
        if isinstance(rule, Regular):
            return self._with_where(rule, f"{path}/regular")
        if isinstance(rule, Sequence):
            self._window(rule.window, f"{path}/window")
            steps = tuple(self._with_where(step, f"{path}/sequence/{i}") for i, step in enumerate(rule.steps))
            return dataclasses.replace(rule, steps=steps)
        return self._membership(rule, path)

    def _attribute(self, rule: Attribute, path: str) -> Rule:
        if rule.name not in self.catalogue.attributes:
            self.say(f"{path}/attribute", self._unknown(rule.name))
            return rule
        return self._settled(
            rule, self.catalogue.attributes[rule.name], self.catalogue.label(rule.name), path
        )

    def _unknown(self, name: str) -> str:
        if name in self.catalogue.retired:
            label = self.catalogue.label(name)
            return f"{quoted(label)} is retired. Bring it back under Attributes, or take it out of the rule."
        return f"{quoted(name)} is no attribute of this account."

    def _with_where(self, rule: Any, path: str) -> Any:
        tests = tuple(
            self._settled(test, None, test.name, f"{path}/where/{i}") for i, test in enumerate(rule.where)
        )
        return dataclasses.replace(rule, where=tests)

    def _settled(self, part: Any, type_name: str | None, label: str, path: str) -> Any:
        """An attribute or property condition with its value in the engine's form."""
        row = OPERATORS.get(part.op)
        if row is None:
            self.say(f"{path}/op", f"‘{part.op[:40]}’ is no operator that Facet knows.")
            return part
        if type_name is not None and type_name not in row.types:
            needs = " or ".join(sorted({TYPE_NEEDS[name] for name in row.types}))
            kind = "yes/no" if type_name == "yes/no" else TYPE_NEEDS[type_name]
            self.say(f"{path}/op", f"{quoted(label)} is {kind}: ‘{part.op}’ needs {needs}.")
            return part
        if isinstance(part, Attribute) and part.offset_days and "date" not in row.types:
            self.say(f"{path}/offset_days", "Days can be added to a date condition only.")
            return part
        try:
            value = _SHAPES[row.shape](self, part.value, type_name, f"{path}/value")
        except _Bad:
            return part
        if part.op == "matches":
            self._pattern(value, f"{path}/value")
        return dataclasses.replace(part, value=value)

    def _pattern(self, text: str, path: str) -> None:
        try:
            pattern(text)
        except re2.error as error:
            reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error.args[0])
            self.say(path, f"This pattern cannot be read: {reason}.")

    def _measured(self, rule: Interaction, path: str) -> Rule:
        if rule.measure is None:
            return rule
        if rule.op not in MEASURE_OPERATORS:
            self.say(f"{path}/op", f"‘{(rule.op or '')[:40]}’ does not compare numbers.")
            return rule
        try:
            shape = _pair if rule.op == "between" else _number
            return dataclasses.replace(rule, value=shape(self, rule.value, "number", f"{path}/value"))
        except _Bad:
            return rule

    def _window(self, window: Window | None, path: str) -> None:
        if window is None:
            return
        zone = self.catalogue.zone
        if window.form == "between_ago":
            first, second = (moments.step(_LATE, span, -1, zone) for span in window.spans)
            if first > second:
                self.say(f"{path}/between_ago", "Write the longer time first: ‘between 60 and 30 days ago’.")
        if window.form != "range":
            return
        for key, text in (("from", window.start), ("to", window.end)):
            if text is not None and moments.read_moment(text, zone) == (None, None):
                self.say(f"{path}/{key}", f"‘{text[:40]}’ is no date: write it as 2026-03-14.")
                return
        ends = (window.start, window.end)
        if ends[0] is not None and ends[1] is not None and moments.is_reversed(ends[0], ends[1], zone):
            self.say(path, "The window ends before it begins: swap the two dates.")

    def _membership(self, rule: Membership, path: str) -> Rule:
        if rule.segment not in self.catalogue.segments:
            self.say(f"{path}/segment", f"There is no segment {quoted(rule.segment[:80])}.")
        return rule

    def refuse(self, path: str, sentence: str) -> _Bad:
        self.say(path, sentence)
        return _Bad()


def _none(check: _Checker, value: Any, type_name: str | None, path: str) -> None:
    if value is not None:
        raise check.refuse(path, "This operator takes no value.")


def _text(check: _Checker, value: Any, type_name: str | None, path: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise check.refuse(path, "Write the text to look for.")
    return value


def _scalar(check: _Checker, value: Any, type_name: str | None, path: str) -> Any:
    if type_name == "number":
        return _number(check, value, type_name, path)
    if type_name == "yes/no":
        truth = values.as_truth(value)
        if truth is None:
            raise check.refuse(path, "Choose yes or no.")
        return "true" if truth else "false"
    if type_name == "text" and not isinstance(value, str):
        raise check.refuse(path, "This is a text: write the value in quotes.")
    read = values.scalar(value)
    if read is None:
        raise check.refuse(path, "Choose a value.")
    # As text, because True equals 1 in Python, and equal rules share their answers.
    return ("true" if read else "false") if isinstance(read, bool) else read


def _scalars(check: _Checker, value: Any, type_name: str | None, path: str) -> tuple[Any, ...]:
    if not isinstance(value, tuple):
        raise check.refuse(path, "Choose a list of values.")
    return tuple(_scalar(check, item, type_name, f"{path}/{i}") for i, item in enumerate(value))


def _number(check: _Checker, value: Any, type_name: str | None, path: str) -> Decimal:
    number = values.as_number(value)
    if number is None:
        raise check.refuse(path, "Write a number, for example 2500 or 2500.50.")
    return number


def _pair(check: _Checker, value: Any, type_name: str | None, path: str) -> tuple[Decimal, Decimal]:
    if not isinstance(value, tuple) or len(value) != 2:
        raise check.refuse(path, "Write two numbers, the smaller one first.")
    low, high = (_number(check, item, type_name, f"{path}/{i}") for i, item in enumerate(value))
    if low > high:
        raise check.refuse(path, "Between needs the smaller number first.")
    return low, high


def _moment(check: _Checker, value: Any, type_name: str | None, path: str) -> str:
    if not isinstance(value, str) or moments.read_moment(value, check.catalogue.zone) == (None, None):
        raise check.refuse(path, "Write a date such as 2026-03-14.")
    return value


def _two_moments(check: _Checker, value: Any, type_name: str | None, path: str) -> tuple[str, str]:
    if not isinstance(value, tuple) or len(value) != 2:
        raise check.refuse(path, "Write two dates, the earlier one first.")
    first, last = (_moment(check, item, type_name, f"{path}/{i}") for i, item in enumerate(value))
    zone = check.catalogue.zone
    if moments.is_reversed(first, last, zone):
        raise check.refuse(path, "Between needs the earlier date first.")
    return first, last


def _span(check: _Checker, value: Any, type_name: str | None, path: str) -> Span:
    reader = _Reader()
    try:
        return reader.span(list(value) if isinstance(value, tuple) else value, path)
    except _Bad:
        check.problems += reader.problems
        raise


def _period(check: _Checker, value: Any, type_name: str | None, path: str) -> str:
    if not isinstance(value, str) or value not in PERIODS:
        raise check.refuse(path, "Choose a period, such as this month.")
    return value


def _month(check: _Checker, value: Any, type_name: str | None, path: str) -> int | None:
    if value is None:
        return None
    number = values.as_number(value)
    if number is None or number != int(number) or not 1 <= number <= 12:
        raise check.refuse(path, "A month is a number from 1 to 12.")
    return int(number)


_SHAPES: dict[str, Any] = {
    "none": _none,
    "text": _text,
    "scalar": _scalar,
    "scalars": _scalars,
    "number": _number,
    "pair": _pair,
    "moment": _moment,
    "moments": _two_moments,
    "span": _span,
    "period": _period,
    "month": _month,
}
