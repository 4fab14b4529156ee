"""What cannot be saved, each with its path and a sentence a marketer understands."""

from __future__ import annotations

from typing import Any

import pytest

from segments.engine.language.check import Catalogue, check
from segments.engine.language.parse import parse_document, parse_rule
from segments.engine.language.refusals import Refused

KNOWN = Catalogue(
    attributes={
        "age": "number",
        "city": "text",
        "vip": "yes/no",
        "born": "date",
        "tags": "list",
        "mixed": None,
    },
    segments=frozenset({"gold"}),
    labels={"age": "Age"},
)
AGE = {"attribute": "age", "op": "gte", "value": 30}


def refused(rule: Any) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        check(parse_rule(rule), KNOWN)
    problem = caught.value.problems[0]
    return problem.path, problem.sentence


def nested(depth: int) -> dict[str, Any]:
    rule: dict[str, Any] = AGE
    for _ in range(depth):
        rule = {"all": [rule]}
    return rule


CASES = [
    ({"attribute": "age", "op": "contains", "value": "3"}, "/op", "‘Age’ is a number: ‘contains’ needs"),
    ({"attribute": "shoe", "op": "is", "value": "3"}, "/attribute", "no attribute of this account"),
    ({"attribute": "age", "op": "drop table", "value": 1}, "/op", "no operator"),
    ({"attribute": "age", "op": "gte", "value": "many"}, "/value", "Write a number"),
    ({"attribute": "age", "op": "gte", "value": True}, "/value", "Write a number"),
    ({"attribute": "age", "op": "between", "value": [40, 30]}, "/value", "smaller number first"),
    ({"attribute": "city", "op": "is", "value": 5}, "/value", "text"),
    ({"attribute": "city", "op": "matches", "value": "("}, "/value", "pattern cannot be read"),
    ({"attribute": "vip", "op": "is", "value": "perhaps"}, "/value", "yes or no"),
    ({"attribute": "born", "op": "on", "value": "31/12/2020"}, "/value", "2026-03-14"),
    ({"attribute": "born", "op": "between_dates", "value": ["2026-02-01", "2026-01-01"]}, "/value", "earlier"),
    ({"attribute": "born", "op": "between_dates", "value": ["2026-01-02", "2026-01-01"]}, "/value", "earlier"),
    ({"attribute": "born", "op": "between_dates", "value": ["2026-01-02T00:00:00Z", "2026-01-01"]}, "/value", "earlier"),
    ({"attribute": "born", "op": "within_last", "value": [0, "day"]}, "/value", "longer than nothing"),
    ({"attribute": "born", "op": "within_last", "value": [101, "year"]}, "/value", "100 years"),
    ({"attribute": "born", "op": "anniversary_month", "value": 13}, "/value", "from 1 to 12"),
    ({"attribute": "age", "op": "is_set", "value": 1}, "/value", "takes no value"),
    ({"attribute": "age", "op": "gte", "value": 1, "offset_days": 2}, "/offset_days", "date condition"),
    ({"segment": "nobody", "op": "in"}, "/segment", "no segment"),
    ({"interaction": "buy", "op": "gte", "value": 1}, "/op", "needs a measure"),
    ({"interaction": "buy", "measure": {"fn": "count"}}, "/op", "needs a comparison"),
    ({"interaction": "buy", "pick": "first", "measure": {"fn": "count"}, "op": "gte", "value": 1}, "/pick", "no measure"),
    ({"interaction": "buy", "measure": {"fn": "sum"}, "op": "gte", "value": 1}, "/measure/property", "needs the property"),
    ({"interaction": "buy", "measure": {}, "op": "gte", "value": 1}, "/measure/fn", "Say what is measured"),
    ({"interaction": "buy", "window": {"between_ago": [[1, "day"], [9, "day"]]}}, "/window/between_ago", "longer time first"),
    ({"interaction": "buy", "window": {"from": "2026-02-01", "to": "2026-01-01"}}, "/window", "ends before it begins"),
    ({"interaction": "buy", "window": {"from": "2026-01-02", "to": "2026-01-01"}}, "/window", "ends before it begins"),
    ({"interaction": "buy", "window": {"since": 3}}, "/window", "no window"),
    ({"sequence": [{"interaction": "a"}], "within": [1, "day"]}, "/sequence", "two steps"),
    (
        {"sequence": [{"interaction": "a", "absent": True}, {"interaction": "b"}], "within": [1, "day"]},
        "/sequence/0/absent",
        "Only the last step",
    ),
    ({"all": [AGE], "any": [AGE]}, "", "does not belong here"),
    ({"colour": "red"}, "", "no condition"),
    ({"all": [AGE, {"attribute": "shoe", "op": "is", "value": 1}]}, "/all/1/attribute", "no attribute"),
    ([], "", "A rule is an object"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "words"), CASES)
def test_it_is_refused_with_path_and_sentence(rule: Any, path: str, words: str) -> None:
    where, sentence = refused(rule)
    assert where == path
    assert words in sentence


def test_depth_and_width_have_limits() -> None:
    check(parse_rule(nested(20)), KNOWN)
    assert "levels" in refused(nested(21))[1]
    check(parse_rule({"any": [AGE] * 500}), KNOWN)
    assert "500 conditions" in refused({"any": [AGE] * 501})[1]


def test_a_circle_names_its_segments() -> None:
    known = Catalogue(
        attributes={},
        segments=frozenset({"x", "y"}),
        rules={"y": parse_rule({"segment": "x", "op": "in"})},
    )
    with pytest.raises(Refused, match=r"x → y → x|y → x → y"):
        check(parse_rule({"segment": "y", "op": "in"}), known, slug="x")


def test_a_document_has_a_version() -> None:
    with pytest.raises(Refused, match="version 1"):
        parse_document({"version": 2, "rule": AGE})
    with pytest.raises(Refused, match="object"):
        parse_document([])


NOT_REVERSED = [
    {"interaction": "buy", "window": {"from": "2026-01-01", "to": "2026-01-01"}},
    {"interaction": "buy", "window": {"from": "2026-01-01T10:00:00Z", "to": "2026-01-01T10:00:00Z"}},
    {"interaction": "buy", "window": {"between_ago": [[1, "day"], [24, "hour"]]}},
    {"attribute": "born", "op": "between_dates", "value": ["2026-01-01", "2026-01-01"]},
    {"attribute": "born", "op": "between_dates", "value": ["2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"]},
    {"attribute": "age", "op": "between", "value": [30, "30.0"]},
]


@pytest.mark.parametrize("rule", NOT_REVERSED)
def test_equal_ends_are_not_reversed(rule: Any) -> None:
    check(parse_rule(rule), KNOWN)


def test_what_the_page_allows_is_taken() -> None:
    check(
        parse_rule({**AGE, "empty": False}), KNOWN
    )  # nothing to turn away: a positive operator never matches it
    counted = {"interaction": "buy", "measure": {"fn": "count", "property": "sku"}, "op": "gte", "value": 2}
    known = [{"property": "sku", "op": "is_set"}]
    assert parse_rule(counted) == parse_rule({**counted, "measure": {"fn": "count"}, "where": known})
    assert parse_rule({"interaction": "buy", "window": {"last": [7.0, "day"]}}) == parse_rule(
        {"interaction": "buy", "window": {"last": [7, "day"]}}
    )


def test_names_that_are_no_text_are_refused() -> None:
    for name in ("\ud800", "a\x00b"):
        for rule in ({"interaction": name}, {"segment": name, "op": "in"}, {**AGE, "attribute": name}):
            assert "no text has" in refused(rule)[1]


def test_values_that_are_no_text_are_refused() -> None:
    for text in ("\ud800", "a\x00b", "x" * 10_001):
        assert "too long" in refused({"attribute": "city", "op": "is", "value": text})[1]
