"""Every rule as one plain sentence."""

from __future__ import annotations

from typing import Any

import pytest

from segments.engine.language.check import Catalogue, check
from segments.engine.language.parse import parse_rule
from segments.engine.language.sentence import write

KNOWN = Catalogue(
    attributes={"country": "text", "age": "number", "born": "date"},
    segments=frozenset({"gold"}),
    labels={"country": "Country", "segment:gold": "Gold members"},
)
UK = {"attribute": "country", "op": "is", "value": "UK"}
BOUGHT = {
    "interaction": "purchase",
    "window": {"last": [90, "day"]},
    "measure": {"fn": "count"},
    "op": "gte",
    "value": 3,
}
CASES = [
    ({"all": []}, "Nobody: this rule says nothing yet."),
    (
        {"all": [UK, BOUGHT]},
        "Customers whose Country is ‘UK’ and who bought at least 3 times in the last 90 days.",
    ),
    (
        {"all": [UK, {"any": [BOUGHT, {"segment": "gold", "op": "not_in"}]}]},
        "Customers whose Country is ‘UK’ and (either who bought at least 3 times in the last 90 days "
        "or who are not in the segment ‘Gold members’).",
    ),
    ({"not": UK}, "Customers except those whose Country is ‘UK’."),
    (
        {"attribute": "country", "op": "is_not", "value": "UK", "empty": False},
        "Customers whose Country is not ‘UK’ (and is known).",
    ),
    (
        {"interaction": "purchase", "measure": {"fn": "count"}, "op": "lte", "value": 1, "window": {"last": [1, "year"]}},
        "Customers who bought at most once (or never) in the last year.",
    ),
    (
        {"interaction": "purchase", "measure": {"fn": "count"}, "op": "eq", "value": 0},
        "Customers who never bought.",
    ),
    (
        {"interaction": "purchase", "measure": {"fn": "sum", "property": "amount"}, "op": "gte", "value": 1000},
        "Customers who bought for at least 1000 in total.",
    ),
    (
        {"interaction": "x", "measure": {"fn": "maximum", "property": "size"}, "op": "ne", "value": 0.5},
        "Customers who did ‘x’ with a highest ‘size’ of anything but 0.5 (or never).",
    ),
    ({"attribute": "born", "op": "anniversary_month"}, "Customers whose born falls, in any year, in this month."),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "sentence"), CASES)
def test_the_sentence(rule: Any, sentence: str) -> None:
    assert write(check(parse_rule(rule), KNOWN), KNOWN.labels) == sentence
