"""What was seen of a contact, in plain words: `bought 3 times in the last 90 days, last on 12 March 2026`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from segments.engine.judging.block import Block
from segments.engine.judging.evaluate import Judgement
from segments.engine.language import moments
from segments.engine.language.naming import Labels, label_of_attribute, label_of_segment, quoted
from segments.engine.language.rules import Attribute, Condition, Interaction, Membership, Regular, Sequence
from segments.engine.language.sentence import compared, did, phrase, shown, span, where_clause, window
from segments.engine.language.values import plain_number
from segments.engine.why import seen

# What people would do, for kinds that have a verb of their own.
TO_DO = {
    "purchase": "they buy",
    "page_view": "they view a page",
    "email_opened": "they open an e-mail",
    "email_clicked": "they click in an e-mail",
    "email": "an e-mail is exchanged",
    "call": "there is a call",
    "meeting": "there is a meeting",
    "ticket": "they open a ticket",
    "survey": "they answer a survey",
    "return": "they return something",
}
COUNTED = {0: "never", 1: "once", 2: "twice"}
DISTINCT = {"distinct_days": "day", "distinct_weeks": "week", "distinct_months": "month"}
LISTED = 8


@dataclass(frozen=True)
class Happening:
    """One interaction that is named: its place among the contact's own (by instant, then as recorded)."""

    row: int
    kind: str
    at: int

    @property
    def when(self) -> datetime:
        """The instant, in UTC."""
        return moments.to_datetime(self.at)


@dataclass(frozen=True)
class Told:
    """`seen`: the facts in words. `lacking`: what would have been needed, where they were not enough.

    `value`: the attribute's value or the measured figure, as JSON. `since`: since when a log says it has been so.
    """

    seen: str
    lacking: str = ""
    value: Any = None
    happenings: tuple[Happening, ...] = ()
    since: int | None = None


def tell(judged: Judgement, part: Condition, holds: bool, wanted: bool, labels: Labels) -> Told:
    """What a condition saw of the one contact of the block."""
    block = judged.block
    lacking = ""
    if holds != wanted:
        lacking = f"needed: {bare(part, labels)}" if wanted else _unwanted(part, labels)
    if isinstance(part, Attribute):
        return _attribute(block, part, labels, lacking)
    if isinstance(part, Interaction):
        return _interaction(block, part, holds, wanted, lacking)
    if isinstance(part, Sequence):
        return _sequence(block, part, lacking)
    if isinstance(part, Regular):
        return _regular(block, part, holds, wanted, lacking)
    return _membership(judged, part, labels, lacking)


def bare(part: Condition, labels: Labels) -> str:
    """What a condition asks, without the `who` or `whose` it begins with."""
    return phrase(part, labels).removeprefix("whose ").removeprefix("who ")


def _unwanted(part: Condition, labels: Labels) -> str:
    if isinstance(part, Attribute | Membership):
        return "must not be so"
    return f"must not have {bare(part, labels)}".replace("have did ", "have done ").replace(
        "have never ", "have not "
    )


def on(instant: int, zone: ZoneInfo) -> str:
    """A day in words: `12 March 2026`."""
    day: datetime = moments.to_datetime(instant).astimezone(zone)
    return f"{day.day} {day:%B} {day.year}"


def unless(turned: Iterable[Condition], labels: Labels) -> str:
    """What would keep the answer from changing: `they buy or ‘Plan’ changes`."""
    found = dict.fromkeys(_stop(part, labels) for part in turned)
    return " or ".join(list(found)[:3])


def _stop(part: Condition, labels: Labels) -> str:
    if isinstance(part, Attribute):
        return f"{label_of_attribute(part.name, labels)} changes"
    if isinstance(part, Membership):
        return (
            f"they {'leave' if part.inside else 'enter'} the segment {label_of_segment(part.segment, labels)}"
        )
    kind = part.steps[-1].kind if isinstance(part, Sequence) else part.kind
    return TO_DO.get(kind) or f"they do {quoted(kind.removesuffix('*'))}"


def _attribute(block: Block, part: Attribute, labels: Labels, lacking: str) -> Told:
    value = seen.attribute_value(block, part)
    label, zone = label_of_attribute(part.name, labels), block.plan.zone
    text = f"{label} is not known" if value is None else f"{label} is {_value(value, zone)}"
    since = seen.held_since(block, part) if part.held_for else None
    if since is not None:
        text += f", so since {on(since, zone)}"
    elif part.held_for:
        text += ", since when is not recorded"
    return Told(text, lacking, value, since=since)


def _value(value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, list):
        listed = [_value(item, zone) for item in value[:LISTED]]
        return ", ".join(listed) + (f" and {len(value) - LISTED} more" if len(value) > LISTED else "")
    if isinstance(value, str):
        day, instant = moments.read_moment(value, zone)
        if day is not None and moments.FIRST_DAY <= day <= moments.LAST_DAY:
            date = moments.day_as_date(day)
            return f"{date.day} {date:%B} {date.year}"
        if instant is not None and moments.FIRST_DAY <= instant // moments.DAY_US <= moments.LAST_DAY:
            return f"{on(instant, zone)}, {moments.to_datetime(instant).astimezone(zone):%H:%M}"
        return quoted(value if len(value) <= 120 else f"{value[:119]}…")
    if isinstance(value, bool):
        return shown(value)
    return plain_number(Decimal(str(value))) if isinstance(value, int | float | Decimal) else "nested data"


def _happenings(block: Block, rows: Any) -> tuple[Happening, ...]:
    """The newest few of some rows, newest first."""
    population = block.population
    newest = [int(row) for row in np.sort(np.asarray(rows, np.int64))[::-1][: seen.NAMED]]
    return tuple(
        Happening(row, population.kinds[int(population.kind[row])], int(population.at[row])) for row in newest
    )


def _interaction(block: Block, part: Interaction, holds: bool, wanted: bool, lacking: str) -> Told:
    zone = block.plan.zone
    found = seen.interaction(block, part)
    named = _happenings(block, found.rows)
    if part.pick:
        text = f"never {did(part.kind)}"
        if named:
            text = f"{did(part.kind)} for the {part.pick} time on {on(named[0].at, zone)}"
        return Told(text, lacking, happenings=named)
    text = _figure(part, found)
    if named:
        text += f", last on {on(named[0].at, zone)}"
    elif found.outside is not None:
        text += f"; the last time was on {on(int(block.population.at[found.outside]), zone)}"
    if part.measure is not None and holds != wanted:
        lacking = f"{'needed' if wanted else 'must not be'} {compared(part)}"
    return Told(text, lacking, None if found.figure is None else _json(found.figure), named)


def _figure(part: Interaction, found: seen.Figures) -> str:
    what, where = did(part.kind), f"{window(part.window)}{where_clause(part.where)}"
    if part.measure is None or part.measure.fn == "count":
        number = int(found.figure or 0)
        times = COUNTED.get(number) or f"{number} times"
        return f"{what} {times}{where}" if number else f"never {what}{where}"
    name = quoted(part.measure.property or "")
    if found.figure is None:
        return f"never {what} with a {name} that is a number{where}"
    figure, fn = _said(found.figure, money=part.measure.property == "amount"), part.measure.fn
    ending = "" if found.figure == 1 else "s"
    if fn in DISTINCT:
        return f"{what} on {figure} different {DISTINCT[fn]}{ending}{where}"
    words = {
        "distinct": f"with {figure} different value{ending} of {name}",
        "sum": f"with {name} adding up to {figure}",
        "average": f"with {name} {figure} on average",
        "minimum": f"with the lowest {name} {figure}",
        "maximum": f"with the highest {name} {figure}",
    }
    if part.measure.property == "amount" and fn in ("sum", "average"):
        words = {"sum": f"for {figure} in total", "average": f"for {figure} on average"}
    return f"never {what}{where}" if not len(found.rows) else f"{what} {words[fn]}{where}"


def _json(figure: Fraction) -> int | str:
    return int(figure) if figure.denominator == 1 and abs(figure) < 2**53 else _plain(figure)


def _plain(figure: Fraction) -> str:
    """A figure as people read it: exact where its digits end soon, else rounded and called so."""
    rounded = round(figure, 4)
    text = plain_number(Decimal(rounded.numerator) / Decimal(rounded.denominator))
    return text if rounded == figure else f"about {text}"


def _said(figure: Fraction, *, money: bool = False) -> str:
    """A figure as people say it: grouped by thousands, two digits after the point, "about" where that is not all.

    `money`: `1,370.20`, never `1,370.2`.
    """
    rounded = round(figure, 2 if abs(figure) >= 1 else 4)
    text = plain_number(Decimal(rounded.numerator) / Decimal(rounded.denominator))
    whole, point, digits = text.partition(".")
    if money and digits:
        digits = digits.ljust(2, "0")
    grouped = f"{int(whole):,}" if whole.lstrip("-").isdigit() and int(whole) else whole
    return f"{'' if rounded == figure else 'about '}{grouped}{point}{digits}"


def _sequence(block: Block, part: Sequence, lacking: str) -> Told:
    zone, rows = block.plan.zone, seen.chain(block, part)
    if rows:
        named = tuple(reversed(_happenings(block, rows)))
        text = ", then ".join(f"{did(one.kind)} on {on(one.at, zone)}" for one in named)
        if part.steps[-1].absent:
            text += f", then never {did(part.steps[-1].kind)} within {span(part.within)}"
        return Told(text, lacking, happenings=named)
    told: list[str] = []
    last: list[Happening] = []
    for step in part.steps:
        newest = _happenings(block, seen.rows_of(block, step))[:1]
        last += newest
        what = f"{did(step.kind)}{where_clause(step.where)}"
        told.append(f"{what} last on {on(newest[0].at, zone)}" if newest else f"never {what}")
    return Told("; ".join(dict.fromkeys(told)), lacking, happenings=tuple(dict.fromkeys(last)))


def _regular(block: Block, part: Regular, holds: bool, wanted: bool, lacking: str) -> Told:
    full, rows = seen.regular(block, part)
    often = "" if part.times == 1 else f" at least {part.times} times"
    blocks = f"in {full} of the last {part.of_last} blocks of {span(part.every)}"
    text = f"{did(part.kind)}{often} {blocks}{where_clause(part.where)}"
    if holds != wanted:
        lacking = f"{'needed' if wanted else 'must not be'} at least {part.at_least}"
    return Told(text, lacking, full, _happenings(block, rows))


def _membership(judged: Judgement, part: Membership, labels: Labels, lacking: str) -> Told:
    plain = Membership(part.segment, inside=True)
    inside = bool(judged.truth(plain)[0])
    name, zone = label_of_segment(part.segment, labels), judged.plan.zone
    text = f"is {'' if inside else 'not '}in the segment {name}"
    standing = judged.given.get(part.segment)
    since = None
    if inside and standing is not None and standing.since is not None and standing.members[0]:
        since = int(standing.since[0])
        since = since if since > -moments.EVER else None
        text += f" since {on(since, zone)}" if since is not None else ""
    return Told(text, lacking, inside, since=since)
