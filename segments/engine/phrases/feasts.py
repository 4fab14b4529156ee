"""Seasons, feasts and decades as days: ‘last summer’, ‘Easter 2025’, ‘the 80s’; else the latest that has begun."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from segments.engine.phrases.tokens import Token

Days = tuple[date, date]


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    el = (32 + 2 * e + 2 * i - h - k) % 7
    month, day = divmod(h + el - 7 * ((a + 11 * h + 22 * el) // 451) + 114, 31)
    return date(year, month, day + 1)


def black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 22)


def _on(month: int, day: int) -> Callable[[int], Days]:
    return lambda year: (date(year, month, day), date(year, month, day))


def _season(month: int) -> Callable[[int], Days]:
    def days(year: int) -> Days:
        last = month + 2 if month < 11 else month - 10
        ends = year + (month > 10)
        return date(year, month, 1), date(ends, last, monthrange(ends, last)[1])

    return days


def _one(found: Callable[[int], date], ahead: int = 0) -> Callable[[int], Days]:
    return lambda year: (found(year) + timedelta(days=ahead),) * 2


SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
FEASTS: dict[str, Callable[[int], Days]] = {
    **{name: _season(month) for name, month in SEASONS.items()},
    "easter": lambda year: (easter(year) - timedelta(days=2), easter(year) + timedelta(days=1)),
    "christmas": lambda year: (date(year, 12, 24), date(year, 12, 26)),
    "xmas": lambda year: (date(year, 12, 24), date(year, 12, 26)),
    "new year": _on(1, 1),
    "new years": _on(1, 1),
    "new years eve": _on(12, 31),
    "valentines day": _on(2, 14),
    "valentines": _on(2, 14),
    "halloween": _on(10, 31),
    "black friday": _one(black_friday),
    "cyber monday": _one(black_friday, 3),
    "black week": lambda year: (black_friday(year) - timedelta(days=4), black_friday(year)),
}
_YEAR = re.compile(r"(19|20)\d\d")


def feast_at(tokens: list[Token], at: int, today: date) -> tuple[date, date, int] | None:
    """The days of a season or feast named here, and where it ends; one that is not over ends today."""
    here, ago = at, 0
    while here < len(tokens) and tokens[here].word in ("the", "this", "last", "previous"):
        ago += tokens[here].word in ("last", "previous")
        here += 1
    for length in (3, 2, 1):
        name = " ".join(token.word for token in tokens[here : here + length])
        if name in FEASTS and len(tokens) >= here + length:
            break
    else:
        return None
    end = here + length
    days = FEASTS[name]
    if end < len(tokens) and _YEAR.fullmatch(tokens[end].word):
        return *days(int(tokens[end].word)), end + 1
    if [token.word for token in tokens[end : end + 2]] == ["last", "year"]:
        return *days(today.year - 1), end + 2
    first, last = max(
        found for year in range(today.year - 2, today.year + 1) if (found := days(year))[0] <= today
    )
    if ago and last >= today:  # ‘last summer’, said in summer, is the one before
        first, last = days(first.year - 1)
    return first, min(last, today) if first <= today else last, end


_DECADES = {
    word: 1910 + 10 * number
    for number, word in enumerate(
        ("tens", "twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties")
    )
}
_CENTURY = 30  # ‘the 30s’ and later are of the last century, ‘the 10s’ of this one


def decade_at(tokens: list[Token], at: int) -> tuple[date, date, int] | None:
    """‘the 80s’, ‘the eighties’, ‘the 1980s’."""
    word = tokens[at].word
    first = _DECADES.get(word)
    if first is None:
        match = re.fullmatch(r"(19|20)?(\d0)s", word)
        if match is None:
            return None
        ten = int(match[2])
        first = ten + (100 * int(match[1]) if match[1] else 1900 if ten >= _CENTURY else 2000)
    return date(first, 1, 1), date(first + 9, 12, 31), at + 1
