"""How one stored value is read: as text, exact number, yes/no, day or instant. What cannot be read is None."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from segments.engine.language.moments import read_moment
from segments.engine.language.rules import Scalar

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_UTC = ZoneInfo("UTC")
LARGEST = 10_000  # the most digits, or places after the point, of what is read as a number
NESTED = "nested"  # data of its own names: no type of the language
Key = tuple[str, Any]


def is_missing(value: Any) -> bool:
    """Absent, null, an empty list, or text of white space. Zero and false are values."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, list | tuple):
        return not value
    return False


def as_text(value: Any) -> str:
    """What a value looks like as text, outer white space cut, in NFC."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.strip())
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return plain_number(Decimal(str(value)))
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def plain_number(number: Decimal) -> str:
    """A number without exponent or empty decimals where that is short; zero has no sign."""
    if not number:
        return "0"
    if abs(number.adjusted()) > 40:
        return str(number)
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def json_number(number: Decimal) -> int | float | str:
    """An exact number as JSON keeps it: whole, or a float that reads back the same, else its digits as text."""
    if number == number.to_integral_value():
        return int(number)
    rough = float(number)
    return rough if Decimal(repr(rough)) == number else str(number)


def fold(value: Any) -> str:
    """Text as it is compared: NFC and casefold, accents count."""
    if isinstance(value, str) and value.isascii():
        return value.strip().lower()  # what the line below says, for most text there is
    return unicodedata.normalize("NFC", as_text(value).casefold())


def as_number(value: Any) -> Decimal | None:
    """An exact number from a number or numeric text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal):
        return value if value.is_finite() and abs(value.adjusted()) <= LARGEST else None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        read = Decimal(repr(value))
        return read if read.is_finite() else None
    if isinstance(value, str) and _NUMBER.fullmatch(text := value.strip()):
        try:
            return Decimal(text)
        except InvalidOperation:
            return None
    return None


def as_truth(value: Any) -> bool | None:
    """Yes or no from true/false or their texts."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return None


def equality_key(value: Any, type_name: str | None) -> Key | None:
    """What `is` compares: equal keys are equal values. None where the value cannot be read as the type."""
    if isinstance(value, dict):
        return None  # data with names of its own equals nothing
    if type_name == "text":
        return ("text", fold(value))
    if type_name == "yes/no":
        truth = as_truth(value)
        return None if truth is None else ("truth", truth)
    number = as_number(value)
    if number is not None:
        return ("number", number)
    if type_name == "number":
        return None
    truth = as_truth(value)
    return ("text", fold(value)) if truth is None else ("truth", truth)


def shared_type(values: Iterable[Any]) -> str | None:
    """The type all present values share, or None; dates together with instants are instants."""
    found: set[str] = set()
    for value in values:
        if is_missing(value):
            continue
        found.add(_type_of(value))
        if len(found) > 2:
            return None
    if NESTED in found:
        return None
    if found == {"date", "instant"}:
        return "instant"
    return found.pop() if len(found) == 1 else None


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "yes/no"
    if isinstance(value, int | float | Decimal):
        return "number"
    if isinstance(value, list | tuple):
        return "list"
    if isinstance(value, str):
        day, instant = read_moment(value, _UTC)
        return "text" if day is None and instant is None else "date" if instant is None else "instant"
    return NESTED


def scalar(value: Any) -> Scalar | None:
    """A JSON scalar as a rule keeps it; None for anything else."""
    if isinstance(value, bool | str):
        return value
    return as_number(value)
