"""Clauses about what somebody did: how often, for how much, when, in what order, how regularly."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from segments.engine.phrases.known import listed, numbered, texts
from segments.engine.phrases.numbers import Quantity, quantity_at, times_at
from segments.engine.phrases.reader import Json, Reader
from segments.engine.phrases.rhythm import every, regularly
from segments.engine.phrases.synonyms import either
from segments.engine.phrases.times import UNITS, Span
from segments.engine.phrases.tokens import pieces, stem
from segments.engine.phrases.vocabulary import Field, Kind, Meaning

_MEASURED = {
    "": "eq",
    "is": "eq",
    "eq": "eq",
    "gte": "gte",
    "gt": "gt",
    "lte": "lte",
    "lt": "lt",
    "between": "between",
}
_DISTINCT = {"day": "distinct_days", "week": "distinct_weeks", "month": "distinct_months"}
AMOUNT = "amount"
USUAL_REACH: Span = [7, "day"]


@dataclass
class Did:
    """A clause about an interaction, still open to what the words after it say."""

    kind: Kind
    where: list[Json] = field(default_factory=list)
    window: Json | None = None
    reach: Span | None = None
    pick: str = ""
    measure: Json | None = None
    op: str = ""
    value: Any = None
    regular: Json | None = None
    steps: list[Json] = field(default_factory=list)
    within: Span | None = None
    shape: str = ""  # stopped, restarted
    nothing: bool = False  # ‘bought nothing’
    apart: bool = False  # said after an ‘and’: a place or a value may be of the customer again
    both: list[Json] = field(default_factory=list)  # ‘bought both shoes and tents’: of each of these

    def step(self) -> Json:
        """The bare interaction, as a step of a sequence."""
        return {"interaction": self.kind.name, **({"where": self.where} if self.where else {})}

    def rule(self) -> Json:
        """The condition of the rule language."""
        if self.both:
            each = [replace(self, both=[], where=[*self.where, one]) for one in self.both]
            return {"all": [one.rule() for one in each]}
        window = {"window": self.window} if self.window else {}
        if self.shape:
            return self._shaped()
        if self.steps:
            within = self.within or USUAL_REACH
            return {"sequence": [self.step(), *self.steps], "within": within, **window}
        if self.regular:
            return {"regular": self.step(), **self.regular}
        if self.pick:
            return {**self.step(), **window, "pick": self.pick}
        if self.measure:
            return {**self.step(), **window, "measure": self.measure, "op": self.op, "value": self.value}
        return {**self.step(), **window}

    def _shaped(self) -> Json:
        near: Span = (self.window or {}).get("last", [90, "day"] if self.shape == "stopped" else [30, "day"])
        recent = {**self.step(), "window": {"last": near}}
        if self.shape == "stopped":
            far: Span = [1, "year"] if near[1] not in ("month", "year") else [2 * near[0], near[1]]
            earlier = {**self.step(), "window": {"between_ago": [far, near]}}
            return {"all": [earlier, {"not": recent}]}
        gap = [6, "month"] if near[1] not in ("month", "year") else [2 * near[0], near[1]]
        before = {**self.step(), "window": {"before_last": gap}}
        between = {**self.step(), "window": {"between_ago": [gap, near]}}
        return {"all": [before, {"not": between}, recent]}

    def counted(self, quantity: Quantity) -> None:
        """Asks how often."""
        self.measured({"fn": "count"}, quantity, plain="gte" if quantity.op == "" else "")

    def measured(self, measure: Json, quantity: Quantity, plain: str = "") -> None:
        """Asks a measure for a number; ‘twice’ alone means at least twice."""
        self.measure = measure
        self.op = plain or _MEASURED[quantity.op]
        self.value = quantity.low
        if self.op == "between" and quantity.high is not None:
            self.value = sorted((quantity.low, quantity.high))


def tail(reader: Reader, did: Did) -> Did:
    """Reads on as long as the words say more about what was done."""
    while not reader.done:
        start = reader.at
        if not any(part(reader, did) for part in _PARTS):
            return did
        if reader.at == start:
            return did
    return did


def _when(reader: Reader, did: Did) -> bool:
    if did.window is not None or did.reach is not None or did.regular:
        return False
    began, seen, noted = reader.at, set(reader.understood), list(reader.notes)
    when = reader.when()
    if when is None or when.window is None:
        reader.at, reader.understood, reader.notes = began, seen, noted
        return False
    if when.reach:
        did.reach = when.window["last"]
        reader.skip("afterwards", "after", "that", "of")
    else:
        did.window = when.window
    return True


def _often(reader: Reader, did: Did) -> bool:
    if did.measure or did.pick or did.regular:
        return False
    found = times_at(reader.tokens, reader.at) or _of_them(reader, did)
    if found is None:
        return False
    reader.take(found[1])
    if reader.word() in ("a", "per", "every", "each") and stem(reader.word(1)) in UNITS:
        unit = stem(reader.word(1))
        reader.take(reader.at + 2)
        regularly(reader, did, unit, int(found[0].low))
    else:
        did.counted(found[0])
        if reader.said("and never again", "but never again", "and not again", "but not again"):
            did.op = "eq"
    return True


def _of_them(reader: Reader, did: Did) -> tuple[Quantity, int] | None:
    """‘opened at least 3 e-mails’: a number of what the kind itself is called."""
    found = quantity_at(reader.tokens, reader.at)
    if found is None or found[0].money or found[1] >= len(reader.tokens):
        return None
    noun = reader.tokens[found[1]].word
    if stem(noun) in ("thing", "item", "product", "article") and did.kind == reader.lexicon.concepts.get(
        "buy"
    ):
        reader.note(f"‘{reader.tokens[found[1]].text}’ was read as purchases.")
        return found[0], found[1] + 1
    return (found[0], found[1] + 1) if _names(did, noun) else None


def _first(reader: Reader, did: Did) -> bool:
    if did.measure or did.pick:
        return False
    if reader.said("for the first time", "for first time", "the first time", "first", "for their first time"):
        did.pick = "first"
    elif reader.said("for the last time", "the last time", "most recently", "last"):
        did.pick = "last"
    return bool(did.pick)


def _amount(reader: Reader, did: Did) -> bool:
    """‘for more than 100 euro’: in total, or in a single purchase."""
    start = reader.at
    ahead = 1 if reader.word() in ("for", "worth", "of", "costing", "totalling", "spending", "with") else 0
    found = quantity_at(reader.tokens, start + ahead)
    if found is None or not (found[0].money or _sum_of(reader, start, found)):
        return False
    quantity, end = found
    reader.take(end)
    average = reader.said("on average", "per purchase", "per order")
    total = not average and reader.said("in total", "altogether", "overall", "in all")
    single = not (average or total) and reader.said(
        "at once", "in one go", "each", "in a single purchase", "in one order"
    )
    plain = "gte" if not quantity.op else ""
    default = 1 if did.measure or single else 0
    taken = default
    if not (average or total or single):
        options = ["in total", "in a single purchase"]
        taken = reader.choose(start, "amount", reader.text(start, end), options, default)
    if taken == 1 or did.measure:
        op = {"op": "gte", "value": quantity.low} if plain else numbered(quantity)
        did.where.append({"property": AMOUNT, **op})
    else:
        did.measured({"fn": "average" if average else "sum", "property": AMOUNT}, quantity, plain)
    return True


def _sum_of(reader: Reader, start: int, found: tuple[Quantity, int]) -> bool:
    """True of ‘for at least 200’: a sum without its currency, and neither a time nor a number of times."""
    following = stem(reader.tokens[found[1]].word) if found[1] < len(reader.tokens) else ""
    told = reader.tokens[start].word in ("for", "totalling", "spending", "worth") and found[0].op
    return bool(told) and following not in UNITS and following not in ("time", "different")


def _different(reader: Reader, did: Did) -> bool:
    """‘on at least 3 different days’, ‘five different products’."""
    if did.measure:
        return False
    ahead = 1 if reader.word() in ("on", "in", "from", "of") else 0
    found = quantity_at(reader.tokens, reader.at + ahead)
    if found is None:
        return False
    quantity, end = found
    if end >= len(reader.tokens):
        return False
    if reader.tokens[end].word not in ("different", "distinct", "separate", "various"):
        return _variety(reader, did, quantity, end)
    unit = stem(reader.tokens[end + 1].word) if end + 1 < len(reader.tokens) else ""
    if unit in _DISTINCT:
        reader.take(end + 2)
        did.measured({"fn": _DISTINCT[unit]}, quantity, plain="gte" if not quantity.op else "")
        return True
    named = _own(reader, did, end + 1, "property")
    if named is None or named[0].field is None:
        return False
    reader.take(named[1])
    did.measured(
        {"fn": "distinct", "property": named[0].field.name}, quantity, "gte" if not quantity.op else ""
    )
    return True


def _variety(reader: Reader, did: Did, quantity: Quantity, end: int) -> bool:
    """‘from at least 4 categories’: of a property that holds texts, how many different ones."""
    named = _own(reader, did, end, "property")
    if named is None or named[0].field is None or named[0].field.type != "text":
        return False
    reader.take(named[1])
    least = "gte" if not quantity.op else ""
    did.measured({"fn": "distinct", "property": named[0].field.name}, quantity, least)
    return True


def _own(reader: Reader, did: Did, at: int, *sorts: Any) -> tuple[Meaning, int] | None:
    found = reader.lexicon.each(reader.tokens, at, *sorts)
    if found is None:
        return None
    own = [meaning for meaning in found[0] if meaning.kind == did.kind]
    return (own[0], found[1]) if own else None


_BEFORE_VALUES = either("both|where|with|in|from|of|on|the|a|an|some|any|our|via|about|through|whose|at")


def _where(reader: Reader, did: Did) -> bool:
    """‘shoes’, ‘from the web shop’, ‘where category is Sale’, ‘with a quantity of 3 or more’."""
    at = reader.at
    while at < len(reader.tokens) and reader.tokens[at].word in _BEFORE_VALUES:
        at += 1
    found = _own(reader, did, at, "property value")
    wider = reader.lexicon.at(reader.tokens, at)
    if found and found[0].field and not (wider and wider[1] > found[1]):
        other = wider and any(meaning.sort in ("value", "segment") for meaning in wider[0])
        if not other or _meant_here(reader, did, at, found):
            both = any(reader.word(ahead) == "both" for ahead in range(at - reader.at))
            start = reader.at
            reader.take(found[1])
            reader.skip("page", "pages", "products", "category", "items")
            _take_values(reader, did, found[0], start, both=both)
            return True
    named = _own(reader, did, at, "property")
    if named is None or named[0].field is None or (at == reader.at and reader.word() not in ("amount",)):
        return False
    start, seen = reader.at, set(reader.understood)
    reader.take(named[1])
    rule = _property(reader, named[0].field)
    if rule is None and reader.tokens[start].word == "with":
        rule = had(reader, named[0].field)
    if rule is None:
        reader.at, reader.understood = start, seen
        return False
    did.where.append(rule)
    return True


def _take_values(reader: Reader, did: Did, meaning: Meaning, start: int, *, both: bool) -> None:
    """One value, any of several, or each of them: ‘shoes and tents’ can mean either."""
    assert meaning.field is not None
    rule = listed(reader, meaning.field, meaning.value, "property")
    joined = any(token.word == "and" for token in reader.tokens[start : reader.at])
    if rule["op"] == "in" and (joined or both) and not (did.both or did.measure):
        options = ["any of them", "each of them"]
        taken = 1 if both else reader.choose(start, "both", reader.text(start, reader.at), options)
        if taken == 1:
            did.both = [{**rule, "op": "is", "value": one} for one in rule["value"]]
            return
    did.where.append(rule)


def _meant_here(reader: Reader, did: Did, at: int, found: tuple[Meaning, int]) -> bool:
    assert found[0].field is not None
    options = [f"of what was done ({found[0].field.label})", "of the customer"]
    alike = any(test["property"] == found[0].field.name for test in did.where)  # ‘in Lisbon but not in Porto’
    return reader.choose(at, "where", reader.text(at, found[1]), options, int(did.apart and not alike)) == 0


def _property(reader: Reader, field_: Field) -> Json | None:
    reader.skip("is", "are", "was", "of", "a", "an", "the")
    if field_.type in ("number", ""):
        found = quantity_at(reader.tokens, reader.at)
        if found and times_at(reader.tokens, reader.at) is None:
            reader.take(found[1])
            return {"property": field_.name, **numbered(found[0])}
    return texts(reader, field_, "property")


def had(reader: Reader, field_: Field) -> Json:
    """‘with a discount’: a number of more than nothing, else any value at all."""
    if field_.type != "number":
        return {"property": field_.name, "op": "is_set"}
    reader.note(f"‘{field_.label}’ was read as more than 0.")
    return {"property": field_.name, "op": "gt", "value": 0}


def _something(reader: Reader, did: Did) -> bool:
    if reader.said("nothing") or (reader.word() in ("no", "zero") and _names(did, reader.word(1))):
        if reader.step("no", "zero"):
            reader.take(reader.at + 1)
        did.nothing = True
        return True
    if did.measure and reader.said("in total", "altogether", "overall", "in all"):
        return True
    return reader.said("anything", "something", "at all", "ever", "already", "before", "at any time", "again")


def _names(did: Did, word: str) -> bool:
    """True for a word that the kind itself is called by: ‘opened no e-mail’."""
    objects = {"email", "mail", "newsletter", "page", "order", "purchase", "ticket", "call"}
    return stem(word) in objects or stem(word) in pieces(did.kind.name)


def _sized(reader: Reader, did: Did) -> bool:
    """‘longer than 10 minutes’, ‘with at least 3 items’: a number of what one of its properties is called."""
    at = reader.at + (reader.word() in ("with", "of", "for"))
    found = quantity_at(reader.tokens, at)
    if found is None or not found[0].op or found[0].money:
        return False
    named = _own(reader, did, found[1], "property")
    if named is None or named[0].field is None or named[0].field.type != "number":
        return False
    reader.take(named[1])
    did.where.append({"property": named[0].field.name, **numbered(found[0])})
    return True


_PARTS = (every, _often, _amount, _different, _sized, _when, _first, _something, _where)
