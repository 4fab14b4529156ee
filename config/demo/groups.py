"""Nordwand's segments: the rules a marketing team of an outdoor shop would write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Rule = dict[str, Any]


@dataclass(frozen=True)
class Group:
    """A segment to be. `label` is its type; a badge is shown to the service team where it helps them."""

    slug: str
    name: str
    label: str
    description: str
    rule: Rule
    badge: bool = True


def bought(times: int, last: list[Any] | None = None, op: str = "gte", **more: Any) -> Rule:
    """Bought so often, in the last SPAN or ever."""
    rule: Rule = {"interaction": "purchase", "measure": {"fn": "count"}, "op": op, "value": times, **more}
    return rule | ({"window": {"last": last}} if last else {})


def spent(amount: int, last: list[Any]) -> Rule:
    """Spent at least so much in the last SPAN."""
    measure = {"fn": "sum", "property": "amount"}
    window = {"last": last}
    return {"interaction": "purchase", "window": window, "measure": measure, "op": "gte", "value": amount}


def did(kind: str, last: list[Any] | None = None, where: list[Rule] | None = None) -> Rule:
    """Did something at least once."""
    rule: Rule = {"interaction": kind}
    return rule | ({"window": {"last": last}} if last else {}) | ({"where": where} if where else {})


def _is(name: str, value: Any) -> Rule:
    return {"attribute": name, "op": "is", "value": value}


_EVER_THREE = bought(3)
_DISCOUNTED = {"property": "discount", "op": "gte", "value": 10}
GROUPS = (
    Group(
        "new-buyers", "New buyers", "Behavioural", "First order in the last 60 days.",
        {"interaction": "purchase", "pick": "first", "window": {"last": [60, "day"]}},
    ),
    Group(
        "active", "Active customers", "Behavioural", "Bought at least twice within a year.",
        bought(2, [1, "year"]), badge=False,
    ),
    Group(
        "vip", "VIP", "Behavioural", "A thousand euro or more within a year, or Gold.",
        {"any": [spent(1_000, [1, "year"]), {"all": [_is("loyalty_tier", "Gold"), bought(2, [1, "year"])]}]},
    ),
    Group(
        "lapsing-loyal", "Lapsing loyal", "Behavioural", "Came often, and have not been here for three months.",
        {"all": [bought(5), bought(0, [90, "day"], "eq"), bought(1, [270, "day"])]},
    ),
    Group(
        "lost", "Lost", "Behavioural", "Bought once, but not within a year.",
        {"all": [did("purchase"), bought(0, [1, "year"], "eq")]}, badge=False,
    ),
    Group(
        "one-time-buyers", "One-time buyers", "Behavioural", "One order, at least 60 days ago.",
        {"all": [bought(1, op="eq"), bought(0, [60, "day"], "eq")]}, badge=False,
    ),
    Group(
        "sale-hunters", "Sale hunters", "Behavioural", "Three or more discounted orders in a year, hardly any other.",
        {"all": [
            bought(3, [1, "year"], where=[_DISCOUNTED]),
            bought(1, [1, "year"], "lte", where=[{"property": "discount", "op": "is_not_set"}]),
        ]},
    ),
    Group(
        "newsletter-readers", "Newsletter readers", "Behavioural", "Opened at least three newsletters in 90 days.",
        {"interaction": "email_opened", "window": {"last": [90, "day"]}, "measure": {"fn": "count"}, "op": "gte",
         "value": 3}, badge=False,
    ),
    Group(
        "never-opened", "Never opened a newsletter", "Behavioural", "Subscribed, and never opened one.",
        {"all": [_is("newsletter", True), {"not": did("email_opened")}]}, badge=False,
    ),
    Group(
        "alpine-region", "Alpine region", "Geographic", "Lives within an hour of the mountains.",
        {"attribute": "city", "op": "in", "value": [
            "Innsbruck", "Salzburg", "Bludenz", "Kitzbühel", "Schladming", "Villach", "Rosenheim",
            "Garmisch-Partenkirchen", "Chur", "Interlaken", "Luzern", "Bolzano", "Merano"]}, badge=False,
    ),
    Group(
        "birthday-this-month", "Birthday this month", "Demographic", "Say happy birthday.",
        {"attribute": "birthday", "op": "anniversary_month"},
    ),
    Group(
        "open-complaint", "Open complaint", "Behavioural", "A complaint or warranty case that is not solved.",
        did("ticket", None, [
            {"property": "topic", "op": "in", "value": ["Complaint", "Warranty"]},
            {"property": "status", "op": "is", "value": "open"},
        ]),
    ),
    Group(
        "high-basket", "High basket", "Behavioural", "Average order over 250 euro in two or more orders.",
        {"all": [bought(2, [1, "year"]), {
            "interaction": "purchase", "window": {"last": [1, "year"]},
            "measure": {"fn": "average", "property": "amount"}, "op": "gte", "value": 250}]},
    ),
    Group(
        "prefers-writing", "Prefers writing", "Psychographic", "Wants an e-mail or a letter, not a call.",
        {"attribute": "preferred_contact", "op": "in", "value": ["E-mail", "Letter"]},
    ),
    Group(
        "ski-tourers", "Ski tourers", "Psychographic", "Say so, or buy the gear.",
        {"any": [
            {"attribute": "interests", "op": "includes_any", "value": ["Ski touring"]},
            bought(2, [2, "year"], where=[{"property": "category", "op": "in", "value": ["Ski touring", "Safety"]}]),
        ]}, badge=False,
    ),
    Group(
        "detractors", "Would not recommend us", "Psychographic", "Answered 6 or less in the last half year.",
        did("survey", [6, "month"], [{"property": "score", "op": "lte", "value": 6}]),
    ),
)  # fmt: skip
LISTED = ("Tour guides, winter camp", "Tag Guide or Ambassador, as agreed with the camp's organiser.")
