"""Clauses about what somebody did: how often, for how much, when, in what order, how regularly."""

from __future__ import annotations

from typing import Any

from segments.engine.phrases.advice import last_few
from segments.engine.phrases.amounts import amount
from segments.engine.phrases.deeds import Did
from segments.engine.phrases.known import NEGATIVE, listed, numbered, texts
from segments.engine.phrases.numbers import Quantity, quantity_at, times_at
from segments.engine.phrases.reader import Json, Reader
from segments.engine.phrases.rhythm import every, regularly
from segments.engine.phrases.synonyms import either
from segments.engine.phrases.times import MONTHS, UNITS
from segments.engine.phrases.tokens import pieces, stem
from segments.engine.phrases.vocabulary import Field, Meaning

_DISTINCT = {"day": "distinct_days", "week": "distinct_weeks", "month": "distinct_months"}


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
    opened = reader.at + (reader.word() in ("in", "at", "for", "on", "during"))
    opened += opened < len(reader.tokens) and reader.tokens[opened].word == "the"
    named = reader.lexicon.at(reader.tokens, opened)
    when = reader.when()
    if when is None or when.window is None or (named and named[1] > reader.at):  # ‘in Spring news’
        reader.at, reader.understood, reader.notes = began, seen, noted
        return False
    if when.reach:
        if reader.word() in ("of", "after") and reader.word(1) not in ("that", "it", "this", ""):
            reader.understood -= set(range(began, reader.at))
            reader.note(
                "Say what came first before what came after it, such as ‘opened, then bought within 7 days’."
            )
            reader.at += 1  # ‘within 30 days of signing up’
            return True
        did.reach = when.window["last"]
        reader.skip("afterwards", "after", "that", "of")
    else:
        did.window = when.window
    return True


def _often(reader: Reader, did: Did) -> bool:
    if did.measure or did.pick or did.regular:
        return False
    if (reader.word(), reader.word(1)) == ("anything", "but"):
        other = times_at(reader.tokens, reader.at + 2)
        if other is None:
            return False
        reader.take(other[1])
        did.measure, did.op, did.value = {"fn": "count"}, "ne", other[0].low
        return True
    found = times_at(reader.tokens, reader.at) or _of_them(reader, did)
    if found is None:
        return False
    reader.take(found[1])
    if per(reader, did, found[0]):
        pass
    else:
        did.counted(found[0])
        if reader.said("and never again", "but never again", "and not again", "but not again"):
            did.op = "eq"
    return True


def per(reader: Reader, did: Did, quantity: Quantity) -> bool:
    """‘twice a month’, ‘more than 3 times per week’; a most per month cannot be asked, and is said."""
    if reader.word() not in ("a", "per", "every", "each") or stem(reader.word(1)) not in UNITS:
        return False
    unit = stem(reader.word(1))
    if quantity.op not in ("", "gte", "gt"):
        reader.note(
            f"A rhythm is asked for as at least so many times in each {unit}; for a most give one stretch of time, "
            "such as ‘bought at most twice in the last year’."
        )
        did.counted(quantity)
        reader.at += 2  # not understood
        return True
    reader.take(reader.at + 2)
    regularly(reader, did, unit, int(quantity.low) + (quantity.op == "gt"))
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
    if reader.word() == "last" and (stem(reader.word(1)) in UNITS or reader.word(1) in MONTHS):
        return False  # ‘in Lisbon last year’ after another time
    if reader.said("for the first time", "for first time", "the first time", "first", "for their first time"):
        did.pick = "first"
    elif reader.said("for the last time", "the last time", "most recently", "last"):
        did.pick = "last"
    return bool(did.pick)


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
    unit = stem(reader.tokens[end].word)
    later = reader.tokens[end + 1].word if end + 1 < len(reader.tokens) else ""
    if (
        unit in _DISTINCT
        and quantity.op
        and reader.word() not in ("in", "from", "of")
        and later not in _COMING
    ):
        reader.take(end + 1)
        did.measured({"fn": _DISTINCT[unit]}, quantity)  # ‘on at least 3 days’
        return True
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


_COMING = either("ago|after|before|later|earlier|back|of")


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
    while (
        rule is not None
        and reader.word() == "and"
        and any(one.word == "where" for one in reader.tokens[: start + 1])
    ):
        also = _own(
            reader, did, reader.at + 1, "property"
        )  # ‘where category is Shoes and amount is over 100’
        before, known = reader.at, set(reader.understood)
        if also is None or also[0].field is None:
            break
        reader.take(also[1])
        more = _property(reader, also[0].field)
        if more is None:
            reader.at, reader.understood = before, known
            break
        did.where.append(rule)
        rule = more
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
    ahead = 0
    while reader.word(ahead) in ("for", "with", "to", "a", "an", "the", "their"):
        ahead += 1
    if ahead and reader.word(ahead) in pieces(did.kind.name) and len(pieces(did.kind.name)) > 1:
        reader.take(reader.at + ahead + 1)  # ‘applied for a loan’ of a loan application
        return True
    if reader.word() == "before" and comes_later(reader):
        return False
    return reader.said("anything", "something", "at all", "ever", "already", "before", "at any time", "again")


def comes_later(reader: Reader) -> bool:
    """Whether behind the word here stands what was done: ‘shoes before tents’."""
    return reader.lexicon.each(reader.tokens, reader.at + 1, "kind", "property value") is not None


def _that(reader: Reader, did: Did) -> bool:
    """‘tickets that are still open’: a value of what was done."""
    if reader.word() not in ("that", "which") or reader.word(1) not in ("is", "are", "was", "were"):
        return False
    ahead = 2 + (reader.word(2) in ("still", "currently"))
    if _own(reader, did, reader.at + ahead, "property value") is None:
        return False
    reader.take(reader.at + ahead)
    return _where(reader, did)


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


def _only(reader: Reader, did: Did) -> bool:
    """‘bought only on sale’, ‘bought nothing but shoes’: and nothing else."""
    start, seen = reader.at, set(reader.understood)
    if not did.where and reader.said(*_OTHER) and _where(reader, did) and did.may_be_alone():
        did.where = [{**test, "op": NEGATIVE[test["op"]]} for test in did.where]
        return True
    if reader.at > start:
        did.where, did.both = [], []
        reader.at, reader.understood = start, seen
        return False
    if did.where or did.only or not (reader.said(*_BUT) or reader.step("only", "exclusively", "solely")):
        return False
    if _where(reader, did) and did.may_be_alone():
        did.only = True
        return True
    did.where, did.both = [], []
    reader.at, reader.understood = start, seen
    return False


_OTHER = ("anything but", "something other than", "anything other than", "anything except", "something else than",
          "anything else than", "things other than", "other things than")  # fmt: skip
_BUT = ("nothing but", "nothing except", "nothing other than", "nothing else than", "nothing else but")


def _few(reader: Reader, did: Did) -> bool:
    """Steps over the last few of something, which no rule can ask, and says so."""
    return last_few(reader)


_PARTS = (_only, _few, _that, every, _often, amount, _different, _sized, _when, _first, _something, _where)
