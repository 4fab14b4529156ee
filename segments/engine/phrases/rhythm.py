"""How regularly something was done: every month, in at least 4 of the last 6 months."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segments.engine.phrases.numbers import quantity_at
from segments.engine.phrases.reader import Reader
from segments.engine.phrases.times import UNITS
from segments.engine.phrases.tokens import stem

if TYPE_CHECKING:
    from segments.engine.phrases.deeds import Did

_REGULARLY = {"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year"}


def every(reader: Reader, did: Did) -> bool:
    """Steps over ‘every month’, ‘weekly’, ‘in each of the last 3 months’, and asks for that."""
    if did.regular or (did.measure and (did.measure["fn"] != "count" or did.op not in ("gte", "gt"))):
        return False
    if did.measure:  # ‘at least twice in each of the last 3 months’
        return _in_each(reader, did)
    word, following = reader.word(), stem(reader.word(1))
    if word in ("every", "each") and following in UNITS:
        reader.take(reader.at + 2)
        return regularly(reader, did, following, 1)
    if word in _REGULARLY:
        reader.take(reader.at + 1)
        return regularly(reader, did, _REGULARLY[word], 1)
    if word == "regularly":
        reader.take(reader.at + 1)
        reader.note("‘regularly’ was read as every month.")
        return regularly(reader, did, "month", 1)
    return _in_each(reader, did)


def _in_each(reader: Reader, did: Did) -> bool:
    """‘in each of the last 3 months’, ‘in at least 4 of the last 6 months’."""
    if reader.word() not in ("in", "on"):
        return False
    each = reader.word(1) in ("each", "every") and reader.word(2) == "of"
    found = None if each else quantity_at(reader.tokens, reader.at + 1)
    here = reader.at + 2 if each else (found[1] if found else len(reader.tokens))
    words = [token.word for token in reader.tokens[here : here + 3]]
    if words[:1] != ["of"] or words[1:3] not in (["the", "last"], ["the", "past"]):
        return False
    blocks = quantity_at(reader.tokens, here + 3)
    if blocks is None:
        return False
    end, each_of = blocks[1], 1
    words = [stem(token.word) for token in reader.tokens[end : end + 2]]
    if words == ["block", "of"]:  # as our own sentences say it: ‘of the last 6 blocks of 2 weeks’
        length = quantity_at(reader.tokens, end + 2)
        end, each_of = (length[1], int(length[0].low)) if length else (end, 1)
    unit = stem(reader.tokens[end].word) if end < len(reader.tokens) else ""
    if unit not in UNITS:
        return False
    reader.take(end + 1)
    amount, name = UNITS[unit]
    amount *= each_of
    if found and found[0].op not in ("", "gte", "gt"):
        return False
    least = int(found[0].low) + (found[0].op == "gt") if found else int(blocks[0].low)
    did.regular = {"every": [amount, name], "of_last": int(blocks[0].low), "at_least": least}
    if did.measure:
        did.regular["times"], did.measure = did.value + (did.op == "gt"), None
    return True


def regularly(reader: Reader, did: Did, unit: str, times: int) -> bool:
    """Asks for so many times in each unit, over the stretch that is named next, else over three."""
    amount, name = UNITS[unit]
    blocks = 3
    began = reader.at
    when = reader.when()
    span = when.window.get("last") if when and when.window else None
    if span and span[1] == name and span[0] >= amount:
        blocks = span[0] // amount
    elif span and (span[1], name) in _INTO:
        blocks = span[0] * _INTO[span[1], name] // amount
    else:
        reader.understood -= set(range(began, reader.at))
        reader.at = began
        reader.note(f"‘every {unit}’ was read as: in each of the last {blocks} {unit}s.")
    did.regular = {"every": [amount, name], "of_last": blocks, "at_least": blocks}
    if times > 1:
        did.regular["times"] = times
    return True


_INTO = {
    ("year", "month"): 12,
    ("year", "week"): 52,
    ("month", "week"): 4,
    ("week", "day"): 7,
    ("month", "day"): 30,
}
