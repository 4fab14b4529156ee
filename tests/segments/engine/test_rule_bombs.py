"""Rules that mean harm end in a sentence or an answer, never in a crash: read, checked, judged, told, explained."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import pytest

from segments.engine.judging.evaluate import judge
from segments.engine.judging.population import Builder, Population
from segments.engine.language.canonical import fingerprint
from segments.engine.language.check import Catalogue, check
from segments.engine.language.parse import parse_document
from segments.engine.language.reads import reads
from segments.engine.language.refusals import Problem, Refused
from segments.engine.language.rules import Rule
from segments.engine.language.sentence import write
from segments.engine.portable import utc
from segments.engine.why.why import explain
from segments.management.commands.check_segments import read
from tests.segments.rule_bombs import BOMBS

pytestmark = pytest.mark.timeout(30)
KNOWN = Catalogue(attributes={"age": "number", "city": "text", "born": "date"}, segments=frozenset({"gold"}))
BERLIN = ZoneInfo("Europe/Berlin")
NOW = int(utc("2026-03-15T12:00:00Z").timestamp()) * 1_000_000
DAY = 86_400_000_000


def people(number: int) -> Population:
    """Customers with a year of orders, one of them with what is hard to judge."""
    builder = Builder({"age": "number", "city": "text", "born": "date"})
    builder.add_contact(0, {"age": "9" * 9_999, "city": "a" * 5_000 + "b", "born": "9999-12-31"})
    for one in range(1, number):
        builder.add_contact(one, {"age": one, "city": f"c{one}", "born": "2000-02-29"})
    for one in range(number):
        for row in range(52):
            builder.add_interaction(one, "order", NOW - row * 7 * DAY, {"total": row, "p": "x"})
    builder.add_interaction(0, "order", NOW, {"total": "1e9999"})
    return builder.build()


MANY, ONE = people(400), people(1)


def taken(text: str) -> Rule | list[Problem]:
    """The checked rule that JSON text spells, or what is wrong with it."""
    try:
        return check(parse_document({"version": 1, "rule": read(text)}), KNOWN)
    except Refused as refused:
        return refused.problems
    except RecursionError:
        return [Problem("", "This is nested too deep to be read.")]


@pytest.mark.parametrize(("text", "good"), [bomb[1:] for bomb in BOMBS], ids=[bomb[0] for bomb in BOMBS])
def test_it_ends_in_a_sentence_or_in_an_answer(text: str, good: bool | str) -> None:
    rule = taken(text)
    if isinstance(rule, list):
        assert good is not True, rule
        assert 0 < len(rule) <= 50
        assert all(0 < len(one.sentence) < 300 for one in rule)
        return
    assert good is not False
    assert write(rule, {}).startswith("Customers ")
    assert fingerprint(rule)
    assert reads(rule)
    verdicts = judge(MANY, {"": rule}, as_of=NOW, zone=BERLIN, count_nodes=("",))
    why = explain(ONE, {"": rule}, "", as_of=NOW, zone=BERLIN, labels={})
    assert why.holds == verdicts.members[""][0]
    json.dumps([problem.asks for problem in why.reasons])
