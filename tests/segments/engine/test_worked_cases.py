"""Worked cases: the shared ones, and our own beside this test, all through `check_segments`."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from segments.engine.portable import run_tests


def test_every_shared_case_agrees(shared_data: Path) -> None:
    cases = json.loads((shared_data / "06_segment_semantics" / "segment_cases.json").read_text())
    failed = [outcome for outcome in run_tests(cases) if not outcome.passed]
    assert failed == []


@pytest.mark.parametrize("name", ["edges", "sentence_by_sentence"])
def test_every_edge_worked_out_by_hand_holds(name: str) -> None:
    edges = json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
    assert [outcome for outcome in run_tests(edges) if not outcome.passed] == []


def _file(tmp_path: Path, members: list[str]) -> Path:
    path = tmp_path / "file.json"
    test = {
        "name": "Gold",
        "as_of": "2026-03-15T12:00:00Z",
        "contacts": [{"id": "a", "attributes": {"tier": "gold"}}, {"id": "b"}],
        "members": members,
    }
    rule = {"attribute": "tier", "op": "is", "value": "Gold"}
    path.write_text(json.dumps({"facet": 1, "rule": rule, "tests": [test]}))
    return path


def test_the_command_counts_what_passed(tmp_path: Path) -> None:
    out = StringIO()
    call_command("check_segments", str(_file(tmp_path, ["a"])), stdout=out)
    assert out.getvalue() == "1 passed, 0 failed\n"


def test_the_command_shows_what_failed_and_exits_with_1(tmp_path: Path) -> None:
    out = StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("check_segments", str(_file(tmp_path, ["b"])), stdout=out)
    assert stopped.value.code == 1
    assert "expected: b" in out.getvalue()
    assert out.getvalue().endswith("0 passed, 1 failed\n")


def test_a_test_that_cannot_be_read_fails_and_the_others_run(tmp_path: Path) -> None:
    path = _file(tmp_path, ["a"])
    file = json.loads(path.read_text())
    good = file["tests"][0]
    bad = [
        {**good, "timezone": "Mars/Base"},
        {**good, "as_of": "soon"},
        {key: good[key] for key in good if key != "members"},
        {**good, "contacts": [{}]},
        {**good, "contacts": 3},
        {**good, "interactions": [{"contact": "a", "interaction": "x", "at": "soon"}]},
        {**good, "members": "a"},
        {**good, "timezone": 7},
        5,
        "a",
    ]
    path.write_text(json.dumps({**file, "tests": [*bad, good]}))
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("check_segments", str(path), stdout=out)
    assert out.getvalue().endswith("1 passed, 10 failed\n")
    assert out.getvalue().count("got:") == 10
    assert "test 9\n" in out.getvalue()


def test_a_failing_test_names_what_of_it_means_nothing_here(tmp_path: Path) -> None:
    path = _file(tmp_path, ["b"])
    file = json.loads(path.read_text())
    file["tests"][0] |= {"member": [], "contacts": [{"id": "a", "attribute": {}, "interactions": []}]}
    path.write_text(json.dumps(file))
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("check_segments", str(path), stdout=out)
    told = "(not read: ‘member’ of a test, ‘attribute’ of a contact, ‘interactions’ of a contact)\n"
    assert told in out.getvalue()


@pytest.mark.parametrize("tests", ["null", "[]"])
def test_a_file_may_have_no_tests(tmp_path: Path, tests: str) -> None:
    path = tmp_path / "file.json"
    path.write_text(f'{{"facet": 1, "rule": {{"attribute": "tier", "op": "is_set"}}, "tests": {tests}}}')
    out = StringIO()
    call_command("check_segments", str(path), stdout=out)
    assert out.getvalue() == "0 passed, 0 failed\n"


def test_numbers_in_files_are_exact_however_long(tmp_path: Path) -> None:
    path, long = tmp_path / "file.json", "7" * 5_000
    rule = '{"attribute": "n", "op": "gt", "value": "12345678901234567.88"}'
    contacts = f'[{{"id": "a", "attributes": {{"n": 12345678901234567.89}}}}, {{"id": "b", "attributes": {{"n": {long}}}}}]'
    test = f'{{"name": "n", "as_of": "2026-03-15T12:00:00Z", "contacts": {contacts}, "members": ["a", "b"]}}'
    path.write_text(f'{{"facet": 1, "rule": {rule}, "tests": [{test}]}}')
    out = StringIO()
    call_command("check_segments", str(path), stdout=out)
    assert out.getvalue() == "1 passed, 0 failed\n"


def test_a_foreign_file_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text("{}")
    with pytest.raises(CommandError, match="no segment file"):
        call_command("check_segments", str(path))
