"""How a clause about what somebody did begins: a verb, ‘3 purchases’, ‘spent’, ‘first bought’, ‘stopped’."""

from __future__ import annotations

from segments.engine.phrases.deeds import AMOUNT, Did
from segments.engine.phrases.done import had, per, tail
from segments.engine.phrases.numbers import Quantity, quantity_at
from segments.engine.phrases.reader import Reader
from segments.engine.phrases.synonyms import ARTICLES, SPENT
from segments.engine.phrases.vocabulary import Kind

_PLACES = frozenset({"shop", "shops"})
_HAVING = frozenset({"with", "have", "has", "had", "having", "no", "without"})


def begin(reader: Reader) -> Did | None:
    """A clause about an interaction that begins here: a verb, ‘3 purchases’, ‘spent’, ‘first bought’ …"""
    return (
        _shape(reader)
        or _spent(reader)
        or _averaged(reader)
        or _picked(reader)
        or _numbered(reader)
        or _used(reader)
        or _described(reader)
        or _verb(reader)
    )


def _kind_at(reader: Reader, at: int) -> tuple[Kind, int] | None:
    found = reader.lexicon.each(reader.tokens, at, "kind")
    if found is None or found[0][0].kind is None:
        return None
    return found[0][0].kind, found[1]


def _verb(reader: Reader) -> Did | None:
    found = _kind_at(reader, reader.at)
    # ‘in the shop’ is a place, and nothing that was done.
    if found is None or (reader.word() in _PLACES and reader.word(-1) in ARTICLES):
        return None
    reader.take(found[1])
    return tail(reader, Did(found[0]))


def _described(reader: Reader) -> Did | None:
    """‘an open ticket’: what was done, after a value that it has."""
    # ‘who open tickets’ do so, ‘open tickets’ are so.
    opened = reader.word() == "open" and reader.word(-1) not in ("who", "that", "they", "to", "not")
    if reader.word(-1) not in ARTICLES | _HAVING and not opened and _kind_at(reader, reader.at):
        return None
    found = _valued(reader, reader.at)
    if found is None:
        return None
    reader.take(found[1])
    return tail(reader, found[0])


def _valued(reader: Reader, at: int) -> tuple[Did, int] | None:
    """‘open tickets’: a value, and then the kind of what has it."""
    values = reader.lexicon.each(reader.tokens, at, "property value")
    found = _kind_at(reader, values[1]) if values else None
    if values is None or found is None:
        return None
    own = next((one for one in values[0] if one.kind == found[0] and one.field), None)
    if own is None or own.field is None:
        return None
    return Did(found[0], where=[{"property": own.field.name, "op": "is", "value": own.value}]), found[1]


def _used(reader: Reader) -> Did | None:
    """‘used a discount’: what was done with it."""
    if reader.word() not in ("used", "using", "use", "redeemed"):
        return None
    at = reader.at + 1 + (reader.word(1) in ARTICLES)
    named = reader.lexicon.each(reader.tokens, at, "property")
    own = next((one for one in named[0] if one.kind and one.field), None) if named else None
    if named is None or own is None or own.kind is None or own.field is None:
        return None
    reader.take(named[1])
    return tail(reader, Did(own.kind, where=[had(reader, own.field)]))


def _shape(reader: Reader) -> Did | None:
    word = reader.word()
    if word not in ("stopped", "stop", "started", "resumed", "restarted", "began"):
        return None
    found = _kind_at(reader, reader.at + 1)
    if found is None:
        return None
    kind, end = found
    if word in ("started", "began"):
        if end >= len(reader.tokens) or reader.tokens[end].word != "again":
            return None
        end += 1
    said = reader.text(reader.at, end)
    reader.take(end)
    did = tail(reader, Did(kind, shape="stopped" if word.startswith("stop") else "restarted"))
    if did.reach and not did.window:
        did.window, did.reach = {"last": did.reach}, None
    if not did.window or "last" not in did.window:
        did.window = {"last": [90 if did.shape == "stopped" else 30, "day"]}
    meant = "earlier, but not" if did.shape == "stopped" else "long ago, then not for a while, and again"
    reader.note(
        f"‘{said}’ was read as: {meant} in the last {did.window['last'][0]} {did.window['last'][1]}s."
    )
    return did


def _spent(reader: Reader) -> Did | None:
    kind = reader.lexicon.concepts.get("buy")
    here = reader.at + (reader.word() in ("total", "whose"))
    if kind is None or here >= len(reader.tokens) or reader.tokens[here].word not in SPENT | {"spend"}:
        return None
    reader.take(here + 1)
    average = reader.said("on average", "an average of", "average of")
    reader.skip("of", "is", "a", "total")
    average = average or reader.said("on average")
    did = Did(kind)
    found = quantity_at(reader.tokens, reader.at)
    if found:
        reader.take(found[1])
        average = reader.said("on average", "per purchase", "per order", "each time") or average
        did.measured({"fn": "average" if average else "sum", "property": AMOUNT}, found[0],
                     plain="gte" if not found[0].op else "")  # fmt: skip
    return tail(reader, did)


def _averaged(reader: Reader) -> Did | None:
    if reader.word() not in ("average", "mean"):
        return None
    buy = reader.lexicon.concepts.get("buy")
    found = _kind_at(reader, reader.at + 1)
    if (
        found is None
        and buy
        and reader.word(1) in ("basket", "cart", "spend", "spending", "invoice", "receipt")
    ):
        found = buy, reader.at + 2
    if found is None:
        return None
    kind, end = found
    while end < len(reader.tokens) and reader.tokens[end].word in (
        "value",
        "amount",
        "size",
        "basket",
        "of",
        "is",
        "was",
    ):
        end += 1
    quantity = quantity_at(reader.tokens, end)
    if quantity is None:
        return None
    reader.take(quantity[1])
    did = Did(kind)
    did.measured(
        {"fn": "average", "property": AMOUNT}, quantity[0], plain="gte" if not quantity[0].op else ""
    )
    return tail(reader, did)


def _picked(reader: Reader) -> Did | None:
    words = (reader.word(), reader.word(1))
    length = 2 if words in (("most", "recent"), ("very", "first"), ("most", "recently")) else 1
    which = {"first": "first", "last": "last", "latest": "last", "most": "last", "very": "first"}.get(
        words[0]
    )
    if which is None or (length == 1 and words[0] in ("most", "very")):
        return None
    found = _kind_at(reader, reader.at + length)
    if found is None:
        return None
    reader.take(found[1])
    reader.skip("was", "is", "were", "happened")
    return tail(reader, Did(found[0], pick=which))


def _numbered(reader: Reader) -> Did | None:
    """‘at least 3 purchases’, ‘two orders or more’."""
    found = quantity_at(reader.tokens, reader.at)
    if found is None or found[0].money:
        return None
    quantity, end = found
    own = _valued(reader, end)  # ‘two open tickets’
    kind = (own[0].kind, own[1]) if own else _kind_at(reader, end)
    if kind is None:
        return None
    reader.take(kind[1])
    did = Did(kind[0], where=own[0].where if own else [])
    more = reader.said("or more", "and more")
    counted = Quantity(quantity.low, quantity.high, "gte") if more else quantity
    if not per(reader, did, counted):
        did.counted(counted)
    return tail(reader, did)
