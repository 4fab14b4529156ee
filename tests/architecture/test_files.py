"""Every file that leaves either tells of no customer, and stands here, or is noted in the audit by the one door."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_PEOPLE = {
    "companies_csv",
    "campaigns_csv",
    "goals_csv",
    "goal_csv",
    "operations_runs_csv",
    "reviews_csv",
    "segments_csv",
    "segment_sizes_csv",
    "segment_value_csv",
    "segment_retention_csv",
    "segment_differences_csv",
    "segment_overlap_csv",
    "segment_profile_csv",
    "segments_movement_csv",
}
DOOR = "crm/pages/files.py"


def downloads(source: str) -> set[str]:
    """The functions that send a CSV by themselves."""
    found = set()
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef):
            for call in ast.walk(function):
                name = getattr(call, "func", None)
                if (
                    isinstance(call, ast.Call)
                    and getattr(name, "attr", getattr(name, "id", "")) == "download"
                ):
                    found.add(function.name)
    return found


def test_a_file_of_customers_leaves_by_the_door_that_writes_the_audit() -> None:
    found = set()
    for app in ("crm", "segments", "campaigns", "config"):
        for path in (ROOT / app).rglob("*.py"):
            if str(path.relative_to(ROOT)) != DOOR:
                found |= downloads(path.read_text(encoding="utf-8"))
    assert found == WITHOUT_PEOPLE


def test_the_look_finds_a_file_however_it_is_sent() -> None:
    assert downloads("def a():\n    return sheets.download('x')\ndef b():\n    return download('x')") == {
        "a",
        "b",
    }
    assert downloads("def a():\n    return file_of_people(request, 'x')") == set()
