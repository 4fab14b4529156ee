"""A rule as one plain English sentence: units, windows and missing values said exactly, brackets only where needed.

Two rules of different meaning have different sentences: what people wrote stands in quotation marks wherever it could
be taken for a word of the sentence, two things of one name are told apart, a list too long to read has its own sign.
What is written from the right stands in a bidirectional isolate, and signs that turn text round are spelled out, so
that nothing a person wrote moves the words around it. ‘Not’ is said by the verb of what it denies, hardly of a group.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from typing import Any

from segments.engine.language import moments
from segments.engine.language.canonical import moment, scalar
from segments.engine.language.naming import Labels, label_of_attribute, label_of_segment, plain, quoted
from segments.engine.language.negation import inward
from segments.engine.language.operators import OPERATORS
from segments.engine.language.rules import (
    All,
    AnyOf,
    Attribute,
    Interaction,
    Measure,
    Membership,
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
from segments.engine.language.values import plain_number
from segments.engine.language.wording import (
    AHEAD,
    COMPARED,
    DENIED,
    DISTINCT,
    INFINITIVES,
    MEASURED,
    MONTHS,
    TIMES,
    VERBS,
    WORDS,
)

LISTED = 12
COUNT, AMOUNT = "count", "amount"  # amounts are money, in whatever currency each was paid
_THOUSANDS = re.compile(r"(?<=\d)(?=(?:\d{3})+$)")


def write(rule: Rule, labels: Labels) -> str:
    """The sentence of a checked rule. `labels` says what people call attributes and segments."""
    if says_nothing(rule):
        return "Nobody: this rule says nothing yet."
    text = phrase(rule, labels)
    return f"Customers {text.replace('not those ', 'except those ', 1) if text.startswith('not those ') else text}."


def phrase(rule: Rule, labels: Labels) -> str:
    """A part of a rule as it stands in the sentence: `who bought at least 3 times`."""
    left_out = _left_out(rule)
    return f"not those {_rule(left_out, labels)}" if left_out else _rule(inward(rule), labels)


def _left_out(rule: Rule) -> All | None:
    """What a rule leaves out, where that is said most plainly: several things that are so together."""
    if isinstance(rule, All | AnyOf):
        told = [part for part in rule.parts if not says_nothing(part)]
        return _left_out(told[0]) if len(told) == 1 else None
    said = inward(rule.part) if isinstance(rule, Not) else None
    return said if isinstance(said, All) and not _denies(said) else None


def _denies(rule: Rule) -> bool:
    """True where a sentence about a rule that was brought inwards would hold a ‘not’."""
    if isinstance(rule, All | AnyOf):
        return any(_denies(part) for part in rule.parts)
    if isinstance(rule, Attribute):
        return bool(OPERATORS[rule.op].negates)
    return isinstance(rule, Not) or (isinstance(rule, Membership) and not rule.inside)


def _rule(rule: Rule, labels: Labels, *, outermost: bool = True) -> str:
    """A rule that was brought inwards."""
    if isinstance(rule, All | AnyOf):
        *told, last = _parts(rule, labels)
        # What follows would be heard as left out, too.
        told = [f"({text})" if text.startswith("not those ") else text for text in told]
        text = (" and " if isinstance(rule, All) else " or ").join((*told, last))
        text = f"either {text}" if isinstance(rule, AnyOf) else text
        return text if outermost else f"({text})"
    if isinstance(rule, Not):
        return _denied(rule.part, labels)
    if isinstance(rule, Attribute):
        return f"whose {_attribute(rule, labels)}"
    if isinstance(rule, Interaction):
        return f"who {_interaction(rule)}"
    if isinstance(rule, Sequence):
        return f"who {_sequence(rule)}"
    if isinstance(rule, Regular):
        return f"who {_regular(rule, did(rule.kind))}"
    return _membership(rule, labels)


def _parts(rule: All | AnyOf, labels: Labels) -> list[str]:
    """The parts of a group; two and more deeds in a row that all were not done are told by one ‘neither … nor’."""
    told: list[str] = []
    for undone, run in groupby(rule.parts, lambda part: isinstance(rule, All) and _undone(part) is not None):
        parts = list(run)
        deeds = [_interaction(deed) for deed in map(_undone, parts) if deed]
        if undone and len(deeds) > 1:
            told.append(f"who neither {' nor '.join(deeds)}")
        else:
            told += [_rule(part, labels, outermost=False) for part in parts]
    return told


def _undone(rule: Rule) -> Interaction | None:
    """What was never done, where a rule asks no more than that."""
    part = rule.part if isinstance(rule, Not) else None
    if isinstance(part, Interaction) and part.measure is None and part.pick is None:
        return part
    return None


def _denied(rule: Rule, labels: Labels) -> str:
    """What does not hold, said by its own verb where the verb governs all of it."""
    if isinstance(rule, Attribute) and rule.held_for is None:
        if OPERATORS[rule.op].negates:  # of those who have a value it is so, and the others belong too
            return (
                f"whose {_attribute(replace(rule, op=OPERATORS[rule.op].negates), labels)} (or is not known)"
            )
        name = label_of_attribute(rule.name, labels)
        return f"whose {_test(name, rule.op, rule.value, rule.offset_days, denied=True)} (or is not known)"
    if isinstance(rule, Interaction) and rule.pick is None:
        return f"who {_interaction(rule, denied=True)}"
    if isinstance(rule, Regular):
        return f"who {_regular(rule, f'did not {do(rule.kind)}')}"
    return f"not those {_rule(rule, labels)}"


def _attribute(rule: Attribute, labels: Labels) -> str:
    text = _test(label_of_attribute(rule.name, labels), rule.op, rule.value, rule.offset_days)
    if OPERATORS[rule.op].negates and rule.op != "is_not_set":
        text += " (or is not known)" if rule.empty else " (and is known)"
    if rule.held_for:
        text += f", without a break for {span(rule.held_for)}"
    return text


def _test(name: str, op: str, value: Any, offset: int = 0, *, read: str = "", denied: bool = False) -> str:
    days = f"{abs(offset)} day{'' if abs(offset) == 1 else 's'}"
    if op == "anniversary" and offset:
        verb = "has" if offset > 0 else "had"
        when = f"in {days}" if offset > 0 else f"{days} ago"
        return f"{name} {DENIED[verb] if denied else verb} its anniversary {when}"
    verb, _, rest = WORDS[op].partition(" ")
    if offset > 0 and op in AHEAD and value.unit == "day":
        verb = DENIED[verb] if denied else verb
        return f"{name} {verb}{AHEAD[op]} {offset} to {offset + value.number} days from now"
    words = f"{name} {DENIED[verb] if denied else verb} {rest}".rstrip()
    shape = OPERATORS[op].shape
    if shape == "month":
        words += f" {'this month' if value is None else MONTHS[value - 1]}"
    elif shape == "period":
        words += f" {value.replace('_', ' ') if '_' in value else value}"
    elif shape == "pair":
        words += f" {_figure(value[0], read)} and {_figure(value[1], read)}"
    elif shape == "moments":
        words += f" {dated(value[0])} and {dated(value[1])}"
    elif shape == "moment":
        words += f" {dated(value)}"
    elif shape == "span":
        words += f" {span(value)}"
    elif shape == "scalars":
        words += f" {_listed(value, 'and' if op == 'includes_all' else 'or')}"
    elif shape == "text":
        words += f" {quoted(value)}"
    elif shape != "none":
        words += f" {_figure(value, read)}"
    if not offset:
        return words
    return f"{words}, seen from {days} {'ahead' if offset > 0 else 'ago'}"


def shown(value: Any) -> str:
    """A value as a sentence shows it: yes, 2500.5, ‘London’."""
    if isinstance(value, bool) or value in ("true", "false"):
        return "yes" if value in (True, "true") else "no"
    if isinstance(value, Decimal):
        return plain_number(value)
    return quoted(str(value))


def grouped(number: Decimal, *, money: bool = False) -> str:
    """An exact number as people read counts and amounts, every digit of it: `2,500.5`; `money`: `2,500.50`."""
    whole, point, rest = plain_number(number).partition(".")
    return f"{_THOUSANDS.sub(',', whole)}{point}{rest.ljust(2, '0') if money and rest else rest}"


def dated(text: str) -> str:
    """A written date or instant in words: `14 March 2026`; `14 March 2026, 09:00`, by UTC where it tells its offset."""
    form, when = moment(text)
    if form == "text":
        return quoted(text)
    if form == "day":
        day = moments.day_as_date(when)
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    at = moments.to_datetime(when)
    spec = "microseconds" if at.microsecond else "seconds" if at.second else "minutes"
    clock = at.replace(tzinfo=None).time().isoformat(spec)
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}, {clock}{' UTC' if form == 'instant' else ''}"


def _listed(items: tuple[Any, ...], joint: str) -> str:
    words = [shown(item) for item in items[:LISTED]]
    if not words:
        return "nothing"
    if len(items) > LISTED:
        whole = json.dumps(sorted(scalar(item) for item in items))
        sign = hashlib.sha256(whole.encode()).hexdigest()[:12]
        words = [*words[: LISTED - 1], f"{len(items) - LISTED + 1} others (list {sign})"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joint} {words[-1]}"


def did(kind: str) -> str:
    """What somebody did, in the past tense: `bought`, `did ‘login’`."""
    if kind in VERBS:
        return VERBS[kind]
    return (
        f"did anything that begins with {quoted(kind[:-1])}" if kind.endswith("*") else f"did {quoted(kind)}"
    )


def do(kind: str) -> str:
    """What somebody did not do: `did not` and then `buy`, `do ‘login’`."""
    if kind in INFINITIVES:
        return INFINITIVES[kind]
    return did(kind).replace("did", "do", 1)


def where_clause(where: tuple[Property, ...]) -> str:
    """` where total is at least 5`, with a space in front; nothing where there are no tests."""
    if not where:
        return ""
    tests = (
        _test(plain(test.name), test.op, test.value, read=AMOUNT if test.name == AMOUNT else "")
        + (" (or is not known)" if OPERATORS[test.op].negates and test.op != "is_not_set" else "")
        for test in where
    )
    return f" where {' and '.join(tests)}"


def _interaction(rule: Interaction, *, denied: bool = False) -> str:
    where, when = where_clause(rule.where), window(rule.window)
    what = f"did not {do(rule.kind)}" if denied else did(rule.kind)
    if rule.pick:
        found = f"{rule.pick} time ever was{when or ' at any time'}{where}"
        return f"{did(rule.kind)}, and the {found}"
    if rule.measure is None:
        return f"{what}{when}{where}"
    return f"{_measured(rule, rule.measure, what, or_never='' if denied else _or_never(rule))}{when}{where}"


def _measured(rule: Interaction, measure: Measure, what: str, *, or_never: str) -> str:
    if measure.fn == "count":
        if rule.op in ("eq", "ne") and rule.value == 0:
            return f"never {what}" if rule.op == "eq" else f"{what} at all"
        return f"{what} {_often(rule)}{or_never}"
    asked, one = f"{compared(rule)}{or_never}", "" if rule.value == 1 else "s"
    if measure.fn in DISTINCT:
        return f"{what} {DISTINCT[measure.fn].format(number=asked)}{one}"
    if measure.fn == "distinct":
        return f"{what} with {asked} different value{one} of {quoted(measure.property or '')}"
    if measure.property == AMOUNT and measure.fn in ("sum", "average"):
        return f"{what} for {asked} {'in total' if measure.fn == 'sum' else 'on average'}"
    return f"{what} with {MEASURED[measure.fn].format(name=quoted(measure.property or ''))} {asked}"


def compared(rule: Interaction) -> str:
    """What a measure is asked to be: `at least 3`, `at least 1,000`."""
    assert rule.op is not None
    assert rule.measure is not None
    property = rule.measure.property
    read = (
        COUNT if property is None or rule.measure.fn == "distinct" else AMOUNT if property == AMOUNT else ""
    )
    if rule.op == "between":
        return f"between {_figure(rule.value[0], read)} and {_figure(rule.value[1], read)}"
    return f"{COMPARED[rule.op]} {_figure(rule.value, read)}"


def _figure(value: Any, read: str) -> str:
    """A value, grouped where it is read as a count or an amount; other numbers may be years, or names of things."""
    return grouped(value, money=read == AMOUNT) if read and isinstance(value, Decimal) else shown(value)


def _often(rule: Interaction) -> str:
    if rule.op != "between" and rule.value in TIMES:
        return f"{COMPARED[rule.op or '']} {TIMES[rule.value]}"
    return f"{compared(rule)} times"


def _or_never(rule: Interaction) -> str:
    """Said where people who never did it belong too."""
    assert rule.measure is not None
    if rule.measure.fn in ("average", "minimum", "maximum"):
        return " (or never)" if rule.op == "ne" else ""
    low, high = rule.value if rule.op == "between" else (rule.value, rule.value)
    zero = {"eq": low == 0, "ne": low != 0, "gt": low < 0, "gte": low <= 0, "lt": high > 0, "lte": high >= 0}
    holds = low <= 0 <= high if rule.op == "between" else zero[rule.op or ""]
    return " (or never)" if holds else ""


def _sequence(rule: Sequence) -> str:
    first, *rest = rule.steps
    text = f"{did(first.kind)}{window(rule.window)}{where_clause(first.where)}"
    for step in rest:
        text += f", {_then(step)} within {span(rule.within)}{where_clause(step.where)}"
    return text


def _then(step: Step) -> str:
    return f"then never {did(step.kind)}" if step.absent else f"then {did(step.kind)}"


def _regular(rule: Regular, what: str) -> str:
    times = "" if rule.times == 1 else f" at least {rule.times} times"
    last = f"the last {rule.of_last} block{'' if rule.of_last == 1 else 's'} of {span(rule.every)}"
    return f"{what}{times} in at least {rule.at_least} of {last}{where_clause(rule.where)}"


def _membership(rule: Membership, labels: Labels) -> str:
    name = label_of_segment(rule.segment, labels)
    never = "" if rule.inside else " not"
    if rule.held:
        return f"who have{never} been in the segment {name} without a break for {span(rule.held)}"
    return f"who are{never} in the segment {name}"


def span(length: Span) -> str:
    """`7 days`, `1 month`."""
    return f"{length.number} {length.unit}{'' if length.number == 1 else 's'}"


def window(when: Window | None) -> str:
    """` in the last 90 days`, with a space in front; nothing where there is no window."""
    if when is None:
        return ""
    if when.form == "last":
        one = when.spans[0].number == 1
        return f" in the last {when.spans[0].unit if one else span(when.spans[0])}"
    if when.form == "before_last":
        return f" more than {span(when.spans[0])} ago"
    if when.form == "between_ago":
        return f" between {span(when.spans[0])} and {span(when.spans[1])} ago"
    if when.form == "period":
        return f" {when.period.replace('_', ' ')}" if "_" in when.period else f" {when.period}"
    start = f" from {dated(when.start)}" if when.start else ""
    if not when.end:
        return start
    # A day is counted in whole; an instant is where it ends.
    return f"{start} {'to' if moment(when.end)[0] == 'day' else 'until'} {dated(when.end)}"
