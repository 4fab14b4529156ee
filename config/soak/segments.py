"""The segments of a soak's company: every shape of rule, with windows so short that time alone moves people."""

from __future__ import annotations

from typing import Any

SIGNALLED, ALARMED, PICKED = "signalled", "alarmed", "picked"
PLACED = "active-pro"  # people are put into it and kept out of it by hand; another segment reads it
SIGNAL_MINUTES = 2
Rule = dict[str, Any]


def last(number: int, unit: str) -> Rule:
    """A rolling window."""
    return {"window": {"last": [number, unit]}}


def counted(kind: str, op: str, value: Any, window: Rule, fn: str = "count", prop: str = "") -> Rule:
    """How often, how much, how many different."""
    measure = {"fn": fn, "property": prop} if prop else {"fn": fn}
    return {"interaction": kind, **window, "measure": measure, "op": op, "value": value}


def attribute(name: str, op: str, value: Any = None, **more: Any) -> Rule:
    """A condition on an attribute."""
    return {"attribute": name, "op": op, **({} if value is None else {"value": value}), **more}


def inside(slug: str, op: str = "in") -> Rule:
    """Being in another segment, or not."""
    return {"segment": slug, "op": op}


PRO = attribute("plan", "is", "pro")
TICKET = {"interaction": "ticket"}

# slug -> rule, in an order in which each refers to those before it only
RULES: dict[str, Rule] = {
    SIGNALLED: {"interaction": "signal", **last(SIGNAL_MINUTES, "minute")},
    ALARMED: attribute("alarm", "is", True),
    "active": {"interaction": "visit", **last(5, "minute")},
    "busy": counted("visit", "gte", 3, last(10, "minute")),
    "bought-this-hour": {"interaction": "order", **last(1, "hour")},
    "big-spenders": counted("order", "gt", 300, last(2, "hour"), "sum", "amount"),
    "large-basket": counted("order", "gte", "90.50", last(1, "day"), "average", "amount"),
    "one-large-order": {
        "interaction": "order",
        **last(30, "minute"),
        "where": [{"property": "amount", "op": "gte", "value": 150}],
    },
    "faded": {
        "all": [
            {"interaction": "visit", "window": {"between_ago": [[40, "minute"], [8, "minute"]]}},
            {"not": {"interaction": "visit", **last(8, "minute")}},
        ]
    },
    "bought-after-visit": {
        "sequence": [{"interaction": "visit"}, {"interaction": "order"}],
        "within": [3, "minute"],
        **last(1, "hour"),
    },
    "looked-only": {
        "sequence": [{"interaction": "visit"}, {"interaction": "order", "absent": True}],
        "within": [2, "minute"],
        **last(20, "minute"),
    },
    "regular": {"regular": {"interaction": "visit"}, "every": [2, "minute"], "of_last": 5, "at_least": 2},
    "first-order": {"interaction": "order", "pick": "first", **last(30, "minute")},
    "last-ticket-refund": {
        **TICKET,
        "pick": "last",
        "where": [{"property": "topic", "op": "is", "value": "refund"}],
    },
    "curious": counted("order", "gte", 2, last(1, "hour"), "distinct", "category"),
    "by-phone": {
        "interaction": "ti*",
        **last(1, "day"),
        "where": [{"property": "channel", "op": "is_not", "value": "mail"}],
    },
    "pro": PRO,
    "paying": attribute("plan", "in", ["basic", "pro"]),
    "many-points": attribute("points", "gte", 800),
    "few-points": attribute("points", "between", [0, 100]),
    "outdoor": attribute("interests", "includes_any", ["climbing", "skiing"]),
    "not-german": attribute("country", "not_in", ["DE", "AT"]),
    "trial-ends": attribute("trial_ends", "within_next", [20, "minute"]),
    "trial-ended": attribute("trial_ends", "within_last", [30, "minute"]),
    "newcomers": attribute("joined", "within_last", [30, "day"]),
    "loyal-pro": {**PRO, "held_for": [2, "minute"]},
    "rich-for-long": {**attribute("points", "gte", 500), "held_for": [3, "minute"]},
    "worth-a-call": {
        "all": [
            {"any": [PRO, attribute("points", "gt", 900)]},
            {"not": {**TICKET, **last(15, "minute")}},
            attribute("newsletter", "is", True),
        ]
    },
    "active-pro": {"all": [inside("active"), inside("pro"), inside(SIGNALLED, "not_in")]},
    "active-pro-outdoor": {"all": [inside("active-pro"), inside("outdoor")]},
    "picked-but-quiet": {"all": [inside(PICKED), {"not": {"interaction": "visit", **last(5, "minute")}}]},
    "not-picked-buyers": {"all": [inside(PICKED, "not_in"), inside("bought-this-hour")]},
    "edited-visits": counted("visit", "gte", 2, last(10, "minute")),
    "edited-points": attribute("points", "gte", 500),
    "edited-mixed": {"all": [inside("edited-points"), {"interaction": "visit", **last(3, "minute")}]},
}


def edited(slug: str, number: int) -> Rule:
    """Another rule for a segment that is edited while changes come in; `number` is any whole number."""
    if slug == "edited-visits":
        return counted("visit", "gte", 1 + number % 4, last(6 + number % 5, "minute"))
    if slug == "edited-points":
        return attribute("points", "gte", 300 + 100 * (number % 5))
    return {"all": [inside("edited-points"), {"interaction": "visit", **last(2 + number % 4, "minute")}]}


EDITED = ("edited-visits", "edited-points", "edited-mixed")
