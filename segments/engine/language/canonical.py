"""One form for rules that mean the same in another order, and its fingerprint.

Only what certainly means the same is brought together: the order of parts, repeated parts, groups that say nothing or
hold one part, nested groups of one sort, `not` of a group against its parts denied, double negation, a negative
operator or measure against `not` of its positive, one number written in two ways, text that differs only where
comparing folds it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from segments.engine.language import moments, values
from segments.engine.language.negation import ALWAYS_KNOWN
from segments.engine.language.operators import OPERATORS
from segments.engine.language.rules import (
    All,
    AnyOf,
    Attribute,
    Interaction,
    Not,
    Property,
    Regular,
    Rule,
    Sequence,
    Span,
    Step,
    Window,
    says_nothing,
)

Form = list[Any]
NOTHING: Form = ["nothing"]
_OTHER_GROUP = {"all": "any", "any": "all"}
_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_WEST, _EAST = ZoneInfo("Etc/GMT+12"), ZoneInfo("Etc/GMT-14")


def fingerprint(rule: Rule) -> str:
    """The SHA-256 of a checked rule's canonical form, in hex."""
    text = _key(canonical(rule))
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(rule: Rule) -> Form:
    """A checked rule as nested lists of texts and numbers; equal for rules that only differ in how they are put."""
    if says_nothing(rule):
        return NOTHING
    if isinstance(rule, Not):
        return _not(canonical(rule.part))
    if isinstance(rule, All | AnyOf):
        return _group(rule)
    if isinstance(rule, Attribute):
        return _attribute(rule)
    if isinstance(rule, Interaction):
        return _interaction(rule)
    if isinstance(rule, Sequence):
        steps = [_step(step) for step in rule.steps]
        return ["sequence", steps, _span(rule.within), _window(rule.window)]
    if isinstance(rule, Regular):
        counts = [rule.of_last, rule.at_least, rule.times]
        return ["regular", rule.kind, _where(rule.where), _span(rule.every), *counts]
    inside = ["segment", rule.segment, _span(rule.held)]
    return inside if rule.inside else _not(inside)


def _not(form: Form) -> Form:
    """The opposite, with `not` only before conditions: not all of them is any of them not."""
    if form[0] in _OTHER_GROUP:
        return [_OTHER_GROUP[form[0]], _set([_not(part) for part in form[1]])]
    return form[1] if form[0] == "not" else ["not", form]


def _group(rule: All | AnyOf) -> Form:
    word = "all" if isinstance(rule, All) else "any"
    parts: list[Form] = []
    for form in (canonical(part) for part in rule.parts if not says_nothing(part)):
        parts += form[1] if form[0] == word else [form]
    kept = _set(parts)
    return kept[0] if len(kept) == 1 else [word, kept]


def _attribute(rule: Attribute) -> Form:
    op, negative = rule.op, False
    row = OPERATORS[op]
    if row.negates and rule.held_for is None and (rule.empty or row.negates == "is_set"):
        op, negative = row.negates, True
    empty = rule.empty or row.negates in ("", "is_set")
    value = _value(op, rule.value)
    form = ["attribute", rule.name, op, value, rule.offset_days, _span(rule.held_for), empty or negative]
    return _not(form) if negative else form


def _interaction(rule: Interaction) -> Form:
    form = ["interaction", rule.kind, _where(rule.where), _window(rule.window), rule.pick]
    if rule.measure is None:
        return form
    turned = {"ne": "eq"} | ({"lt": "gte", "lte": "gt"} if rule.measure.fn in ALWAYS_KNOWN else {})
    op = turned.get(rule.op or "", rule.op)
    value = [_number(n) for n in rule.value] if op == "between" else _number(rule.value)
    form += [rule.measure.fn, rule.measure.property, op, value]
    return form if op == rule.op else _not(form)


def _step(step: Step) -> Form:
    return [step.kind, _where(step.where), step.absent]


def _where(where: Iterable[Property]) -> list[Form]:
    return _set([[test.name, test.op, _value(test.op, test.value)] for test in where])


def _span(span: Span | None) -> Form | None:
    return None if span is None else [span.number, span.unit]


def _window(window: Window | None) -> Form | None:
    if window is None:
        return None
    spans = [_span(span) for span in window.spans]
    ends = [None if text is None else moment(text) for text in (window.start, window.end)]
    return [window.form, spans, *ends, window.period]


def _value(op: str, value: Any) -> Any:
    """What an operator compares with, so that equal values are equal."""
    shape = OPERATORS[op].shape
    if shape == "text":
        return value if op == "matches" else values.fold(value)
    if shape == "scalar":
        return scalar(value)
    if shape == "scalars":
        return _set([scalar(item) for item in value])
    if shape == "number":
        return _number(value)
    if shape == "pair":
        return [_number(number) for number in value]
    if shape == "moment":
        return moment(value)
    if shape == "moments":
        return [moment(text) for text in value]
    if shape == "span":  # as written: a number and its unit
        return list(value) if isinstance(value, tuple) else _span(value)
    return value


def scalar(value: Any) -> Form:
    """A value of a rule, equal to another only where `is` finds the same values in every column, of whatever type."""
    if isinstance(value, Decimal):
        return ["number", values.plain_number(value)]
    key = values.equality_key(value, None)
    assert key is not None
    # What reads as a number or as yes/no in one column is text in another.
    return list(key) if key[0] == "text" else [key[0], values.fold(value)]


def _number(value: Any) -> str:
    """An exact number in one spelling, whatever its size; zero has no sign."""
    sign, digits, exponent = Decimal(value).as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits)).lstrip("0")
    short = text.rstrip("0")
    return f"{'-' if sign else ''}{short}e{exponent + len(text) - len(short)}" if short else "0"


def moment(text: str) -> Form:
    """A day, an instant, or a clock time that the account's zone will place."""
    west, east = moments.read_moment(text, _WEST), moments.read_moment(text, _EAST)
    if west == east and west != (None, None):
        return ["day", west[0]] if west[0] is not None else ["instant", west[1]]
    _, local = moments.read_moment(text, ZoneInfo("UTC"))
    return ["text", text.strip()] if local is None else ["clock", local]


def _set(forms: list[Form]) -> list[Form]:
    """Each once, in an order of their own."""
    keyed = {_key(form): form for form in forms}
    return [keyed[key] for key in sorted(keyed)]


def _key(form: Form) -> str:
    return _WRITER.encode(form)
