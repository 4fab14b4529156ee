"""Ten more rules, each shape, window, measure and operator among them, by mouse and, in the slow suite, by keyboard: exactly the rule and the count."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from .building import Builder
from .test_builder_rules import ASK, KINDS, LABELS
from .test_builder_work import open_new

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

MORE_LABELS = {
    "city": "City", "first_name": "First name", "email": "E-mail", "postcode": "Postcode", "shoe_size": "Shoe size",
    "created_at": "Customer record made", "tags": "Tags", "language": "Language", "segment:newsletter-readers": "Newsletter readers",
    "segment:high-basket": "High basket", "segment:one-time-buyers": "One-time buyers",
}  # fmt: skip
MORE_KINDS = {"email_*": "Any email", "survey": "Survey"}


def bought(**more: Any) -> dict[str, Any]:
    return {"interaction": "purchase", **more}


def count(op: str, value: Any, kind: str = "purchase", **more: Any) -> dict[str, Any]:
    return {"interaction": kind, "measure": {"fn": "count"}, "op": op, "value": value, **more}


def of(fn: str, name: str, op: str, value: Any, **more: Any) -> dict[str, Any]:
    return bought(measure={"fn": fn, "property": name}, op=op, value=value, **more)


RULES: dict[str, dict[str, Any]] = {
    "text, in every way": {
        "all": [
            {"attribute": "email", "op": "ends_with", "value": ".example"},
            {"attribute": "first_name", "op": "not_starts_with", "value": "Z", "empty": False},
            {"any": [
                {"attribute": "city", "op": "matches", "value": "^(wien|graz)$"},
                {"attribute": "city", "op": "contains", "value": "burg"},
                {"attribute": "postcode", "op": "starts_with", "value": "8"},
            ]},
        ]
    },
    "relative dates, the other way too": {
        "any": [
            {"attribute": "customer_since", "op": "more_than_ago", "value": [5, "year"]},
            {"attribute": "birthday", "op": "anniversary_within_next", "value": [3, "week"], "offset_days": 2},
            {"attribute": "customer_since", "op": "within_last", "value": [40, "day"], "offset_days": -3},
            {"attribute": "birthday", "op": "anniversary_month", "value": 3},
        ]
    },
    "days and moments on the calendar": {
        "any": [
            {"attribute": "customer_since", "op": "between_dates", "value": ["2025-02-01", "2025-09-30"]},
            {"attribute": "customer_since", "op": "in_period", "value": "last_year"},
            {"attribute": "created_at", "op": "after", "value": "2026-05-04T09:30"},
            bought(window={"from": "2026-03-01T08:15"}, pick="last"),
        ]
    },
    "lists, numbers, what is not known": {
        "all": [
            {"attribute": "interests", "op": "includes_none", "value": ["Climbing"], "empty": False},
            {"any": [
                {"attribute": "shoe_size", "op": "in", "value": [39, 42]},
                {"attribute": "nps", "op": "is_not_set"},
                {"attribute": "shoe_size", "op": "lt", "value": 41.5},
            ]},
        ]
    },
    "every kind that begins alike": {
        "all": [
            {"interaction": "email_*", "where": [{"property": "newsletter", "op": "is_set"}], "window": {"before_last": [2, "month"]}},
            count("between", [1, 60], "email_*", window={"between_ago": [[1, "year"], [1, "month"]]}),
        ]
    },
    "measures of money": {
        "any": [
            of("average", "amount", "gt", 90.5, window={"last": [24, "month"]}),
            of("maximum", "amount", "between", [300, 900.25], window={"period": "this_year"}),
            of("sum", "items", "gte", 12, where=[{"property": "shop", "op": "is_set"}, {"property": "currency", "op": "in", "value": ["EUR"]}]),
        ]
    },
    "measures of variety": {
        "all": [
            of("distinct", "category", "gte", 3),
            bought(measure={"fn": "distinct_days"}, op="gte", value=3, window={"from": "2024-01-01"}),
            {"any": [
                bought(measure={"fn": "distinct_weeks"}, op="eq", value=4, window={"last": [2, "year"]}),
                bought(measure={"fn": "distinct_months"}, op="lte", value=9),
                of("minimum", "amount", "lt", 25),
            ]},
        ]
    },
    "never, seldom, not all of these": {
        "all": [
            {"not": {"all": [count("gte", 1, "ticket"), {"attribute": "newsletter", "op": "is", "value": True}]}},
            count("lt", 2, "return", window={"to": "2026-06-30"}),
            {"not": {"any": [count("eq", 1), {"segment": "one-time-buyers", "op": "in"}]}},
        ]
    },
    "three steps with the last left out, regular twice a stretch": {
        "any": [
            {"sequence": [
                {"interaction": "email_opened"},
                {"interaction": "page_view", "where": [{"property": "category", "op": "in", "value": ["Jackets"]}]},
                {"interaction": "purchase", "where": [{"property": "amount", "op": "gte", "value": 30}], "absent": True},
            ], "within": [10, "day"], "window": {"last": [6, "month"]}},
            {"regular": {"interaction": "page_view", "where": [{"property": "device", "op": "in", "value": ["desktop"]}]},
             "every": [2, "week"], "of_last": 5, "at_least": 3, "times": 2},
        ]
    },
    "four levels, sequence, regularity, held for, a segment excluded for a time": {
        "any": [
            {"all": [
                {"segment": "newsletter-readers", "op": "not_in"},
                {"attribute": "country", "op": "not_in", "value": ["Italy"], "empty": False},
                {"any": [
                    {"all": [
                        bought(pick="first", where=[{"property": "amount", "op": "gte", "value": 40}], window={"between_ago": [[4, "year"], [2, "month"]]}),
                        {"not": {"any": [
                            {"sequence": [{"interaction": "purchase"}, {"interaction": "return"}], "within": [60, "day"]},
                            {"segment": "high-basket", "op": "in", "for": [2, "week"]},
                        ]}},
                        {"attribute": "language", "op": "is", "value": "de", "held_for": [5, "day"]},
                    ]},
                    {"regular": {"interaction": "purchase"}, "every": [6, "month"], "of_last": 4, "at_least": 3},
                ]},
            ]},
            {"not": {"interaction": "email_opened"}},
        ]
    },
}  # fmt: skip


@pytest.mark.parametrize("hand", ["mouse", pytest.param("keyboard", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_built_exactly(watch: Any, name: str, hand: str) -> None:
    marketer = watch()
    marketer.sign_in("marketer")
    page = open_new(marketer)
    expect(page.locator("body[data-builder=ready]")).to_have_count(1)
    builder = Builder(
        page, keyboard=hand == "keyboard", labels=LABELS | MORE_LABELS, kinds=KINDS | MORE_KINDS
    )
    builder.build(RULES[name])
    found = builder.counted()
    assert builder.sent == {"version": 1, "rule": RULES[name]}
    engine = page.evaluate(ASK, builder.sent)
    assert found == engine["count"]
    assert 0 < found < engine["total"]
    assert "–" not in page.locator("#outline .tally b").all_inner_texts()
    expect(page.locator("body:focus")).to_have_count(0)  # the focus was never dropped
