"""A rule as one plain English sentence: units, windows and missing values said exactly, brackets only where needed.

Two rules of different meaning have different sentences: what people wrote stands in quotation marks wherever it could
be taken for a word of the sentence, two things of one name are told apart, a list too long to read has its own sign.
What is written from the right stands in a bidirectional isolate, and signs that turn text round are spelled out, so
that nothing a person wrote moves the words around it.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from segments.engine.language import moments
from segments.engine.language.canonical import moment, scalar
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
from segments.engine.language.wording import COMPARED, DISTINCT, MEASURED, MONTHS, TIMES, VERBS, WORDS

Labels = Mapping[str, str]
LISTED = 12
COUNT, AMOUNT = "count", "amount"  # amounts are money, in whatever currency each was paid
_THOUSANDS = re.compile(r"(?<=\d)(?=(?:\d{3})+$)")
# Where a name ends and its operator begins, and how the next part of a sentence begins.
_VERBS = {words.split()[0] for words in WORDS.values()} | {"had"}
_OPENING = {"who", "whose", "not", "either"}
_PLAIN = re.compile(r"[^\W_][\w.-]*( [\w.-]+)*")
# Marks, embeddings, overrides and isolates of the bidirectional algorithm (UAX 9): they cannot be seen, only felt.
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MARKS = re.compile(rf"[‘’\x00-\x1f\x7f\u2028\u2029]|{_TURNS.pattern}")
_FROM_THE_RIGHT = {"R", "AL", "AN"}
_ISOLATED = "\u2068{}\u2069"  # FIRST STRONG ISOLATE … POP DIRECTIONAL ISOLATE


def write(rule: Rule, labels: Labels) -> str:
    """The sentence of a checked rule. `labels` says what people call attributes and segments."""
    if says_nothing(rule):
        return "Nobody: this rule says nothing yet."
    text = _rule(rule, labels, outer=None)
    return f"Customers {text.replace('not those ', 'except those ', 1) if text.startswith('not those ') else text}."


def phrase(rule: Rule, labels: Labels) -> str:
    """A part of a rule as it stands in the sentence: `who bought at least 3 times`."""
    return _rule(rule, labels, outer=None)


def label_of_segment(slug: str, labels: Labels) -> str:
    """What people call a segment, with its address where another has the same name."""
    name = labels.get(segment_key(slug), slug)
    same = sum(1 for key, label in labels.items() if label == name and key.startswith(_SEGMENT))
    return quoted(name) if same < 2 else f"{quoted(name)} ({slug})"


_SEGMENT = "segment:"


def segment_key(slug: str) -> str:
    """Under what `labels` holds the name of a segment; an attribute is held under its own name."""
    return f"{_SEGMENT}{slug}"


def label_of_attribute(name: str, labels: Labels) -> str:
    """What people call an attribute, with its own name where that could be taken for another's."""
    label = labels.get(name)
    if label is None:
        return quoted(name) if name in labels.values() else _plain(name)
    if label != name and sum(1 for other in labels.values() if other == label) > 1:
        return f"{_plain(label)} ({quoted(name)})"
    return _plain(label)


def quoted(text: str) -> str:
    """What people wrote, so that it can be taken for nothing else."""
    if not _MARKS.search(text):
        return f"‘{_isolated(text)}’"
    spelled = json.dumps(text, ensure_ascii=False)
    return _isolated(_TURNS.sub(lambda sign: f"\\u{ord(sign[0]):04x}", spelled))


def _isolated(text: str) -> str:
    """Text with a letter or digit that is written from the right, kept from moving what stands beside it."""
    if text.isascii() or _FROM_THE_RIGHT.isdisjoint(map(unicodedata.bidirectional, text)):
        return text
    return _ISOLATED.format(text)


def _plain(name: str) -> str:
    words = name.split(" ")
    if not _PLAIN.fullmatch(name) or words[0] in _OPENING or not _VERBS.isdisjoint(words):
        return quoted(name)
    return _isolated(name)


def _rule(rule: Rule, labels: Labels, outer: type | None) -> str:
    if isinstance(rule, All | AnyOf):
        parts = [part for part in rule.parts if not says_nothing(part)]
        if len(parts) == 1:
            return _rule(parts[0], labels, outer)
        joint = " and " if isinstance(rule, All) else " or "
        *told, last = (_rule(part, labels, type(rule)) for part in parts)
        # What follows would be heard as left out, too.
        told = [f"({text})" if text.startswith("not those ") else text for text in told]
        text = joint.join((*told, last))
        if isinstance(rule, AnyOf):
            text = f"either {text}"
        return text if outer is None or outer is type(rule) is All else f"({text})"
    if isinstance(rule, Not):
        left_out = _rule(rule.part, labels, Not)
        return f"not those ({left_out})" if left_out.startswith("not those ") else f"not those {left_out}"
    if isinstance(rule, Attribute):
        return f"whose {_attribute(rule, labels)}"
    if isinstance(rule, Interaction):
        return f"who {_interaction(rule)}"
    if isinstance(rule, Sequence):
        return f"who {_sequence(rule)}"
    if isinstance(rule, Regular):
        return f"who {_regular(rule)}"
    return _membership(rule, labels)


def _attribute(rule: Attribute, labels: Labels) -> str:
    text = _test(label_of_attribute(rule.name, labels), rule.op, rule.value, rule.offset_days)
    if OPERATORS[rule.op].negates and rule.op != "is_not_set":
        text += " (or is not known)" if rule.empty else " (and is known)"
    if rule.held_for:
        text += f", without a break for {span(rule.held_for)}"
    return text


def _test(name: str, op: str, value: Any, offset: int = 0, *, read: str = "") -> str:
    if op == "anniversary" and offset:
        far = f"{abs(offset)} day{'' if abs(offset) == 1 else 's'}"
        return (
            f"{name} has its anniversary in {far}" if offset > 0 else f"{name} had its anniversary {far} ago"
        )
    words = f"{name} {WORDS[op]}"
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
    days = f"{abs(offset)} day{'' if abs(offset) == 1 else 's'}"
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


def where_clause(where: tuple[Property, ...]) -> str:
    """` where total is at least 5`, with a space in front; nothing where there are no tests."""
    if not where:
        return ""
    tests = (
        _test(_plain(test.name), test.op, test.value, read=AMOUNT if test.name == AMOUNT else "")
        + (" (or is not known)" if OPERATORS[test.op].negates and test.op != "is_not_set" else "")
        for test in where
    )
    return f" where {' and '.join(tests)}"


def _interaction(rule: Interaction) -> str:
    where, when = where_clause(rule.where), window(rule.window)
    if rule.pick:
        found = f"{rule.pick} time ever was{when or ' at any time'}{where}"
        return f"{did(rule.kind)}, and the {found}"
    if rule.measure is None:
        return f"{did(rule.kind)}{when}{where}"
    return f"{_measured(rule, rule.measure, did(rule.kind))}{when}{where}"


def _measured(rule: Interaction, measure: Measure, what: str) -> str:
    if measure.fn == "count":
        if rule.op == "eq" and rule.value == 0:
            return f"never {what}"
        return f"{what} {_often(rule)}{_or_never(rule)}"
    asked, one = f"{compared(rule)}{_or_never(rule)}", "" if rule.value == 1 else "s"
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


def _regular(rule: Regular) -> str:
    times = "" if rule.times == 1 else f" at least {rule.times} times"
    last = f"the last {rule.of_last} block{'' if rule.of_last == 1 else 's'} of {span(rule.every)}"
    return f"{did(rule.kind)}{times} in at least {rule.at_least} of {last}{where_clause(rule.where)}"


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
