"""What marketers call customers by a single word: one-time buyers, lapsed, new, promoters, in their thirties."""

from __future__ import annotations

import re
from typing import Any

from segments.engine.phrases.ages import of_age
from segments.engine.phrases.deeds import Did
from segments.engine.phrases.done import tail
from segments.engine.phrases.known import dated, numbered
from segments.engine.phrases.numbers import Quantity, quantity_at
from segments.engine.phrases.reader import Json, Reader
from segments.engine.phrases.synonyms import LANGUAGES
from segments.engine.phrases.times import Span, When, span_at
from segments.engine.phrases.tokens import stem
from segments.engine.phrases.vocabulary import Field

_PEOPLE = ("buyer", "customer", "shopper", "client", "purchaser", "people", "contact", "member", "user")
_ONCE = frozenset({"onetime", "onetimer", "firsttime", "single"})
_AGAIN = frozenset({"repeat", "returning", "repeated", "multitime"})
_GONE = frozenset({"lapsed", "churned", "inactive", "dormant", "lost", "atrisk"})
_DECADES = {word: 10 * number for number, word in enumerate(
    ("twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties"), start=2)}  # fmt: skip
_NPS = {"promoter": ("gte", 9), "detractor": ("lte", 6), "passive": ("between", [7, 8])}
_MAILERS = frozenset({"gmail", "hotmail", "outlook", "yahoo", "gmx", "icloud", "protonmail", "aol"})
_CARTS = ("cart", "basket", "checkout")
_LONG: Span = [90, "day"]


def habit(reader: Reader) -> Did | Json | None:
    """A clause in a single word that begins here, stepped over; None where none does."""
    return (
        _by_number(reader) or _gone(reader) or _new(reader) or _decade(reader) or _recommends(reader)
        or _aged_group(reader) or _having(reader) or _mailer(reader) or _speaker(reader)
        or _long_customer(reader) or _cart(reader)
    )  # fmt: skip


def _field(reader: Reader, *names: str) -> Field | None:
    return next((reader.lexicon.fields[name] for name in names if name in reader.lexicon.fields), None)


def _person(reader: Reader, ahead: int) -> bool:
    return stem(reader.word(ahead)) in _PEOPLE


def _by_number(reader: Reader) -> Did | None:
    kind, word = reader.lexicon.concepts.get("buy"), reader.word()
    if kind is None or word not in _ONCE | _AGAIN or not (_person(reader, 1) or word == "onetimer"):
        return None
    reader.take(reader.at + (2 if _person(reader, 1) else 1))
    once = word in _ONCE
    return tail(
        reader, Did(kind, measure={"fn": "count"}, op="eq" if once else "gte", value=1 if once else 2)
    )


def _gone(reader: Reader) -> Did | None:
    kind = reader.lexicon.concepts.get("buy")
    length = 2 if (reader.word(), reader.word(1)) == ("at", "risk") else 1 if reader.word() in _GONE else 0
    if kind is None or not length or reader.lexicon.at(reader.tokens, reader.at):
        return None
    said = reader.text(reader.at, reader.at + length)
    reader.take(reader.at + length)
    while _person(reader, 0):
        reader.take(reader.at + 1)
    when = reader.when()
    span: Span = (when.window or {}).get("last", _LONG) if when else _LONG
    reader.note(f"‘{said}’ was read as: bought earlier, but not in the last {span[0]} {span[1]}s.")
    return Did(kind, shape="stopped", window={"last": span})


def _new(reader: Reader) -> Did | None:
    kind = reader.lexicon.concepts.get("buy")
    if kind is None or reader.word() != "new" or not _person(reader, 1):
        return None
    reader.take(reader.at + 2)
    did = tail(reader, Did(kind, pick="first"))
    if did.reach and not did.window:
        did.window, did.reach = {"last": did.reach}, None
    did.window = did.window or {"last": [30, "day"]}
    reader.note("‘new’ was read as: bought for the first time then.")
    return did


def _decade(reader: Reader) -> Json | None:
    ahead = 0
    while reader.word(ahead) in ("in", "their", "his", "her", "the", "are"):
        ahead += 1
    word = reader.word(ahead)
    low = _DECADES.get(word) or (int(word[:2]) if re.fullmatch(r"[2-9]0s", word) else None)
    if low is None or reader.word(ahead - 1) != "their":
        return None
    rule = of_age(reader, Quantity(low, low + 9, "between"))
    if rule is not None:
        reader.take(reader.at + ahead + 1)
    return rule


def _aged_group(reader: Reader) -> Json | None:
    """‘over-60s’, ‘under 18s’."""
    said = reader.word() if len(reader.word()) > 5 else f"{reader.word()}{reader.word(1)}"
    match = re.fullmatch(r"(over|under)(\d\d)s", said)
    rule = match and of_age(reader, Quantity(int(match[2]), None, "gte" if match[1] == "over" else "lt"))
    if not match or rule is None:
        return None
    reader.take(reader.at + (1 if said == reader.word() else 2))
    return rule


def _having(reader: Reader) -> Json | None:
    """‘more than 50 seats’: a number before what it is a number of."""
    found = quantity_at(reader.tokens, reader.at)
    if found is None or found[0].money or reader.lexicon.each(reader.tokens, found[1], "kind"):
        return None
    named = reader.lexicon.each(reader.tokens, found[1], "attribute")
    field = named[0][0].field if named else None
    if named is None or field is None or field.type != "number":
        return None
    reader.take(named[1])
    return {"attribute": field.name, **numbered(found[0])}


def _recommends(reader: Reader) -> Json | None:
    found = _NPS.get(stem(reader.word()))
    field = _field(reader, "nps", "recommendation_score")
    if found is None or field is None or reader.lexicon.at(reader.tokens, reader.at):
        return None
    reader.take(reader.at + 1)
    op, value = found
    return {"attribute": field.name, "op": op, "value": value}


def _mailer(reader: Reader) -> Json | None:
    word = reader.word()
    if word not in _MAILERS or "email" not in reader.lexicon.fields:
        return None
    reader.take(reader.at + 1)
    while _person(reader, 0) or reader.word() in ("address", "addresses", "account", "accounts"):
        reader.take(reader.at + 1)
    reader.note(f"‘{word}’ was read as: an e-mail address at {word}.")
    return {"attribute": "email", "op": "contains", "value": f"@{word}."}


def _speaker(reader: Reader) -> Json | None:
    field = _field(reader, "language", "locale")
    if field is None or reader.word() not in LANGUAGES or stem(reader.word(1)) not in ("speaking", "speaker"):
        return None
    found = reader.lexicon.value_in(field, reader.tokens, reader.at)
    if found is None:
        return None
    reader.take(reader.at + 2)
    return {"attribute": field.name, "op": "is", "value": found[0]}


def _long_customer(reader: Reader) -> Json | None:
    """‘customers for more than 2 years’."""
    field = _field(reader, "customer_since", "joined_on", "created_at")
    before = stem(reader.tokens[reader.at - 1].word) if reader.at else ""
    if field is None or reader.word() not in ("for", "of") or before not in ("customer", "client", "member"):
        return None
    long = (reader.word(1), reader.word(2)) in (("more", "than"), ("at", "least"), ("longer", "than"))
    here = reader.at + (3 if long else 2 if reader.word(1) == "over" else 1)
    found = span_at(reader.tokens, here)
    if found is None:
        return None
    reader.take(found[1])
    reader.said("or more", "or longer", "and more")
    return dated(field, When({"before_last": found[0]}), reader.today)


def _cart(reader: Reader) -> Did | None:
    kinds: Any = reader.lexicon.concepts
    noun = 2 if reader.word(1) in ("a", "their", "the") else 1
    if reader.word() not in ("abandoned", "abandon") or stem(reader.word(noun)) not in _CARTS:
        return None
    cart, buy = kinds.get("cart"), kinds.get("buy")
    if cart is None or buy is None:
        reader.note("This account records nothing about carts: send them as interactions first.")
        return None
    reader.take(reader.at + noun + 1)
    reader.note("‘abandoned’ was read as: put in the cart, and not bought within 1 day.")
    did = Did(cart, within=[1, "day"], steps=[{"interaction": buy.name, "absent": True}])
    return tail(reader, did)
