"""Ages: ‘over 40’, ‘aged 30 to 40’, ‘under thirty years old’, from an age or a birthday."""

from __future__ import annotations

from typing import Any

from segments.engine.phrases.known import JOINTS, numbered
from segments.engine.phrases.numbers import Quantity, quantity_at
from segments.engine.phrases.reader import Json, Reader
from segments.engine.phrases.synonyms import AGES, BIRTHDAYS, RELATIVES
from segments.engine.phrases.vocabulary import Field


def age(reader: Reader) -> Json | None:
    """‘over 40’, ‘aged 30 to 40’, ‘under thirty years old’: by an age, else from a birthday."""
    fields = reader.lexicon.fields
    number = next((fields[name] for name in sorted(AGES) if name in fields), None)
    born = next((fields[name] for name in sorted(BIRTHDAYS) if name in fields), None)
    if number is None and born is None:
        return None
    ahead = 1 if reader.word() in ("aged", "age") else 0
    if ahead and reader.word(1) in ("is", "of"):
        ahead = 2
    found = quantity_at(reader.tokens, reader.at + ahead)
    if found is None or found[0].money:
        return None
    quantity, end = found
    start = reader.at
    old = [token.word for token in reader.tokens[end : end + 2]]
    spelled = ahead > 0 or old in (["years", "old"], ["year", "old"], ["year", "olds"])
    compared = reader.word() in ("older", "younger")
    ages = 10 <= quantity.low <= (quantity.high or quantity.low) <= 110
    if reader.at and reader.lexicon.each(reader.tokens, reader.at - 1, "kind", "property") and not ahead:
        return None  # ‘orders over 80’
    bare = quantity.op in ("gt", "lt", "between") and ages and not _counts(reader, end)
    if not (spelled or compared or bare):
        return None
    reader.take(
        end + (2 if old[1:] in (["old"], ["olds"]) else 1 if old[:1] == ["years"] and compared else 0)
    )
    if number is not None:
        rule = {"attribute": number.name, **numbered(quantity)}
    else:
        assert born is not None
        rule = _aged(born, quantity)
        reader.note(f"‘{reader.text(start, reader.at)}’ is worked out from {born.label}.")
    return rule


def of_age(reader: Reader, quantity: Quantity) -> Json | None:
    """Those of an age: by an age, else from a birthday."""
    fields = reader.lexicon.fields
    number = next((fields[name] for name in sorted(AGES) if name in fields), None)
    if number is not None:
        return {"attribute": number.name, **numbered(quantity)}
    born = next((fields[name] for name in sorted(BIRTHDAYS) if name in fields), None)
    return None if born is None else _aged(born, quantity)


def _counts(reader: Reader, end: int) -> bool:
    """True where a number has a noun behind it: it is a count of that, not an age."""
    after = reader.tokens[end] if end < len(reader.tokens) else None
    return after is not None and after.word not in JOINTS | RELATIVES | {
        "in",
        "from",
        "living",
        "and",
        "or",
        "not",
    }


def _aged(field: Field, quantity: Quantity) -> Json:
    """An age as a condition on the date of birth, to the day."""
    name: Json = {"attribute": field.name}

    def older(years: Any) -> Json:
        return {**name, "op": "more_than_ago", "value": [int(years), "year"], "offset_days": 1}

    def younger(years: Any) -> Json:
        return {**name, "op": "within_last", "value": [int(years), "year"], "offset_days": 1}

    low = quantity.low
    if quantity.op == "gt":
        return {**name, "op": "more_than_ago", "value": [int(low), "year"]}
    if quantity.op == "gte":
        return older(low)
    if quantity.op == "lt":
        return younger(low)
    if quantity.op == "lte":
        return younger(low + 1)
    high = low if quantity.high is None else quantity.high
    return {"all": [older(min(low, high)), younger(max(low, high) + 1)]}
