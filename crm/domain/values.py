"""Reads one text of a file as a number, yes or no, a date, an instant or a list, by the conventions of that file."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal

from crm.domain.attributes import AttributeType
from crm.domain.identifiers import trimmed

Value = str | int | float | bool | list[str]
POINT, COMMA = ".", ","
YMD, DMY, MDY = "ymd", "dmy", "mdy"
DATE_ORDERS = (YMD, DMY, MDY)
DIGITS_KEPT = 15  # so many digits survive a float exactly


@dataclass(frozen=True)
class Conventions:
    """How a file writes numbers and dates, and the zone of its instants without offset."""

    date_order: str
    decimal: str
    zone: tzinfo = UTC


_PLAIN = {
    POINT: re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:(?:(?<=\.\d)|(?<=\.\d\d)|(?<=\d))[eE][+-]?\d{1,3})?"),
    COMMA: re.compile(r"-?(?:\d+(?:,\d*)?|,\d+)"),
}
_GROUPED = {
    POINT: re.compile(r"-?\d{1,3}(?:(?:,\d{3})+|(?:'\d{3})+|(?: \d{3})+)(?:\.\d+)?"),
    COMMA: re.compile(r"-?\d{1,3}(?:(?:\.\d{3})+|(?:'\d{3})+|(?: \d{3})+)(?:,\d+)?"),
}
_CURRENCY = re.compile(r"^(-?)\s*(?:[€$£¥]|EUR|USD|GBP|CHF)\s*(-?)|\s*(?:[€$£¥]|EUR|USD|GBP|CHF)$")
_SIGNS = str.maketrans({"\u2212": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "’": "'"})


def read_decimal(text: str, decimal: str = POINT) -> Decimal | None:
    """The exact number: `1.234,56`, `1,234.56`, `€ 5,00`, `-15,5`; None where it is none."""
    if not _PLAIN[decimal].fullmatch(text):
        text = trimmed(_CURRENCY.sub(r"\1\2", text.translate(_SIGNS)))
        if _GROUPED[decimal].fullmatch(text):
            thousands = COMMA if decimal == POINT else POINT
            text = text.replace(thousands, "").replace("'", "").replace(" ", "")
        elif not _PLAIN[decimal].fullmatch(text):
            return None
    return Decimal(text.replace(COMMA, POINT) if decimal == COMMA else text)


def json_number(number: Decimal) -> int | float | str:
    """The number as JSON keeps it exactly: a whole number, a float that means just this, else its digits as text."""
    if number == number.to_integral_value():
        return int(number)
    near = float(number)
    return near if Decimal(repr(near)) == number else str(number.normalize())


_YES = {"true", "yes", "y", "1", "ja", "j", "oui", "sí", "si", "on", "x", "wahr", "vrai"}
_NO = {"false", "no", "n", "0", "nein", "non", "off", "falsch", "faux"}


def read_yes_no(text: str) -> bool | None:
    """True, False, or None where it is neither."""
    word = text.casefold()
    if word in _YES:
        return True
    return False if word in _NO else None


_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ .-]+([A-Za-z]{3,9})\.?,?[ -]+(\d{4})")
_MONTH_DAY = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_NO_YEAR = re.compile(r"--(\d{2})-(\d{2})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CENTURY_TURNS = 69  # as POSIX reads two digits of a year: 69 is 1969, 68 is 2068


def date_parts(text: str, order: str) -> tuple[int, int, int] | None:
    """(year, month, day) as written, possible or not; None where the text has not the shape of a date."""
    if match := _YEAR_FIRST.fullmatch(text):
        return int(match[1]), int(match[3]), int(match[4])
    if match := _YEAR_LAST.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if len(match[4]) == 2:
            year += 1900 if year >= _CENTURY_TURNS else 2000
        return (year, first, second) if order == MDY else (year, second, first)
    if match := _DAY_MONTH.fullmatch(text):
        month, day, year_text = match[2], match[1], match[3]
    elif match := _MONTH_DAY.fullmatch(text):
        month, day, year_text = match[1], match[2], match[3]
    else:
        return None
    name = month.casefold()[:3]
    return (int(year_text), _MONTHS.index(name) + 1, int(day)) if name in _MONTHS else None


def read_date(text: str, order: str) -> date | None:
    """The day; None where there is no such day."""
    parts = date_parts(text, order)
    if parts is None and (match := _COMPACT.fullmatch(text)):
        parts = int(match[1]), int(match[2]), int(match[3])
    try:
        return date(*parts) if parts else None
    except ValueError:
        return None


def is_day_without_year(text: str) -> bool:
    """True for `--03-07`, as address books write a birthday whose year they do not know."""
    match = _NO_YEAR.fullmatch(text)
    return bool(match) and read_date(f"2024-{match[1]}-{match[2]}", YMD) is not None  # type: ignore[index]


_TIME = re.compile(
    r"(?P<date>.+?)(?:T|,? +)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?"
    r" ?(?P<half>[AaPp])?(?(half)\.?[Mm]\.?)"
    r" ?(?P<zone>[Zz]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
)


def split_instant(text: str) -> re.Match[str] | None:
    """The parts of a text with the shape of a day and a time: `date`, `hour`, `minute`, …, `zone`."""
    return _TIME.fullmatch(text)


def read_instant(text: str, conventions: Conventions) -> datetime | None:
    """The instant, aware; a plain day is its midnight in the zone. None where it cannot be read."""
    match = _TIME.fullmatch(text)
    day = read_date(match["date"] if match else text, conventions.date_order)
    if day is None or not 2 <= day.year <= 9998:
        return None
    if match is None:
        return datetime(day.year, day.month, day.day, tzinfo=conventions.zone)
    hour = int(match["hour"])
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"] in "pP" else 0)
    try:
        return datetime(
            day.year,
            day.month,
            day.day,
            hour,
            int(match["minute"]),
            int(match["second"] or 0),
            int((match["part"] or "0")[:6].ljust(6, "0")),
            tzinfo=_zone(match["zone"], conventions.zone),
        )
    except ValueError:
        return None


def _zone(text: str | None, default: tzinfo) -> tzinfo:
    if not text:
        return default
    if text[0] not in "+-":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:] if len(text) > 3 else 0)
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def read_list(text: str) -> list[str]:
    """The items of a cell: a JSON list, `"VIP","denver, co"`, `a ::: b`, `a;b`, `a|b`, `a, b` or one a line."""
    if text.startswith("[") and text.endswith("]"):
        try:
            return _items(str(item) for item in json.loads(text))
        except (ValueError, RecursionError):
            pass
    if '"' in text:
        return _items(next(csv.reader([text.replace("\n", ",")], skipinitialspace=True), []))
    for separator in (" ::: ", "\n", ";", "|", ","):
        if separator in text:
            return _items(text.split(separator))
    return _items([text])


def _items(texts: Iterable[str]) -> list[str]:
    # Google writes its own labels as `* myContacts`.
    return list(dict.fromkeys(item for item in (trimmed(text).removeprefix("* ") for text in texts) if item))


def _read_number(text: str, conventions: Conventions) -> Value | None:
    number = read_decimal(text, conventions.decimal)
    return None if number is None else json_number(number)


def _read_instant_or_day(text: str, conventions: Conventions) -> Value | None:
    """An instant; a plain day stays a plain day, for the rules tell the two apart by the value."""
    day = read_date(text, conventions.date_order)
    if day is not None:
        return day.isoformat()
    moment = read_instant(text, conventions)
    return moment.isoformat() if moment else None


def _read_day(text: str, conventions: Conventions) -> Value | None:
    """A day; an instant at midnight is one too, for so programs write days."""
    day = read_date(text, conventions.date_order)
    if day is not None:
        return day.isoformat()
    if is_day_without_year(text):
        return text
    moment = read_instant(text, conventions)
    if moment is None or moment.hour or moment.minute or moment.second or moment.microsecond:
        return None
    return moment.date().isoformat()


READERS: dict[str, Callable[[str, Conventions], Value | None]] = {
    AttributeType.TEXT: lambda text, _: text,
    AttributeType.NUMBER: _read_number,
    AttributeType.YES_NO: lambda text, _: read_yes_no(text),
    AttributeType.DATE: _read_day,
    AttributeType.INSTANT: _read_instant_or_day,
    AttributeType.LIST: lambda text, _: read_list(text),
}


def read_value(text: str, kind: str, conventions: Conventions) -> Value | None:
    """The JSON value of a trimmed, not empty text read as an attribute type; None where it cannot be read as that."""
    return READERS[kind](text, conventions)
