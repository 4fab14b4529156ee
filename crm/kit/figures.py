"""How figures are written for people: grouped, rounded once, with a true minus sign."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

MINUS = "\u2212"
NARROW = "\u00a0"
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "CHF": "CHF", "JPY": "¥"}


def figure(number: int | float | Decimal, digits: int = 0) -> str:
    """`12,114`, `−31`, `0.25`: grouped by thousands."""
    text = f"{abs(number):,.{digits}f}"
    negative = number < 0 and any(sign in text for sign in "123456789")
    return f"{MINUS}{text}" if negative else text


def signed(number: int | float | Decimal, digits: int = 0) -> str:
    """`+642`, `−31`, `0`."""
    text = figure(number, digits)
    return text if number <= 0 else f"+{text}"


def share(part: float, whole: float, digits: int = 1) -> str:
    """`3.9 %` of a whole; `0 %` of nothing."""
    return percent(part / whole if whole else 0.0, digits)


def percent(ratio: float, digits: int = 1) -> str:
    """`31 %` for 0.31; no empty decimals."""
    text = figure(ratio * 100, digits)
    if digits:
        text = text.rstrip("0").rstrip(".")
    return f"{text}{NARROW}%"


def money(amount: int | float | Decimal, currency: str, digits: int | None = None) -> str:
    """`€ 612` or `€ 8.50`: cents only where there are any, unless `digits` is given."""
    if digits is None:
        digits = 0 if amount == int(amount) else 2
    symbol = SYMBOLS.get(currency, currency)
    return f"{symbol}{NARROW}{figure(amount, digits)}" if symbol else figure(amount, digits)


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 customer`, `12 customers`."""
    return f"{figure(number)} {one if number == 1 else many or one + 's'}"


_YEAR = 365.25 * 86_400


def duration(span: timedelta) -> str:
    """`4 years`, `29 days`, `3 hours`, `a moment`: the largest whole unit; years from two on."""
    seconds = int(span.total_seconds())
    if seconds >= 2 * _YEAR:
        return counted(int(seconds / _YEAR), "year")
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            return counted(seconds // size, unit)
    return "a moment"
