"""Times in words: ‘in the last 90 days’, ‘since March’, ‘between 30 and 60 days ago’, ‘in Q1 2025’."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from segments.engine.phrases.feasts import decade_at, feast_at
from segments.engine.phrases.numbers import number_at
from segments.engine.phrases.tokens import Token, stem

Json = dict[str, Any]
Span = list[Any]
UNITS = {
    "minute": (1, "minute"),
    "hour": (1, "hour"),
    "day": (1, "day"),
    "week": (1, "week"),
    "month": (1, "month"),
    "year": (1, "year"),
    "quarter": (3, "month"),
    "fortnight": (2, "week"),
    "decade": (10, "year"),
}
_MONTHS = (
    "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sept sep|"
    "october oct|november nov|december dec"
)
MONTHS = {name: number for number, names in enumerate(_MONTHS.split("|"), start=1) for name in names.split()}
_PERIODS = ("week", "month", "quarter", "year")
_LAST = frozenset({"last", "past", "previous", "latest", "recent"})
_SINCE = frozenset({"since", "starting"})
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
RECENTLY = [30, "day"]


@dataclass(frozen=True)
class When:
    """A time that was read: a window, whether it is only a reach (‘within 14 days’), what was assumed."""

    window: Json | None
    reach: bool = False
    ahead: Span | None = None  # ‘in the next 7 days’
    month: int | None = None  # ‘in May’: a month without a year
    note: str = ""


def span_at(tokens: list[Token], at: int) -> tuple[Span, int] | None:
    """A length of time that begins here: ‘90 days’, ‘a year’, ‘half a year’, ‘half year’, ‘month’."""
    words = [token.word for token in tokens[at : at + 3]]
    for half in (["half", "a", "year"], ["half", "year"]):
        if words[: len(half)] == half:
            return [6, "month"], at + len(half)
    article = words[:1] in (["a"], ["an"], ["one"])
    found = (1, at + 1) if article else number_at(tokens, at)
    amount, here = found or (1, at)
    unit = UNITS.get(stem(tokens[here].word)) if here < len(tokens) else None
    if unit is None or not isinstance(amount, int) or amount < 1:
        return None
    return [amount * unit[0], unit[1]], here + 1


def days_at(tokens: list[Token], at: int, today: date) -> tuple[date, date, int] | None:
    """The days a written date covers, and where it ends: a day, a month, a quarter or a year; the latest one past."""
    if at < len(tokens) and tokens[at].word == "the":
        at += 1
    if at >= len(tokens):
        return None
    word = tokens[at].word
    if word in ("today", "yesterday"):
        day = today - timedelta(days=1 if word == "yesterday" else 0)
        return day, day, at + 1
    exact = _written(tokens[at].text)
    if exact:
        return exact, exact, at + 1
    found = (
        feast_at(tokens, at, today)
        or _quarter(tokens, at, today)
        or _with_month(tokens, at, today)
        or _period(tokens, at, today)
        or decade_at(tokens, at)
    )
    if found:
        return found
    if re.fullmatch(r"(19|20)\d\d", word):
        return date(int(word), 1, 1), date(int(word), 12, 31), at + 1
    return None


def _written(text: str) -> date | None:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return date.fromisoformat(text)
        if re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{4}", text):
            day, month, year = map(int, text.split("."))
            return date(year, month, day)
    except ValueError:
        return None
    return None


def _year_at(tokens: list[Token], at: int) -> tuple[int, int] | None:
    while at < len(tokens) and tokens[at].text in (",", "of"):
        at += 1
    if at < len(tokens) and re.fullmatch(r"(19|20)\d\d", tokens[at].word):
        return int(tokens[at].word), at + 1
    return None


def _last_year(tokens: list[Token], at: int, today: date) -> tuple[int, int] | None:
    """‘May last year’, ‘May this year’."""
    words = [token.word for token in tokens[at : at + 2]]
    return (
        (today.year - (words[0] == "last"), at + 2) if words in (["last", "year"], ["this", "year"]) else None
    )


def _with_month(tokens: list[Token], at: int, today: date) -> tuple[date, date, int] | None:
    day, here = None, at
    ordinal = _ORDINAL.fullmatch(tokens[here].text.casefold())
    if ordinal and here + 1 < len(tokens):
        after = here + 1 + (tokens[here + 1].word == "of")
        if after < len(tokens) and tokens[after].word in MONTHS:
            day, here = int(ordinal[1]), after
    month = MONTHS.get(tokens[here].word)
    if month is None:
        return None
    here += 1
    if day is None and here < len(tokens):
        ordinal = _ORDINAL.fullmatch(tokens[here].text.casefold())
        if ordinal and 1 <= int(ordinal[1]) <= 31:
            day, here = int(ordinal[1]), here + 1
    dated = _year_at(tokens, here) or _last_year(tokens, here, today)
    year, end = dated or (today.year, here)
    try:
        first = date(year, month, day or 1)
        if dated is None and first > today:
            first = first.replace(year=year - 1)
    except ValueError:
        return None
    last = first if day else first.replace(day=monthrange(first.year, month)[1])
    return first, last, end


def _quarter(tokens: list[Token], at: int, today: date) -> tuple[date, date, int] | None:
    match = re.fullmatch(r"q([1-4])", tokens[at].word)
    if match is None:
        return None
    month = 3 * int(match[1]) - 2
    dated = _year_at(tokens, at + 1) or _last_year(tokens, at + 1, today)
    year, end = dated or (today.year if date(today.year, month, 1) <= today else today.year - 1, at + 1)
    return date(year, month, 1), date(year, month + 2, monthrange(year, month + 2)[1]), end


def _period(tokens: list[Token], at: int, today: date) -> tuple[date, date, int] | None:
    words = [token.word for token in tokens[at : at + 4]]
    for opening in (["beginning", "of", "the"], ["start", "of", "the"]):
        if words[:3] == opening and words[3:] and words[3] in _PERIODS:
            first, _ = _bounds("this", words[3], today)
            return first, first, at + 4
    if len(words) < 2 or words[0] not in ("this", "last") or words[1] not in _PERIODS:
        return None
    return *_bounds(words[0], words[1], today), at + 2


def _bounds(which: str, unit: str, today: date) -> tuple[date, date]:
    first = {
        "week": today - timedelta(days=today.weekday()),
        "month": today.replace(day=1),
        "quarter": today.replace(month=today.month - (today.month - 1) % 3, day=1),
        "year": today.replace(month=1, day=1),
    }[unit]
    if which == "last":
        return _bounds("this", unit, first - timedelta(days=1))[0], first - timedelta(days=1)
    return first, today


def _range(first: date | None, last: date | None) -> Json:
    window = {"from": first and first.isoformat(), "to": last and last.isoformat()}
    return {key: value for key, value in window.items() if value}


Reading = tuple[When, int] | None


def _rolling(tokens: list[Token], at: int, today: date) -> Reading:
    """‘in the last 90 days’, ‘over the past year’; ‘last month’ alone is the calendar month."""
    here = at
    if tokens[here].word in ("in", "within", "during", "over", "for", "throughout"):
        here += 1
    article = here < len(tokens) and tokens[here].word in ("the", "these")
    here += article
    if here >= len(tokens) or tokens[here].word not in _LAST:
        return None
    counted = here + 1 < len(tokens) and tokens[here + 1].word not in _PERIODS
    found = span_at(tokens, here + 1)
    if found is None or not (article or counted):
        return None
    return When({"last": found[0]}), found[1]


def _calendar(tokens: list[Token], at: int, today: date) -> Reading:
    """‘this year’, ‘last month’, ‘today’, ‘so far this quarter’."""
    here = at
    while here < len(tokens) and tokens[here].word in ("in", "during", "so", "far", "on"):
        here += 1
    if here >= len(tokens):
        return None
    word = tokens[here].word
    if word in ("today", "yesterday", "tomorrow"):
        return When({"period": word}), here + 1
    following = tokens[here + 1].word if here + 1 < len(tokens) else ""
    if word in ("this", "last", "next", "current", "previous") and following == "calendar":
        following, here = tokens[here + 2].word if here + 2 < len(tokens) else "", here + 1
    which = {"current": "this", "previous": "last"}.get(word, word)
    if which in ("this", "last", "next") and following in _PERIODS:
        return When({"period": f"{which}_{following}"}), here + 2
    return None


def _next(tokens: list[Token], at: int, today: date) -> Reading:
    """‘in the next 7 days’, ‘within the coming month’."""
    here = at
    while here < len(tokens) and tokens[here].word in ("in", "within", "during", "the"):
        here += 1
    if here >= len(tokens) or tokens[here].word not in ("next", "coming", "following"):
        return None
    found = span_at(tokens, here + 1)
    counted = here + 1 < len(tokens) and tokens[here + 1].text.isdigit()
    return (When(None, ahead=found[0]), found[1]) if found and (here > at or counted) else None


def _ago(tokens: list[Token], at: int, today: date) -> Reading:
    """‘more than 60 days ago’, ‘between 30 and 60 days ago’, ‘less than a week ago’."""
    words = [token.word for token in tokens[at : at + 2]]
    if words[:1] == ["between"]:
        first = number_at(tokens, at + 1)
        if first is None:
            return None
        own = span_at(tokens, at + 1)
        joint = own[1] if own else first[1]
        second = span_at(tokens, joint + 1) if joint < len(tokens) and tokens[joint].word == "and" else None
        if second is None or not _is_ago(tokens, second[1]):
            return None
        far, near = own[0] if own else [first[0], second[0][1]], second[0]
        if _length(far) < _length(near):
            far, near = near, far
        return When({"between_ago": [far, near]}), second[1] + 1
    more = words in (["more", "than"], ["over"]) or words[:1] == ["over"] or words == ["longer", "than"]
    less = words == ["less", "than"]
    if not more and not less:
        return None
    found = span_at(tokens, at + (1 if words[0] == "over" else 2))
    if found is None or not _is_ago(tokens, found[1]):
        return None
    return When({"before_last" if more else "last": found[0]}), found[1] + 1


def _is_ago(tokens: list[Token], at: int) -> bool:
    return at < len(tokens) and tokens[at].word in ("ago", "back", "before")


_DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365}


def _length(span: Span) -> float:
    return float(span[0]) * _DAYS[span[1]]


def _since(tokens: list[Token], at: int, today: date) -> Reading:
    """‘since March’, ‘after 3 March 2025’, ‘before 2024’, ‘until yesterday’."""
    word = tokens[at].word
    if word not in {*_SINCE, "after", "before", "until", "till", "by"}:
        return None
    found = days_at(tokens, at + 1, today)
    if found is None:
        return None
    first, last, end = found
    if word in _SINCE and [token.word for token in tokens[end : end + 2]] in (
        ["or", "earlier"],
        ["or", "before"],
    ):
        word, end = "until", end + 2  # ‘customers since 2010 or earlier’
    said = " ".join(token.text for token in tokens[at:end])
    day = timedelta(days=1)
    window = {
        "after": lambda: _range(last + day, None),
        "before": lambda: _range(None, first - day),
    }.get(word, lambda: _range(first, None) if word in _SINCE else _range(None, last))()
    shown = window.get("from") or window.get("to")
    return When(window, note=f"‘{said}’ was read as {'from' if 'from' in window else 'until'} {shown}."), end


def _between(tokens: list[Token], at: int, today: date) -> Reading:
    """‘between 1 March and 15 April’, ‘from May 2024 to June 2024’."""
    if tokens[at].word not in ("between", "from"):
        return None
    first = days_at(tokens, at + 1, today)
    if (
        first is None
        or first[2] >= len(tokens)
        or tokens[first[2]].word not in ("and", "to", "until", "till")
    ):
        return None
    last = days_at(tokens, first[2] + 1, today)
    if last is None or last[1] < first[0]:
        return None
    return When(_range(first[0], last[1])), last[2]


def _on(tokens: list[Token], at: int, today: date) -> Reading:
    """‘in March 2025’, ‘in 2024’, ‘on 3 March’, ‘during Q1’."""
    if tokens[at].word not in ("in", "on", "during"):
        return None
    found = days_at(tokens, at + 1, today)
    if found is None:
        return None
    first, last, end = found
    bare = end == at + 2 and tokens[at + 1].word in MONTHS
    said = " ".join(token.text for token in tokens[at:end])
    note = f"‘{said}’ was read as {first:%B %Y}." if bare else ""
    return When(_range(first, last), month=first.month if bare else None, note=note), end


def _feast(tokens: list[Token], at: int, today: date) -> Reading:
    """‘last summer’, ‘during winter 2025’, ‘at Easter’, ‘around Black Friday’."""
    around = tokens[at].word == "around"
    here = at + (tokens[at].word in ("in", "on", "at", "during", "over", "for", "around"))
    found = feast_at(tokens, here, today)
    if found is None:
        return None
    first, last, end = found
    opened = here > at or tokens[at].word in ("last", "this", "the", "previous")
    if not (opened or tokens[end - 1].word.isdigit()):
        return None  # ‘spring news’ is a name
    if around:
        first, last = first - timedelta(days=7), last + timedelta(days=7)
    said = " ".join(token.text for token in tokens[at:end])
    note = f"‘{said}’ was read as {first.isoformat()} to {last.isoformat()}."
    return When(_range(first, last), note=note), end


def _recently(tokens: list[Token], at: int, today: date) -> Reading:
    if tokens[at].word not in ("recently", "lately"):
        return None
    return When({"last": RECENTLY}, note=f"‘{tokens[at].text}’ was read as the last 30 days."), at + 1


def _within(tokens: list[Token], at: int, today: date) -> Reading:
    """‘within 14 days’, ‘for 60 days’, ‘in 90 days’: a reach, whose meaning what stands before it decides."""
    if tokens[at].word not in ("within", "for", "in"):
        return None
    here = at + 1
    if here + 1 < len(tokens) and (tokens[here].word, tokens[here + 1].word) in (
        ("at", "least"),
        ("more", "than"),
        ("longer", "than"),
    ):
        here += 2
    elif [token.word for token in tokens[here : here + 2]] == ["less", "than"]:
        if tokens[at].word == "for":
            return None  # ‘for less than’ is the opposite
        here += 2
    elif here + 1 < len(tokens) and tokens[here].word == "over":
        here += 1
    found = span_at(tokens, here)
    if found is None or tokens[here].word in UNITS:
        return None
    return When({"last": found[0]}, reach=True), found[1]


_READERS: tuple[Callable[[list[Token], int, date], Reading], ...] = (
    *(_feast, _rolling, _calendar, _next, _ago, _since, _between, _on, _recently, _within),
)


def when_at(tokens: list[Token], at: int, today: date) -> tuple[When, int] | None:
    """The time that begins here, and where it ends."""
    if at >= len(tokens) or tokens[at].quoted:
        return None
    return next((found for reader in _READERS if (found := reader(tokens, at, today))), None)
