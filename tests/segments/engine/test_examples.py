"""The worked examples hold, and docs/rules.md shows them as they are."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from jsonschema import Draft202012Validator

from segments.engine.language.schema import file_schema
from segments.engine.portable import run_tests

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_holds(path: Path) -> None:
    file = json.loads(path.read_text(encoding="utf-8"))
    assert [outcome for outcome in run_tests(file) if not outcome.passed] == []
    assert [error.message for error in Draft202012Validator(file_schema()).iter_errors(file)] == []


def test_the_page_is_up_to_date() -> None:
    out = StringIO()
    call_command("render_rules_docs", "--stdout", stdout=out)
    page = (Path(settings.BASE_DIR) / "docs" / "rules.md").read_text(encoding="utf-8")
    assert page == out.getvalue(), "run `python manage.py render_rules_docs`"
