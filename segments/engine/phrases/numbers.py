"""Numbers, amounts and comparisons in words: ‘at least twenty-five’, ‘€ 1,000 or more’, ‘between 3 and 5’."""

from __future__ import annotations

import re
from dataclasses import dataclass

from segments.engine.phrases.tokens import Token


def _words(text: str) -> list[str]:
    return text.split()


_SMALL = {
    word: number
    for number, word in enumerate(
        _words(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
            "sixteen seventeen eighteen nineteen"
        )
    )
}
_TENS = {
    word: 10 * number
    for number, word in enumerate(_words("twenty thirty forty fifty sixty seventy eighty ninety"), start=2)
}
_LARGE = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_OTHER = {"dozen": 12, "couple": 2, "once": 1, "twice": 2, "thrice": 3}
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*k?")
MONEY = frozenset(_words("€ $ £ euro euros eur dollar dollars usd pound pounds gbp francs chf"))
# How a comparison begins. Longer phrases first.
BEFORE: dict[str, str] = {
    "at least": "gte",
    "at the least": "gte",
    "no fewer than": "gte",
    "no less than": "gte",
    "not less than": "gte",
    "not fewer than": "gte",
    "a minimum of": "gte",
    "minimum": "gte",
    ">=": "gte",
    "at most": "lte",
    "at the most": "lte",
    "no more than": "lte",
    "not more than": "lte",
    "up to": "lte",
    "a maximum of": "lte",
    "maximum": "lte",
    "<=": "lte",
    "more than": "gt",
    "greater than": "gt",
    "higher than": "gt",
    "older than": "gt",
    "longer than": "gt",
    "shorter than": "lt",
    "larger than": "gt",
    "over": "gt",
    "above": "gt",
    "beyond": "gt",
    ">": "gt",
    "less than": "lt",
    "fewer than": "lt",
    "lower than": "lt",
    "smaller than": "lt",
    "younger than": "lt",
    "under": "lt",
    "below": "lt",
    "<": "lt",
    "exactly": "eq",
    "precisely": "eq",
    "equal to": "eq",
    "equals": "eq",
    "only": "eq",
    "just": "eq",
    "=": "eq",
}
AFTER: dict[str, str] = {
    "or more": "gte",
    "and more": "gte",
    "or above": "gte",
    "or over": "gte",
    "or older": "gte",
    "or higher": "gte",
    "or larger": "gte",
    "or bigger": "gte",
    "or greater": "gte",
    "and higher": "gte",
    "or better": "gte",
    "and older": "gte",
    "and over": "gte",
    "and above": "gte",
    "plus": "gte",
    "+": "gte",
    "or fewer": "lte",
    "or less": "lte",
    "or under": "lte",
    "or younger": "lte",
    "or lower": "lte",
    "or smaller": "lte",
    "and under": "lte",
}


@dataclass(frozen=True)
class Quantity:
    """A number with how it is compared (`op` empty: nothing was said), and the second one of ‘between’."""

    low: int | float
    high: int | float | None = None
    op: str = ""
    money: bool = False


def phrase_at(tokens: list[Token], at: int, table: dict[str, str]) -> tuple[str, int] | None:
    """The longest phrase of a table that begins here: what it stands for, and where it ends."""
    for length in (3, 2, 1):
        words = " ".join(token.word or token.text for token in tokens[at : at + length])
        if words in table and len(tokens) >= at + length:
            return table[words], at + length
    return None


def number_at(tokens: list[Token], at: int) -> tuple[int | float, int] | None:
    """A number in digits or words that begins here, and where it ends."""
    if at >= len(tokens) or tokens[at].quoted:
        return None
    written = tokens[at].text.casefold()
    if len(written) <= 18 and _DIGITS.fullmatch(written):
        value = _digits(written)
        following = tokens[at + 1].word if at + 1 < len(tokens) else ""
        if following in _LARGE:
            return _whole(value * _LARGE[following]), at + 2
        return value, at + 1
    return _worded(tokens, at)


def _digits(written: str) -> int | float:
    factor = 1_000 if written.endswith("k") else 1
    plain = written.removesuffix("k")
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    elif re.fullmatch(r"[1-9]\d{0,2}(\.\d{3})+", plain):
        plain = plain.replace(".", "")
    elif plain.count(",") == 1:
        plain = plain.replace(",", ".")
    try:
        return _whole(float(plain) * factor)
    except ValueError:
        return _whole(float(re.split(r"[.,]", plain)[0]) * factor)


def _whole(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _worded(tokens: list[Token], at: int) -> tuple[int, int] | None:
    total, current, here = 0, None, at
    while here < len(tokens) and not tokens[here].quoted:
        word = tokens[here].word
        small = _small(word)
        if small is not None:
            if current is not None and not (current % 100 == 0 or (current % 10 == 0 and small < 10)):
                break
            current = (current or 0) + small
        elif word in _LARGE and (current is not None or _article(tokens, here - 1, at)):
            current = (current or 1) * _LARGE[word]
            if _LARGE[word] > 100:
                total, current = total + current, 0
        elif word in ("dozen", "couple") and (current is not None or _article(tokens, here - 1, at)):
            current = (current or 1) * _OTHER[word]
        elif word in ("a", "an") and here == at and here + 1 < len(tokens):
            if tokens[here + 1].word not in {*_LARGE, "dozen", "couple"}:
                return None
        elif not (word == "and" and current is not None and _continues(tokens, here, current)):
            break
        here += 1
    return None if current is None else (total + current, here)


def _small(word: str) -> int | None:
    if word in _SMALL:
        return _SMALL[word]
    for ten, number in _TENS.items():
        if word == ten:
            return number
        if word.startswith(ten) and _SMALL.get(word.removeprefix(ten), 0) in range(1, 10):
            return number + _SMALL[word.removeprefix(ten)]
    return None


def _article(tokens: list[Token], before: int, at: int) -> bool:
    return before >= at and tokens[before].word in ("a", "an")


def _continues(tokens: list[Token], at: int, current: int) -> bool:
    """‘a hundred and five’ goes on after ‘and’; ‘three and four’ does not."""
    return (
        current % 100 == 0
        and current > 0
        and at + 1 < len(tokens)
        and _small(tokens[at + 1].word) is not None
    )


def quantity_at(tokens: list[Token], at: int) -> tuple[Quantity, int] | None:
    """A number with its comparison and currency that begins here, and where it ends."""
    word = tokens[at].word if at < len(tokens) else ""
    if word in ("between", "from"):
        first = _priced(tokens, at + 1)
        joint = first and tokens[first[2]].word if first and first[2] < len(tokens) else ""
        second = _priced(tokens, first[2] + 1) if first and joint in ("and", "to") else None
        if first is None or second is None:
            return None
        return Quantity(first[0], second[0], "between", first[1] or second[1]), second[2]
    compared = phrase_at(tokens, at, BEFORE)
    op, here = compared or ("", at)
    first = _priced(tokens, here)
    if first is None:
        return None
    value, money, end = first
    after = phrase_at(tokens, end, AFTER)
    if not op and after:
        return Quantity(value, None, after[0], money), after[1]
    if not op and end < len(tokens) and tokens[end].word == "to":
        second = _priced(tokens, end + 1)
        if second:
            return Quantity(value, second[0], "between", money or second[1]), second[2]
    return Quantity(value, None, op, money), end


def _priced(tokens: list[Token], at: int) -> tuple[int | float, bool, int] | None:
    before = at < len(tokens) and (tokens[at].word in MONEY or tokens[at].text in MONEY)
    found = number_at(tokens, at + 1 if before else at)
    if found is None:
        return None
    value, end = found
    behind = end < len(tokens) and (tokens[end].word in MONEY or tokens[end].text in MONEY)
    return value, before or behind, end + (1 if behind else 0)


def times_at(tokens: list[Token], at: int) -> tuple[Quantity, int] | None:
    """How often, that begins here: ‘twice’, ‘more than once’, ‘at least three times’, ‘3 or more times’."""
    compared = phrase_at(tokens, at, BEFORE)
    op, here = compared or ("", at)
    word = tokens[here].word if here < len(tokens) else ""
    if word in ("once", "twice", "thrice"):
        after = phrase_at(tokens, here + 1, AFTER)
        return Quantity(_OTHER[word], None, op or (after[0] if after else "")), after[
            1
        ] if after else here + 1
    often = re.fullmatch(r"(\d{1,4})x", word)
    if often:
        return Quantity(int(often[1]), None, op), here + 1
    found = quantity_at(tokens, at)
    if found is None:
        return None
    quantity, end = found
    if end >= len(tokens) or tokens[end].word not in ("times", "time"):
        return None
    after = phrase_at(tokens, end + 1, AFTER)
    if after and not quantity.op:
        return Quantity(quantity.low, None, after[0]), after[1]
    return quantity, end + 1
