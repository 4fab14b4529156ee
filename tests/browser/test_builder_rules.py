"""Ten rules of rising difficulty and three more of the hardest, built by mouse and by keyboard alone: exactly the rule, exactly the engine's count."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from .building import Builder

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

LABELS = {
    "country": "Country",
    "loyalty_tier": "Loyalty tier",
    "nps": "Recommendation score",
    "birthday": "Birthday",
    "customer_since": "Customer since",
    "newsletter": "Newsletter",
    "interests": "Interests",
    "gender": "Gender",
    "acquisition_channel": "Acquisition channel",
    "segment:sale-hunters": "Sale hunters",
    "segment:lost": "Lost",
    "segment:vip": "VIP",
}
KINDS = {
    "purchase": "Purchase",
    "email_opened": "Email opened",
    "email_clicked": "Email clicked",
    "page_view": "Page view",
    "ticket": "Ticket",
    "return": "Return",
    "call": "Call",
}
PURCHASES = {"fn": "count"}


def bought(**more: Any) -> dict[str, Any]:
    return {"interaction": "purchase", **more}


RULES: dict[str, dict[str, Any]] = {
    "a value": {"all": [{"attribute": "country", "op": "in", "value": ["Austria", "Germany"]}]},
    "a number and a choice": {
        "all": [
            {"attribute": "nps", "op": "between", "value": [7, 10]},
            {"attribute": "newsletter", "op": "is", "value": True},
        ]
    },
    "dates": {
        "any": [
            {"attribute": "birthday", "op": "anniversary_within_next", "value": [2, "month"]},
            {"attribute": "customer_since", "op": "after", "value": "2026-01-31"},
        ]
    },
    "how often and how much": {
        "all": [
            bought(measure=PURCHASES, op="gte", value=2, window={"last": [12, "month"]}),
            bought(
                measure={"fn": "sum", "property": "amount"},
                op="gt",
                value=150,
                window={"period": "this_year"},
            ),
        ]
    },
    "where": {
        "all": [
            bought(
                where=[
                    {"property": "category", "op": "in", "value": ["Hiking boots"]},
                    {"property": "amount", "op": "gte", "value": 50},
                ],
                window={"from": "2025-01-01", "to": "2026-06-30"},
            )
        ]
    },
    "the first time, and not": {
        "all": [
            bought(pick="first", window={"last": [2, "year"]}),
            {"not": {"interaction": "ticket", "window": {"last": [6, "month"]}}},
        ]
    },
    "a group of any and a group of none": {
        "all": [
            {"any": [{"interaction": "email_opened", "window": {"last": [3, "month"]}}, bought()]},
            {
                "not": {
                    "any": [{"interaction": "return"}, {"attribute": "country", "op": "is", "value": "Italy"}]
                }
            },
        ]
    },
    "one thing after another": {
        "all": [
            {
                "sequence": [{"interaction": "page_view"}, {"interaction": "purchase", "absent": True}],
                "within": [14, "day"],
                "window": {"last": [90, "day"]},
            }
        ]
    },
    "regularly, different months, a missing value": {
        "any": [
            {"regular": {"interaction": "purchase"}, "every": [2, "month"], "of_last": 6, "at_least": 2},
            {
                "all": [
                    bought(measure={"fn": "distinct_months"}, op="gte", value=3),
                    {"attribute": "loyalty_tier", "op": "is_not", "value": "Gold"},
                ]
            },
        ]
    },
    "four levels, a sequence, a regularity, a held-for and a segment excluded": {
        "all": [
            {"segment": "vip", "op": "not_in"},
            {"attribute": "country", "op": "in", "value": ["Austria", "Germany", "Switzerland"]},
            {
                "any": [
                    {
                        "all": [
                            {
                                "sequence": [
                                    {
                                        "interaction": "page_view",
                                        "where": [
                                            {"property": "category", "op": "in", "value": ["Hiking boots"]}
                                        ],
                                    },
                                    {"interaction": "purchase"},
                                ],
                                "within": [30, "day"],
                            },
                            {
                                "not": {
                                    "any": [
                                        {"interaction": "return", "window": {"last": [1, "year"]}},
                                        {
                                            "interaction": "ticket",
                                            "measure": PURCHASES,
                                            "op": "gte",
                                            "value": 3,
                                        },
                                    ]
                                }
                            },
                        ]
                    },
                    {
                        "regular": {"interaction": "purchase"},
                        "every": [3, "month"],
                        "of_last": 4,
                        "at_least": 2,
                    },
                    {"attribute": "loyalty_tier", "op": "in", "value": ["Silver"], "held_for": [30, "day"]},
                ]
            },
        ]
    },
}
HARDEST: dict[str, dict[str, Any]] = {
    "money, lists of many, a stretch between, four levels": {
        "all": [
            {
                "attribute": "interests",
                "op": "includes_any",
                "value": ["Climbing", "Hiking", "Ski touring", "Camping"],
            },
            bought(
                where=[
                    {
                        "property": "category",
                        "op": "in",
                        "value": ["Jackets", "Hiking boots", "Accessories", "Base layers"],
                    },
                    {"property": "amount", "op": "gte", "value": 20.5},
                ],
                measure={"fn": "sum", "property": "amount"},
                op="between",
                value=[49.99, 2500],
                window={"last": [18, "month"]},
            ),
            {
                "any": [
                    {"attribute": "acquisition_channel", "op": "not_in", "value": ["Fair", "Instagram"]},
                    {
                        "all": [
                            {"not": {"segment": "sale-hunters", "op": "in"}},
                            {
                                "any": [
                                    bought(window={"between_ago": [[2, "year"], [3, "month"]]}),
                                    {"interaction": "email_clicked", "window": {"before_last": [30, "day"]}},
                                ]
                            },
                            {
                                "sequence": [
                                    {"interaction": "page_view"},
                                    {
                                        "interaction": "purchase",
                                        "where": [{"property": "amount", "op": "gt", "value": 10}],
                                    },
                                ],
                                "within": [14, "day"],
                                "window": {"last": [1, "year"]},
                            },
                        ]
                    },
                ]
            },
        ]
    },
    "did A, then B, but then not C; regular with a number of times; held for; not in a segment for a time": {
        "all": [
            {
                "any": [
                    {
                        "sequence": [
                            {"interaction": "email_opened"},
                            {"interaction": "page_view"},
                            {"interaction": "return", "absent": True},
                        ],
                        "within": [45, "day"],
                        "window": {"last": [2, "year"]},
                    },
                    {
                        "all": [
                            {
                                "regular": {
                                    "interaction": "page_view",
                                    "where": [{"property": "category", "op": "is_not", "value": "Climbing"}],
                                },
                                "every": [2, "month"],
                                "of_last": 6,
                                "at_least": 3,
                                "times": 2,
                            },
                            {
                                "not": {
                                    "any": [
                                        {"attribute": "newsletter", "op": "is", "value": False},
                                        {"interaction": "call"},
                                    ]
                                }
                            },
                        ]
                    },
                ]
            },
            {
                "attribute": "loyalty_tier",
                "op": "in",
                "value": ["Gold", "Silver", "Bronze"],
                "held_for": [3, "week"],
            },
            {"not": {"segment": "lost", "op": "in", "for": [10, "day"]}},
        ]
    },
    "relative dates, anniversaries, first and most recent, lowest and different values, none of a group of all": {
        "any": [
            {
                "all": [
                    {"attribute": "customer_since", "op": "more_than_ago", "value": [1, "year"]},
                    {"attribute": "birthday", "op": "anniversary_within_next", "value": [5, "month"]},
                    {"interaction": "purchase", "pick": "last", "window": {"last": [9, "month"]}},
                    {
                        "not": {
                            "any": [
                                {
                                    "all": [
                                        bought(
                                            measure={"fn": "distinct", "property": "category"},
                                            op="gte",
                                            value=6,
                                        ),
                                        bought(
                                            measure={"fn": "minimum", "property": "amount"},
                                            op="lt",
                                            value=9.9,
                                        ),
                                        {"attribute": "loyalty_tier", "op": "is_set"},
                                    ]
                                },
                                {"interaction": "ticket", "window": {"from": "2026-09-01"}},
                            ]
                        }
                    },
                ]
            },
            bought(pick="first", window={"period": "this_quarter"}),
            bought(measure={"fn": "distinct_months"}, op="gte", value=9, window={"last": [2, "year"]}),
        ]
    },
}
RULES |= HARDEST
ASK = """async document => {
  const token = document_token();
  function document_token() { return globalThis.document.querySelector('[name=csrfmiddlewaretoken]').value; }
  const answer = await fetch('/segments/preview/', {method: 'POST', credentials: 'same-origin',
    headers: {'Content-Type': 'application/json', 'X-CSRFToken': token}, body: JSON.stringify({document})});
  return answer.json();
}"""


@pytest.mark.parametrize("hand", ["mouse", "keyboard"])
@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_built_exactly(watch: Any, name: str, hand: str) -> None:
    marketer = watch()
    marketer.sign_in("marketer")
    marketer.open("/segments/new/")
    page = marketer.page
    expect(page.locator("body[data-builder=ready]")).to_have_count(1)
    discard = page.get_by_role("button", name="Discard it")
    if discard.count():
        discard.click()
    builder = Builder(page, keyboard=hand == "keyboard", labels=LABELS, kinds=KINDS)
    builder.build(RULES[name])
    found = builder.counted()
    assert builder.sent == {"version": 1, "rule": RULES[name]}
    engine = page.evaluate(ASK, builder.sent)
    assert found == engine["count"]
    assert 0 < found < engine["total"]
    nodes = page.locator("#outline .tally b").all_inner_texts()
    assert "–" not in nodes
