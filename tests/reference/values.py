"""What a stored value is and how it compares: missing, text, number, yes or no. Written from rules.md alone."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.moments import is_instant, read_moment

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
LONGEST_EXPONENT = 1000


def is_missing(value: Any) -> bool:
    """Absent, null, an empty list, or text of white space. Zero and false are values."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def reach(data: dict[str, Any], name: str) -> Any:
    """The value of a name in nested data: an exact key wins over the dotted path."""
    if name in data:
        return data[name]
    place: Any = data
    for step in name.split("."):
        if not isinstance(place, dict) or step not in place:
            return None
        place = place[step]
    return place


def read_text(value: Any) -> str | None:
    """A value as text to compare: white space cut, NFC, casefold."""
    if isinstance(value, bool):
        value = "true" if value else "false"
    elif isinstance(value, int | float):
        value = plain_digits(value)
    if not isinstance(value, str):
        return None
    return unicodedata.normalize("NFC", value.strip()).casefold()


def plain_digits(number: float) -> str:
    """A number as people write it: no exponent, nothing needless; 10.0 is 10, -0.0 is 0."""
    text = format(Decimal(str(number)), "f") if number else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_number(value: Any) -> Fraction | None:
    """A value as an exact number; numeric text counts, yes and no do not."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Fraction(value)
    text = str(value).strip() if isinstance(value, float | str) else ""
    if not NUMBER.fullmatch(text):
        return None
    exponent = text.lower().partition("e")[2]
    if exponent and abs(int(exponent)) > LONGEST_EXPONENT:
        return None
    return Fraction(text)


def read_truth(value: Any) -> bool | None:
    """A value as yes or no: a boolean, or the texts true and false."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(read_text(value) or "") if isinstance(value, str) else None


def same(stored: Any, asked: Any, kind: str | None) -> bool:
    """The equality of `is`, for an attribute of this type; None where the values share no type."""
    if kind == "text":
        return read_text(stored) is not None and read_text(stored) == read_text(asked)
    if kind == "number":
        return read_number(stored) is not None and read_number(stored) == read_number(asked)
    if kind == "yes/no":
        return read_truth(stored) is not None and read_truth(stored) == read_truth(asked)
    if isinstance(stored, bool) or isinstance(asked, bool):
        return same(stored, asked, "yes/no")
    if read_number(stored) is not None and read_number(asked) is not None:
        return read_number(stored) == read_number(asked)
    return same(stored, asked, "text")


def type_of(value: Any, zone: ZoneInfo) -> str | None:
    """The type one value shows by itself."""
    if isinstance(value, bool):
        return "yes/no"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, list):
        return "list"
    if isinstance(value, str):
        moment = read_moment(value, zone)
        if moment is None:
            return "text"
        return "instant" if is_instant(moment) else "date"
    return None


def shared_type(values: list[Any], zone: ZoneInfo) -> str | None:
    """The type all values share; dates together with instants are instants; None where they share none."""
    kinds = {type_of(value, zone) for value in values if not is_missing(value)}
    if kinds == {"date", "instant"}:
        return "instant"
    return kinds.pop() if len(kinds) == 1 else None
