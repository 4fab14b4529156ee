"""Two different meanings never give one sentence."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segments.engine.language.canonical import fingerprint
from segments.engine.language.check import Catalogue, check
from segments.engine.language.parse import parse_rule
from segments.engine.language.refusals import Refused
from segments.engine.language.rules import Rule
from segments.engine.language.sentence import write
from tests.reference.drawing import cases
from tests.reference.production import KNOWN
from tests.reference.rewriting import changed

Json = dict[str, Any]
LABELS = {
    "status": "Status",
    "points": "Points",
    "one": "Points",
    "segment:one": "First",
    "segment:two": "First",
}


def read(rule: Any) -> Rule | None:
    try:
        return check(parse_rule(rule), KNOWN)
    except Refused:
        return None


@given(
    st.lists(cases().map(lambda case: case["rule"]), min_size=2, max_size=2),
    st.randoms(use_true_random=False),
)
def test_one_sentence_has_one_meaning(drawn: list[Json], chance: random.Random) -> None:
    told: dict[str, tuple[str, Json]] = {}
    for one in [*drawn, *(changed(drawn[0], chance) for _ in range(8))]:
        rule = read(one)
        if rule is not None:
            sentence, meaning = write(rule, LABELS), fingerprint(rule)
            known, other = told.setdefault(sentence, (meaning, one))
            assert known == meaning, f"{sentence}\n{one}\n{other}"


def is_(name: str, value: Any, op: str = "is") -> Json:
    return {"attribute": name, "op": op, "value": value}


ODD = Catalogue(
    attributes=dict.fromkeys(["city", "City", "town", "a", "a is 1 and whose b", "b"]),
    segments=frozenset({"gold", "gold-2", "city"}),
)
NAMES = {
    "city": "City",
    "town": "City",
    "segment:gold": "Gold",
    "segment:gold-2": "Gold",
    "segment:city": "City",
}
A, B, C = is_("a", 1), is_("b", 2), is_("town", 3)
REGULAR = {"regular": {"interaction": "a"}, "every": [1, "week"], "of_last": 4, "at_least": 3}
STEPS = {"sequence": [{"interaction": "a"}, {"interaction": "b"}], "within": [1, "day"]}
COUNTED = {"interaction": "a", "measure": {"fn": "count"}, "op": "gt", "value": 2}
PAIRS = [
    ({"all": [A, B]}, {"any": [A, B]}),
    ({"all": [{"any": [A, B]}, C]}, {"any": [A, {"all": [B, C]}]}),
    (A, A | {"held_for": [1, "day"]}),
    (is_("a", 1, "is_not"), is_("a", 1, "is_not") | {"empty": False}),
    (is_("a", "today", "in_period"), is_("a", "today", "in_period") | {"offset_days": 2}),
    (is_("a", ["x", "y"], "includes_any"), is_("a", ["x", "y"], "includes_all")),
    ({"segment": "gold", "op": "in"}, {"segment": "gold", "op": "in", "for": [1, "day"]}),
    ({"interaction": "a", "pick": "first"}, {"interaction": "a", "pick": "last"}),
    (COUNTED, COUNTED | {"op": "gte"}),
    (REGULAR, REGULAR | {"every": [1, "day"]}),
    (REGULAR, REGULAR | {"times": 2}),
    (STEPS, STEPS | {"window": {"last": [7, "day"]}}),
    (STEPS, STEPS | {"sequence": [{"interaction": "a"}, {"interaction": "b", "absent": True}]}),
    (is_("city", "x"), is_("City", "x")),
    (is_("city", "x"), is_("town", "x")),
    (is_("a", ["x", "y"], "in"), is_("a", ["x’ or ‘y"], "in")),
    (is_("a", [str(n) for n in range(100)], "in"), is_("a", [str(n) for n in range(99)] + ["x"], "in")),
    ({"all": [is_("a", 1), is_("b", 2)]}, is_("a is 1 and whose b", 2)),
    (is_("a", True, "is"), is_("a", "yes", "is")),
    (is_("a", "true", "contains"), is_("a", "yes", "contains")),
    ({"segment": "gold", "op": "in"}, {"segment": "gold-2", "op": "in"}),
    ({"not": {"all": [is_("a", 1), is_("b", 2)]}}, {"all": [{"not": is_("a", 1)}, is_("b", 2)]}),
    ({"interaction": "a’ or did ‘b"}, {"any": [{"interaction": "a"}, {"interaction": "b"}]}),
    ({"interaction": "a*"}, {"interaction": "a"}),
    (is_("a", "\u202ex"), is_("a", r"\u202ex")),
    (is_("a", "\u202ex"), is_("a", "x")),
    (is_("a", "\u05d0"), is_("a", "\u2068\u05d0\u2069")),
    (is_("a", ["\u05d0", "\u05d1"], "in"), is_("a", ["\u05d1\u2069’ or ‘\u2068\u05d0"], "in")),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_what_is_easily_confused(one: Json, other: Json) -> None:
    first, second = (check(parse_rule(rule), ODD) for rule in (one, other))
    assert fingerprint(first) != fingerprint(second)
    assert write(first, NAMES) != write(second, NAMES)
