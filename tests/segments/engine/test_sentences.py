"""Every rule as one plain sentence."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segments.engine.language.check import Catalogue, check
from segments.engine.language.parse import parse_rule
from segments.engine.language.sentence import grouped, quoted, write

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
        "Customers who bought for at least 1,000 in total.",
    ),
    (
        {"interaction": "purchase", "measure": {"fn": "average", "property": "amount"}, "op": "between", "value": [999.5, 1234567.25]},
        "Customers who bought for between 999.50 and 1,234,567.25 on average.",
    ),
    (
        {"interaction": "purchase", "measure": {"fn": "count"}, "op": "gt", "value": 1500,
         "where": [{"property": "amount", "op": "between", "value": [1000, 2500]}, {"property": "year", "op": "gte", "value": 2024}]},
        "Customers who bought more than 1,500 times where amount is between 1,000 and 2,500 and year is at least 2024.",
    ),
    (
        {"interaction": "purchase", "measure": {"fn": "maximum", "property": "year"}, "op": "gte", "value": 2024},
        "Customers who bought with a highest ‘year’ of at least 2024.",
    ),
    ({"attribute": "age", "op": "gte", "value": 1985}, "Customers whose age is at least 1985."),
    (
        {"attribute": "country", "op": "in", "value": ["\u05d0\u05d1", "UK"]},
        "Customers whose Country is any of ‘\u2068\u05d0\u05d1\u2069’ or ‘UK’.",
    ),
    (
        {"attribute": "country", "op": "is", "value": "\u202eevil\u2069"},
        r'Customers whose Country is "\u202eevil\u2069".',
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


TURNING = {"R", "AL", "AN", "RLE", "RLO", "LRE", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"}
TEXTS = st.text(
    st.sampled_from(
        'ab1 "\\u202e‘’\u05d0\u0627\u0661\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069'
    ),
    max_size=8,
)


@given(TEXTS)
def test_nothing_that_somebody_wrote_turns_what_stands_around_it(text: str) -> None:
    shown = quoted(text)
    assert shown.count("\u2068") == shown.count("\u2069") <= 1
    inside = "".join(re.findall("\u2068(.*)\u2069", shown))
    assert not {"RLO", "LRO", "RLE", "LRE", "PDF"} & {unicodedata.bidirectional(sign) for sign in inside}
    around = re.sub("\u2068.*\u2069", "", shown)
    assert not TURNING & {unicodedata.bidirectional(sign) for sign in around}


@given(st.lists(TEXTS, min_size=2, max_size=40, unique=True))
def test_two_texts_are_never_shown_alike(texts: list[str]) -> None:
    assert len({quoted(text) for text in texts}) == len(texts)


@given(st.decimals(allow_nan=False, allow_infinity=False), st.booleans())
def test_grouping_keeps_the_number(number: Decimal, money: bool) -> None:
    shown = grouped(number, money=money)
    assert Decimal(shown.replace(",", "")) == number
    assert re.fullmatch(r"-?\d{1,3}(,\d{3})*(\.\d+)?", shown) or "E" in shown
