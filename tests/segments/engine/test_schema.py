"""The JSON Schemas: they take every worked case, and refuse every shape that saving refuses."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator

from segments.engine.language.operators import OPERATORS
from segments.engine.language.schema import SHAPES, document_schema, file_schema
from tests.segments.engine.test_refusals import CASES

RULE = Draft202012Validator(document_schema())
FILE = Draft202012Validator(file_schema())
# What no schema knows: the account's names and types, the order of two ends, patterns, the place of a step.
BEYOND = (
    "no attribute of this account", "no attribute", "‘Age’ is a number: ‘contains’ needs", "smaller number first", "earlier",
    "longer time first", "ends before it begins", "pattern cannot be read", "no segment", "date condition",
    "Only the last step", "yes or no", "text",
)  # fmt: skip


def takes(rule: Any) -> bool:
    return bool(RULE.is_valid({"version": 1, "rule": rule}))


def test_they_are_schemas() -> None:
    Draft202012Validator.check_schema(document_schema())
    Draft202012Validator.check_schema(file_schema())
    assert {row.shape for row in OPERATORS.values()} <= set(SHAPES)


def test_every_worked_case_is_taken(shared_data: Path) -> None:
    file = json.loads((shared_data / "06_segment_semantics" / "segment_cases.json").read_text())
    assert [error.message for error in FILE.iter_errors(file)] == []
    for test in file["tests"]:
        if "members" in test:
            assert takes(test["rule"]), test["name"]


@pytest.mark.parametrize("rule", [rule for rule, _, words in CASES if words not in BEYOND])
def test_refused_shapes_are_refused(rule: Any) -> None:
    assert not takes(rule)


@pytest.mark.parametrize(
    "document", [{}, [], {"version": 2, "rule": {"all": []}}, {"version": 1}, {"version": 1, "rule": {"all": []}, "x": 1}]
)  # fmt: skip
def test_a_document_has_version_and_rule(document: Any) -> None:
    assert not RULE.is_valid(document)


def test_the_command_prints_them() -> None:
    out = StringIO()
    call_command("rule_schema", stdout=out)
    assert json.loads(out.getvalue()) == document_schema()
    out = StringIO()
    call_command("rule_schema", "--file", stdout=out)
    assert json.loads(out.getvalue()) == file_schema()
