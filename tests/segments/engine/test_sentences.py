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
from segments.engine.language.naming import quoted
from segments.engine.language.parse import parse_rule
from segments.engine.language.sentence import grouped, write

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
    ({"not": UK}, "Customers whose Country is not ‘UK’ (or is not known)."),
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
    ({"attribute": "born", "op": "anniversary_within_next", "value": [6, "day"], "offset_days": 7},
     "Customers whose born has its anniversary 7 to 13 days from now."),
    ({"attribute": "born", "op": "within_next", "value": [2, "week"], "offset_days": 7},
     "Customers whose born is within the next 2 weeks, seen from 7 days ahead."),
    ({"attribute": "born", "op": "anniversary_month"}, "Customers whose born falls, in any year, in this month."),
]  # fmt: skip


BOUGHT_ONCE, OPENED, GOLD = (
    {"interaction": "purchase"}, {"interaction": "email_opened"}, {"segment": "gold", "op": "in"},
)  # fmt: skip
AGE = {"attribute": "age", "op": "gte", "value": 18}
FIRST = {"interaction": "purchase", "pick": "first", "window": {"last": [30, "day"]}}


def count(op: str, value: Any, fn: str = "count", **more: Any) -> dict[str, Any]:
    measure = {"fn": fn} | ({} if fn == "count" else {"property": "amount"})
    return {"interaction": "purchase", "measure": measure, "op": op, "value": value, **more}


def none_of(*parts: Any) -> dict[str, Any]:
    return {"not": {"any": list(parts)}}


DENIED = [
    ({"not": AGE}, "Customers whose age is not at least 18 (or is not known)."),
    ({"not": {"not": AGE}}, "Customers whose age is at least 18."),
    ({"not": BOUGHT_ONCE | {"where": [{"property": "size", "op": "is", "value": "L"}], "window": {"last": [1, "year"]}}},
     "Customers who did not buy in the last year where size is ‘L’."),
    (none_of(BOUGHT_ONCE, OPENED, {"interaction": "login"}),
     "Customers who neither bought nor opened an e-mail nor did ‘login’."),
    (none_of(BOUGHT_ONCE, GOLD), "Customers who did not buy and who are not in the segment ‘Gold members’."),
    (none_of(none_of(UK, BOUGHT_ONCE), GOLD),
     "Customers (either whose Country is ‘UK’ or who bought) and who are not in the segment ‘Gold members’."),
    (none_of({"all": [UK, none_of(OPENED, {"not": BOUGHT_ONCE})]}, AGE),
     "Customers (either whose Country is not ‘UK’ (or is not known) or who opened an e-mail or who did not buy) "
     "and whose age is not at least 18 (or is not known)."),
    ({"not": {"all": [UK, BOUGHT_ONCE]}}, "Customers except those whose Country is ‘UK’ and who bought."),
    ({"all": [{"not": {"all": [UK, BOUGHT_ONCE]}}]}, "Customers except those whose Country is ‘UK’ and who bought."),
    ({"all": [GOLD, {"not": {"all": [UK, BOUGHT_ONCE]}}]},
     "Customers who are in the segment ‘Gold members’ and (either whose Country is not ‘UK’ (or is not known) or who did not buy)."),
    (none_of({"segment": "gold", "op": "not_in"}, {"segment": "gold", "op": "in", "for": [1, "month"]}),
     "Customers who are in the segment ‘Gold members’ and who have not been in the segment ‘Gold members’ without a break for 1 month."),
    ({"not": UK | {"op": "is_not", "empty": False}}, "Customers whose Country is ‘UK’ (or is not known)."),
    ({"not": count("gte", 3)}, "Customers who bought less than 3 times (or never)."),
    ({"not": count("lte", 1)}, "Customers who bought more than once."),
    ({"not": count("eq", 0)}, "Customers who bought at all."),
    ({"not": count("between", [0, 5])}, "Customers who did not buy between 0 and 5 times."),
    ({"not": count("gte", 50, "average")}, "Customers who did not buy for at least 50 on average."),
    ({"not": count("ne", 50, "average")}, "Customers who bought for exactly 50 on average."),
    ({"not": {"regular": BOUGHT_ONCE, "every": [1, "month"], "of_last": 6, "at_least": 3}},
     "Customers who did not buy in at least 3 of the last 6 blocks of 1 month."),
    ({"not": {"attribute": "born", "op": "anniversary", "offset_days": -2}},
     "Customers whose born did not have its anniversary 2 days ago (or is not known)."),
    ({"not": {"attribute": "born", "op": "within_next", "value": [6, "day"], "offset_days": 1}},
     "Customers whose born is not 1 to 7 days from now (or is not known)."),
    ({"not": {"attribute": "born", "op": "anniversary_month", "value": 3}},
     "Customers whose born does not fall, in any year, in March (or is not known)."),
    ({"not": UK | {"held_for": [1, "week"]}}, "Customers except those whose Country is ‘UK’, without a break for 1 week."),
    ({"all": [{"not": FIRST}, GOLD]},
     "Customers (not those who bought, and the first time ever was in the last 30 days) and who are in the segment ‘Gold members’."),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "sentence"), [*CASES, *DENIED])
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
