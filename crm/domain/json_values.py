"""Reads JSON from strangers: exact numbers, nothing a database or another program would choke on."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn

DEEPEST = 64
LONGEST_TEXT = 100_000
MOST_DIGITS = 40


class BadJson(ValueError):
    """The text is not JSON that can be kept. Its message is a sentence for the sender."""


def read_json(raw: bytes) -> Any:
    """The value that `raw` spells in UTF-8; numbers with a point come as Decimal. Raises `BadJson`."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadJson(f"The body is not UTF-8 text: byte {error.start + 1} cannot be read.") from error
    try:
        value = json.loads(text, parse_float=Decimal, parse_int=_whole, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise BadJson(
            f"The body is not JSON: {error.msg}, line {error.lineno} column {error.colno}."
        ) from error
    except RecursionError as error:
        raise BadJson(f"The body is nested deeper than {DEEPEST} levels.") from error
    if _deeper_than(value, DEEPEST):
        raise BadJson(f"The body is nested deeper than {DEEPEST} levels.")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise BadJson(f"{name} is not a JSON number. Leave the field out or write null.")


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise BadJson(f"A number has more than {MOST_DIGITS} digits. Send it as text.")
    return int(digits)


def _deeper_than(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [
            inner
            for outer in layer
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not layer:
            return False
    return True


def faults(value: Any, path: str = "") -> dict[str, str]:
    """What in a value cannot be kept: JSON pointer -> sentence. Empty when all is well."""
    found: dict[str, str] = {}
    if isinstance(value, str):
        sentence = text_fault(value)
        if sentence:
            found[path] = sentence
    elif isinstance(value, Decimal):
        if (
            not value.is_finite()
            or abs(value.adjusted()) > MOST_DIGITS
            or len(value.as_tuple().digits) > MOST_DIGITS
        ):
            found[path] = "This number is too large or too long to be kept exactly. Send it as text."
    elif isinstance(value, dict):
        for key, inner in value.items():
            sentence = text_fault(key)
            if sentence:
                found[path] = f"A name in here is wrong. {sentence}"
            else:
                found |= faults(inner, f"{path}/{escaped(key)}")
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            found |= faults(inner, f"{path}/{position}")
    return found


def escaped(name: str) -> str:
    """A name as one step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def text_fault(text: str) -> str:
    """The sentence that says why this text cannot be kept, or nothing."""
    if len(text) > LONGEST_TEXT:
        return f"This text is longer than {LONGEST_TEXT:,} characters."
    if "\x00" in text:
        return "This text holds a NUL character; take it out."
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return "This text holds half of a surrogate pair, which is no character; take it out."
    return ""


def storable(value: Any) -> Any:
    """The same value with each Decimal as a plain JSON number where that is exact, else as its digits in text."""
    if isinstance(value, Decimal):
        number = float(value)
        return number if Decimal(repr(number)) == value else str(value)
    if isinstance(value, dict):
        return {key: storable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [storable(inner) for inner in value]
    return value
