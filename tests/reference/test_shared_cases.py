"""The judge itself is judged by the worked cases that came with the rules."""

import json
from pathlib import Path

from tests.reference.evaluator import members

EDGES = Path(__file__).parents[1] / "segments" / "engine" / "edges.json"


def test_the_evaluator_agrees_with_every_edge_worked_out_by_hand() -> None:
    """Each gives just the members somebody found by reading the rules."""
    file = json.loads(EDGES.read_text(encoding="utf-8"))
    for test in file["tests"]:
        if "members" in test:
            assert sorted(members(test, file)) == sorted(test["members"]), test["name"]


def test_the_evaluator_agrees_with_every_worked_case(shared_data: Path) -> None:
    """Each shared case that is not about refusing gives just the members it names."""
    file = json.loads((shared_data / "06_segment_semantics" / "segment_cases.json").read_text())
    wrong = {
        test["name"]: (sorted(test["members"]), sorted(members(test, file)))
        for test in file["tests"]
        if "members" in test and sorted(members(test, file)) != sorted(test["members"])
    }
    assert not wrong
