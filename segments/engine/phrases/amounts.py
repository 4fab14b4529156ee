"""Amounts of what was done: ‘for more than 100 euro’, in total or in a single purchase."""

from __future__ import annotations

from segments.engine.phrases.deeds import AMOUNT, Did
from segments.engine.phrases.known import numbered
from segments.engine.phrases.numbers import Quantity, quantity_at
from segments.engine.phrases.reader import Reader
from segments.engine.phrases.synonyms import either
from segments.engine.phrases.times import UNITS
from segments.engine.phrases.tokens import stem


def amount(reader: Reader, did: Did) -> bool:
    """‘for more than 100 euro’: in total, or in a single purchase."""
    start = reader.at
    ahead = 1 if reader.word() in ("for", "worth", "of", "costing", "totalling", "spending", "with") else 0
    if did.pick and reader.word() in ("is", "was", "were"):
        ahead = 1  # ‘last order was over 100 euro’
    found = quantity_at(reader.tokens, start + ahead)
    if found is None or not (found[0].money or _sum_of(reader, did, start, found)):
        return False
    quantity, end = found
    reader.take(end)
    average = reader.said("on average", "per purchase", "per order")
    total = not average and reader.said("in total", "altogether", "overall", "in all")
    single = not (average or total) and reader.said(
        "at once", "in one go", "each", "in a single purchase", "in one order"
    )
    plain = "gte" if not quantity.op else ""
    default = 1 if did.measure or did.pick or single or _is_noun(reader, start) else 0
    taken = default
    if not (average or total or single or did.pick):
        options = ["in total", "in a single purchase"]
        taken = reader.choose(start, "amount", reader.text(start, end), options, default)
    if taken == 1 or did.measure or did.pick:
        op = {"op": "gte", "value": quantity.low} if plain else numbered(quantity)
        did.where.append({"property": AMOUNT, **op})
    else:
        did.measured({"fn": "average" if average else "sum", "property": AMOUNT}, quantity, plain)
    return True


_SUBJECTS = either("who|that|they|to|people|customers|everybody|everyone|women|men|and|or|not|did|dont|never")


def _is_noun(reader: Reader, at: int) -> bool:
    """Whether ‘orders’, ‘a purchase’ stand just before: then an amount is of each, not of all together."""
    noun = reader.tokens[at - 1].word if at else ""
    before = reader.tokens[at - 2].word if at > 1 else ""
    singular = noun in ("order", "purchase") and before not in _SUBJECTS
    return noun in ("orders", "purchases", "invoices", "sales", "payments", "donations") or singular


def _sum_of(reader: Reader, did: Did, start: int, found: tuple[Quantity, int]) -> bool:
    """True of ‘for at least 200’: a sum without its currency, and neither a time nor a number of times."""
    following = stem(reader.tokens[found[1]].word) if found[1] < len(reader.tokens) else ""
    money = any(one.name == AMOUNT for one in did.kind.properties)
    noun = _is_noun(reader, start) and money and following not in ("item", "product", "thing")
    told = (noun or reader.tokens[start].word in ("for", "totalling", "spending", "worth")) and found[0].op
    return bool(told) and following not in UNITS and following not in ("time", "different")
