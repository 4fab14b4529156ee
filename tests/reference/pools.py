"""What is drawn from: names with their types, values that are easily confused, and instants where clocks change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

KINDS = {
    "status": "text",
    "points": "number",
    "since": "date",
    "renewal": "instant",
    "agreed": "yes/no",
    "tags": "list",
    "mix": "mixed",
    "address.city": "text",
    "total": "money",
    "coupon": "text",
    "shipping.country": "text",
}
DECLARED = {name: KINDS[name] for name in ("status", "points", "since", "renewal", "agreed", "tags")}
ATTRIBUTES = ["status", "points", "since", "renewal", "agreed", "tags", "mix", "address.city"]
PROPERTIES = ["total", "coupon", "shipping.country", "mix", "points", "since"]
LISTED = [*ATTRIBUTES]  # may hold a list, rightly or not
MISSING: list[Any] = [None, "", "  ", "\u00a0", []]
TEXTS: list[Any] = [
    "pro", "PRO", " pro ", "Pro plan", "a_c", "abc", "100%", "%", "'", '"', "\\", "Stra\u00dfe", "STRASSE",
    "Z\u00fcrich", "Zu\u0308rich", "Zurich", "\u0130", "i\u0307", "\u03a3\u038a\u03a3", "\u03c3\u03af\u03c2", "\u01f0",
    "01234", "1234", "10", "010", "1e1", "true", "TRUE", "2026-03-15", "soon", "31/12/2025", " Z\u00fcrich ", "\tpr\u00f3",
]  # fmt: skip
WORDS: list[Any] = [
    "pro", " PRO ", "a_c", "%", "'", "\\", "stra\u00dfe", "STRASSE", "z\u00fcrich", "ZU\u0308RICH", "Zurich", "i\u0307",
    "\u03c3\u03af\u03c3", "\u01f0", "01234", "1234", "10", "1e1", "true", "2026",
]  # fmt: skip
NUMBERS: list[Any] = [
    0, 1, 10, 10.0, 0.1, 0.2, 0.3, -3, 9007199254740993, 9007199254740992, "9007199254740993", "0.10", " 10 ", "1e1",
    "\u00a05", 10**18, 10**19, -(10**19), 2**63 - 1, 2**63, -(2**63), "0.0000000001", "1e-30", "1e40", 1.5, "1,000", "NaN",
    "Infinity", "\u0661", "+5", ".5", "5.", True,
]  # fmt: skip
ASKED: list[Any] = [
    0, 1, 2, 10, "10", 0.1, 0.3, -3, 9007199254740993, 9007199254740992, 10**19, 2**63 - 1, 2**63, "1e-30", "1e40",
    100, 50, "0.30", 0.15, 30, 0.5, "1.5", 2.4,
]  # fmt: skip
PLAIN: list[Any] = [1, 2, 0, 3, 10, -1]
VALUES: dict[str, list[Any]] = {
    "text": TEXTS,
    "number": NUMBERS,
    "money": [60, 40, 0.1, 0.2, "44.50", "0.30", 0.29, -1, 10, "10.0", "1e1", None],
    "yes/no": [True, False, "true", " FALSE "],
    "missing": MISSING,
    "nested": [{"k": "pro"}, {"k": 10}, {}],
}
ITEMS: list[Any] = [
    "pro",
    "PRO ",
    "z\u00fcrich",
    "Stra\u00dfe",
    10,
    "10",
    "010",
    True,
    "true",
    "",
    None,
    "1234",
]
PATTERNS = ["^pro", "O$", "a.c", "[0-9]+", "^\\d{2}$", "z\u00dcr", "\\\\", "p|q", "^$"]
DAYS = [
    "2024-02-29",
    "2000-02-28",
    "1999-03-01",
    "2026-12-31",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31",
    "20260315",
]
LEAP_DAYS = ["2024-02-29", "2000-02-29", "1996-02-28", "1997-03-01"]
PERIODS = ["today", "yesterday", "tomorrow"] + [
    f"{which}_{unit}" for which in ("this", "last", "next") for unit in ("week", "month", "quarter", "year")
]
COUNTING = ["count", "distinct", "distinct_days", "distinct_weeks", "distinct_months"]
FUNCTIONS = ["count", "sum", "average", "minimum", "maximum", "average", "distinct_days", *COUNTING]
DATED = [
    "on",
    "before",
    "after",
    "between_dates",
    "within_last",
    "more_than_ago",
    "within_next",
    "more_than_ahead",
]
DATED += ["in_period", "anniversary", "anniversary_within_next", "anniversary_month"]
SHIFTED = [*DATED[4:]]
SET = ["is_set", "is_not_set"]
MORE = ["ends_with", "not_ends_with", "matches", *SET]
OPERATORS = {
    "text": [
        "is",
        "is_not",
        "in",
        "not_in",
        "contains",
        "not_contains",
        "starts_with",
        "not_starts_with",
        *MORE,
    ],
    "number": ["is", "is_not", "in", "not_in", "gt", "gte", "lt", "lte", "between", *SET],
    "yes/no": ["is", "is_not", *SET],
    "date": DATED + SET,
    "instant": DATED + SET,
    "list": [
        "includes_any",
        "includes_all",
        "includes_none",
        "is",
        "is_not",
        "contains",
        "not_contains",
        *SET,
    ],
}
MONTH_ENDS = [
    "2026-03-31T12:00:00+00:00",
    "2024-02-29T12:00:00+00:00",
    "2026-02-28T10:00:00+00:00",
    "2027-02-27T10:00:00+00:00",
    "2026-03-08T12:00:00+00:00",
    "2026-12-31T23:30:00+00:00",
    "2027-01-01T00:00:00+00:00",
    "2026-03-15T12:00:00+00:00",
]
# Until 2011 the clocks of St John's and Goose Bay went back at a minute past midnight, into the day before.
TURNS = {
    "UTC": ["2026-03-15T00:00:00+00:00"],
    "Europe/Berlin": ["2026-03-29T01:00:00+00:00", "2026-10-25T01:00:00+00:00"],
    "America/Los_Angeles": ["2026-03-08T10:00:00+00:00", "2026-11-01T09:00:00+00:00"],
    "Pacific/Auckland": ["2026-04-04T14:00:00+00:00", "2026-09-26T14:00:00+00:00"],
    "Asia/Kolkata": ["2026-03-15T18:30:00+00:00"],
    "America/St_Johns": [
        "2026-03-08T05:30:00+00:00",
        "2026-11-01T04:30:00+00:00",
        "2006-10-29T02:31:00+00:00",
    ],
    "America/Goose_Bay": ["2006-10-29T03:01:00+00:00", "2010-11-07T03:01:00+00:00"],
}
SHIFTS = [
    timedelta(0),
    timedelta(microseconds=1),
    timedelta(minutes=30),
    timedelta(minutes=-30),
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=-1),
    timedelta(days=28),
    timedelta(days=31),
    timedelta(days=365),
]
