"""Fingerprints: equal for one meaning in another order, never equal where some contact tells the rules apart."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from segments.engine.language.canonical import fingerprint
from segments.engine.language.check import check
from segments.engine.language.parse import parse_rule
from segments.engine.language.refusals import Refused
from segments.engine.language.rules import Rule
from segments.engine.language.schema import document_schema
from tests.reference.drawing import cases
from tests.reference.pools import DECLARED
from tests.reference.production import KNOWN, judged
from tests.reference.rewriting import changed, reworded

Json = dict[str, Any]
FILE: Json = {"facet": 1, "attributes": DECLARED}
SCHEMA = Draft202012Validator(document_schema())
CHANCE = st.randoms(use_true_random=False)


def settled(rule: Any) -> Rule:
    try:
        return check(parse_rule(rule), KNOWN)
    except Refused:
        assume(False)
        raise


@given(cases(), CHANCE)
def test_another_order_gives_the_same_fingerprint(case: Json, chance: random.Random) -> None:
    rule = case["rule"]
    again = reworded(rule, chance)
    assert fingerprint(settled(rule)) == fingerprint(settled(again)), again


@given(cases(), CHANCE)
def test_one_fingerprint_has_one_membership(case: Json, chance: random.Random) -> None:
    for other in [changed(case["rule"], chance) for _ in range(3)] + [reworded(case["rule"], chance)]:
        try:
            same = fingerprint(check(parse_rule(case["rule"]), KNOWN)) == fingerprint(
                check(parse_rule(other), KNOWN)
            )
            if same:
                assert judged(FILE, case)[0] == judged(FILE, {**case, "rule": other})[0], other
        except Refused:
            continue


@given(cases())
def test_the_schema_takes_whatever_is_drawn(case: Json) -> None:
    problems = [error.message for error in SCHEMA.iter_errors({"version": 1, "rule": case["rule"]})]
    assert problems == [], case["rule"]


IS = {"attribute": "mix", "op": "is"}
ONE, TWO, TRIED = {**IS, "value": 1}, {"segment": "two", "op": "in"}, {"interaction": "tried"}
TIMES = {"interaction": "tried", "measure": {"fn": "count"}, "value": 3}
LEAST = {"interaction": "tried", "measure": {"fn": "minimum", "property": "size"}, "value": 3}
SAME = [
    ({"attribute": "mix", "op": "is", "value": 0}, {"attribute": "mix", "op": "is", "value": -0.0}),
    ({**IS, "value": "1"}, {**IS, "value": 1}),
    ({**IS, "value": 1}, {**IS, "value": 1.0}),
    ({**IS, "value": " Pro "}, {**IS, "value": "pRO"}),
    ({**IS, "value": "\u00a05"}, {**IS, "value": "5"}),
    ({**IS, "value": True}, {**IS, "value": "TRUE"}),
    ({"attribute": "mix", "op": "is_not_set", "empty": False}, {"not": {"attribute": "mix", "op": "is_set"}}),
    (
        {"attribute": "renewal", "op": "before", "value": "2026-03-14T10:00:00Z"},
        {"attribute": "renewal", "op": "before", "value": "2026-03-14 11:00+01:00"},
    ),
    ({"segment": "one", "op": "not_in"}, {"not": {"segment": "one", "op": "in"}}),
    ({"all": []}, {"any": [{"not": {"all": []}}]}),
    ({"not": {"any": [ONE, TWO, {"not": TRIED}]}}, {"all": [TRIED, {"not": ONE}, {"not": TWO}]}),
    (
        {"all": [ONE, {"not": {"any": [TWO, {"not": {"all": [TRIED, ONE]}}]}}]},
        {"all": [ONE, {"not": TWO}, TRIED]},
    ),
    ({"not": {**TIMES, "op": "gte"}}, {**TIMES, "op": "lt"}),
    ({"not": {**TIMES, "op": "lte"}}, {**TIMES, "op": "gt"}),
]
OTHER = [
    ({"not": {"any": [ONE, TWO]}}, {"any": [{"not": ONE}, {"not": TWO}]}),
    ({"not": {**LEAST, "op": "gte"}}, {**LEAST, "op": "lt"}),  # who never did it has no lowest
    ({**IS, "value": "1.0"}, {**IS, "value": 1}),
    ({**IS, "value": "falſe"}, {**IS, "value": "false"}),
    ({**IS, "value": "Zurich"}, {**IS, "value": "Zürich"}),
    (
        {"attribute": "mix", "op": "matches", "value": "A"},
        {"attribute": "mix", "op": "matches", "value": "a"},
    ),
    (
        {"attribute": "mix", "op": "is_not", "value": "a", "empty": False},
        {"attribute": "mix", "op": "is_not", "value": "a"},
    ),
    (
        {"attribute": "renewal", "op": "before", "value": "2026-03-14T10:00"},
        {"attribute": "renewal", "op": "before", "value": "2026-03-14T10:00Z"},
    ),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_is_the_same(one: Json, other: Json) -> None:
    assert fingerprint(settled(one)) == fingerprint(settled(other))


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_is_not_the_same(one: Json, other: Json) -> None:
    assert fingerprint(settled(one)) != fingerprint(settled(other))
