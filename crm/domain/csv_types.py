"""Finds out what the columns of a file hold, from all its rows in one pass."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crm.domain.attributes import AttributeType
from crm.domain.csv_rows import Record
from crm.domain.identifiers import trimmed
from crm.domain.values import (
    COMMA,
    DIGITS_KEPT,
    DMY,
    MDY,
    POINT,
    YMD,
    date_parts,
    is_day_without_year,
    read_date,
    read_decimal,
    split_instant,
)

SEEN_KEPT = 20_000
SAMPLES = 6
MONTH_FIRST_COUNTRIES = ("US", "PH")
_LEADING_ZEROS = re.compile(r"-?0\d")
_LIST = re.compile(r'"[^"]*"(?:\s*,\s*"[^"]*")+|\[.*\]')
_NO_NUMBER = re.compile(r"\+|.*[eE](?![+-])")
_YEAR_FIRST = re.compile(r"\d{4}\D|--")


class Tally:
    """What the values of one column have in common. `open` while that may still be anything but text."""

    def __init__(self) -> None:
        self.point = self.comma = self.days = self.instants = self.flags = self.lists = True
        self.seen: set[str] = set()
        self.orders: Counter[str] = Counter()
        self.readable = self.any = False
        self.midnight = True

    @property
    def open(self) -> bool:
        return self.point or self.comma or self.days or self.instants or self.flags or self.lists

    def look(self, cell: str) -> None:
        """Take one cell into account."""
        if len(self.seen) < SEEN_KEPT:
            self.seen.add(cell)
        text = trimmed(cell)
        if not text:
            return
        self.any = True
        if self.point or self.comma:
            self._as_number(text)
        if self.days or self.instants:
            self._as_moment(text)
        if self.flags and text.casefold() not in ("true", "false"):
            self.flags = False
        if self.lists and not _LIST.fullmatch(text):
            self.lists = False

    def _as_number(self, text: str) -> None:
        # Postcodes and ids are texts of digits: a leading zero or more digits than a number keeps gives them away.
        if (
            _LEADING_ZEROS.match(text)
            or _NO_NUMBER.match(text)
            or (len(text) > DIGITS_KEPT and text.lstrip("-").isdigit())
        ):
            self.point = self.comma = False
            return
        self.point = self.point and read_decimal(text, POINT) is not None
        self.comma = self.comma and read_decimal(text, COMMA) is not None

    def _as_moment(self, text: str) -> None:
        timed = split_instant(text)
        day = timed["date"] if timed else text
        parts = date_parts(day, DMY)
        if parts is None:
            self.instants = False
            self.days = self.days and is_day_without_year(text)
            return
        if timed:
            self.midnight = self.midnight and not timed["zone"] and _is_midnight(timed)
            self.days = self.days and self.midnight
        order = YMD if _YEAR_FIRST.match(day) else ""
        if order:
            self.orders[YMD] += 1
            self.readable = self.readable or read_date(day, YMD) is not None
            return
        for candidate in (DMY, MDY):
            if read_date(day, candidate) is not None:
                self.orders[candidate] += 1
                self.readable = True
        self.orders["dotted"] += "." in day

    def kind(self, decimal: str) -> AttributeType:
        """The type all values share."""
        if not self.any:
            return AttributeType.TEXT
        if self.point if decimal == POINT else self.comma:
            return AttributeType.NUMBER
        if self.flags:
            return AttributeType.YES_NO
        if self.days and self.readable:
            return AttributeType.DATE
        if self.instants and self.readable:
            return AttributeType.INSTANT
        return AttributeType.LIST if self.lists else AttributeType.TEXT


def _is_midnight(timed: re.Match[str]) -> bool:
    zeros = (timed["hour"], timed["minute"], timed["second"] or "0", timed["part"] or "0")
    return timed["half"] is None and not any(part.strip("0") for part in zeros)


@dataclass(frozen=True)
class Findings:
    """What one pass over the rows found. `rows` is their number; `sure_of_order`: the dates left no doubt."""

    rows: int
    types: tuple[AttributeType, ...]
    date_order: str
    sure_of_order: bool
    decimal: str
    samples: tuple[tuple[str, ...], ...]


def look_through(
    rows: Iterable[Record], width: int, *, country: str, date_order: str = "", decimal: str = ""
) -> Findings:
    """What the columns hold, told from all rows; `date_order` and `decimal` where somebody knows better."""
    tallies = [Tally() for _ in range(width)]
    undecided = list(enumerate(tallies))
    samples: list[tuple[str, ...]] = []
    count = 0
    for count, record in enumerate(rows, 1):  # noqa: B007
        if record.fault:
            continue
        cells = record.cells
        if len(samples) < SAMPLES:
            samples.append(tuple(cell[:120] for cell in cells) + ("",) * (width - len(cells)))
        closed = False
        for position, tally in undecided:
            if position < len(cells) and cells[position] and cells[position] not in tally.seen:
                tally.look(cells[position])
                closed = closed or not tally.open
        if closed:
            for _, tally in undecided:
                if not tally.open:
                    tally.seen = set()
            undecided = [(position, tally) for position, tally in undecided if tally.open]
    order, sure = _date_order(tallies, country)
    decimal = decimal or _decimal(tallies)
    return Findings(
        rows=count,
        types=tuple(tally.kind(decimal) for tally in tallies),
        date_order=date_order or order,
        sure_of_order=sure or bool(date_order),
        decimal=decimal,
        samples=tuple(samples),
    )


def _date_order(tallies: Sequence[Tally], country: str) -> tuple[str, bool]:
    """The order in which more dates of the file exist; where they do not tell, what the country is used to."""
    votes: Counter[str] = Counter()
    for tally in tallies:
        if tally.days or tally.instants:
            votes.update(tally.orders)
    if votes[DMY] != votes[MDY]:
        return (DMY if votes[DMY] > votes[MDY] else MDY), True
    if not votes[DMY]:
        return YMD, True
    if votes["dotted"]:
        return DMY, True
    return (MDY if country in MONTH_FIRST_COUNTRIES else DMY), False


def _decimal(tallies: Sequence[Tally]) -> str:
    """The decimal sign by which more columns are numbers; a point where it makes no difference."""
    point = sum(tally.any and tally.point for tally in tallies)
    comma = sum(tally.any and tally.comma for tally in tallies)
    return COMMA if comma > point else POINT
