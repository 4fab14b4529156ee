"""The engine and the obvious evaluator must agree on whatever is drawn.

A long run: `python -m pytest tests/reference --examples 20000`. A case they disagree on is shrunk and kept in `found/`;
every file there is run for good.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from segments.engine.language.refusals import Refused
from tests.reference.drawing import cases
from tests.reference.evaluator import members, truth_by_path
from tests.reference.pools import DECLARED
from tests.reference.production import judged, judged_far_apart, judged_in_two
from tests.reference.world import Unsaid

Json = dict[str, Any]
FOUND = Path(__file__).parent / "found"
FILE: Json = {"facet": 1, "name": "Found by the judge", "slug": "found", "attributes": DECLARED}
RIGHTLY = (
    "needs",
    "Between needs",
    "ends before it begins",
    "longer time first",
    "in quotes",
    "yes or no",
    "Write a number",
)


def asked_of_the_engine(case: Json) -> tuple[list[str], dict[str, int]]:
    """The engine's answer; a case it rightly refuses is not looked at further."""
    try:
        return judged(FILE, case)
    except Refused as refusal:
        event("refused")
        if all(any(word in problem.sentence for word in RIGHTLY) for problem in refusal.problems):
            assume(False)
        raise


def asked_of_the_judge(case: Json) -> tuple[list[str], dict[str, int]]:
    """The obvious answer; where the rules say nothing, the case is not looked at further."""
    try:
        nodes = truth_by_path(case, FILE)
        return members(case, FILE), {path: len(ids) for path, ids in nodes.items()}
    except Unsaid:
        event("unsaid")
        assume(False)
        raise


def keep(case: Json, name: str) -> None:
    """Writes a case down as a portable file, with the members the rules ask for."""
    test = {**case, "name": name, "members": members(case, FILE)}
    FOUND.mkdir(exist_ok=True)
    content = {**FILE, "rule": {"all": []}, "tests": [test]}
    (FOUND / f"newest-{name}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


@given(cases())
def test_members_and_the_count_of_every_node_agree(case: Json) -> None:
    """Who belongs, and how many each node of the rule holds for."""
    got, counts = asked_of_the_engine(case)
    who, wanted = asked_of_the_judge(case)
    counted = {path: counts.get(path) for path in wanted}
    if sorted(got) != sorted(who) or counted != wanted:
        keep(case, "agreement")
        pytest.fail(f"members {got}, not {who}; counts {counted}, not {wanted}\n{case}")


@given(cases())
def test_a_patch_over_a_snapshot_gives_the_members_of_the_whole(case: Json) -> None:
    """Changed customers are judged apart from the others: nobody's answer may depend on who stands beside them."""
    got, _ = asked_of_the_engine(case)
    apart = judged_in_two(FILE, case)
    if got != apart:
        keep(case, "patch")
        pytest.fail(f"{got}, but in two populations {apart}\n{case}")


@given(cases(), st.randoms(use_true_random=False))
def test_any_order_and_any_cut_give_the_same_members(case: Json, chance: random.Random) -> None:
    """Parts of groups, and contacts may come in any order, and stand anywhere."""
    got, counts = asked_of_the_engine(case)
    again, _ = judged(FILE, {**case, "rule": shuffled(case["rule"], chance)})
    in_blocks, counts_in_blocks = judged_far_apart(FILE, case)
    if not got == again == in_blocks or counts != counts_in_blocks:
        keep(case, "order")
        pytest.fail(f"{got}, in another order {again}, in blocks {in_blocks}\n{case}")


def shuffled(rule: Any, chance: random.Random) -> Any:
    """The same rule with the parts of each group, and its property conditions, in another order."""
    if isinstance(rule, list):
        return [shuffled(part, chance) for part in rule]
    if not isinstance(rule, dict):
        return rule
    mixed = {key: shuffled(part, chance) for key, part in rule.items()}
    for key in ("all", "any", "where"):
        if key in mixed:
            chance.shuffle(mixed[key])
    return mixed


@pytest.mark.parametrize("path", sorted(FOUND.glob("*.json")), ids=lambda path: path.stem)
def test_what_was_found_stays_mended(path: Path) -> None:
    """Each case the two once disagreed on gives the members the rules ask for, in both."""
    file = json.loads(path.read_text())
    for test in file["tests"]:
        assert sorted(members(test, file)) == sorted(test["members"]), test["name"]
        assert sorted(judged(file, test)[0]) == sorted(test["members"]), test["name"]
