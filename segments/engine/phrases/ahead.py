"""Days to come, counted from today: ‘birthday in 3 days’, ‘renewal 7 to 13 days from now’."""

from __future__ import annotations

from segments.engine.phrases.numbers import quantity_at
from segments.engine.phrases.reader import Json, Reader
from segments.engine.phrases.synonyms import BIRTHDAYS
from segments.engine.phrases.times import UNITS
from segments.engine.phrases.tokens import stem
from segments.engine.phrases.vocabulary import Field


def from_now(reader: Reader, field: Field) -> Json | None:
    """The days ahead that are told here, stepped over: of a birthday its anniversary, of another date itself."""
    reader.skip("has", "its", "anniversary")
    inside = reader.word() == "in"
    found = quantity_at(reader.tokens, reader.at + inside)
    if found is None or found[1] >= len(reader.tokens):
        return None
    unit = UNITS.get(stem(reader.tokens[found[1]].word))
    if inside and unit and found[0].op in ("gt", "gte") and field.name not in BIRTHDAYS:
        reader.take(found[1] + 1)  # ‘renewal in more than 60 days’
        return {
            "attribute": field.name,
            "op": "more_than_ahead",
            "value": [int(found[0].low) * unit[0], unit[1]],
        }
    if found[0].op not in ("", "between"):
        return None
    quantity, end = found
    if unit is None or unit[1] not in ("day", "week"):
        return None
    days = unit[0] * (7 if unit[1] == "week" else 1)
    after = [token.word for token in reader.tokens[end + 1 : end + 3]]
    told = 3 if after == ["from", "now"] else 2 if after[:1] == ["ahead"] else 1 if inside else 0
    birthday = field.name in BIRTHDAYS
    low, high = int(quantity.low * days), int((quantity.high or quantity.low) * days)
    # Of other dates one day to come has no operator of its own.
    if not told or after[:1] == ["ago"] or not (birthday or high > low):
        return None
    reader.take(end + told)
    shift = {"offset_days": low} if low else {}
    if high == low:
        return {"attribute": field.name, "op": "anniversary", **shift}
    op = "anniversary_within_next" if birthday else "within_next"
    return {"attribute": field.name, "op": op, "value": [high - low, "day"], **shift}
