"""A segment as a portable file, and what a file would bring into this account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from segments.engine.language.carrying import names_in, renamed
from segments.engine.language.check import check
from segments.engine.language.parse import parse_rule
from segments.engine.language.refusals import Problem, Refused
from segments.engine.language.sentence import write
from segments.engine.portable import Outcome, Unreadable, run_tests
from segments.models import Segment
from segments.queries.catalogue import catalogue

Json = dict[str, Any]
MOST_TESTS = 200


def file_of(segment: Segment) -> Json:
    """The portable file of a segment by rule, with the rules of all segments it is built on. Lists come empty."""
    known = catalogue()
    attributes, wanted = names_in(_rule_of(segment))
    others: dict[str, Json] = {}
    while missing := [slug for slug in sorted(wanted) if slug not in others]:
        held = {one.slug: one for one in Segment.objects.filter(slug__in=missing)}
        for slug in missing:
            other = held.get(slug)
            rule = _rule_of(other) if other and other.kind == Segment.DYNAMIC else None
            others[slug] = {"static": []} if rule is None else {"rule": rule}
            more = names_in(rule)
            attributes, wanted = attributes | more[0], wanted | more[1]
    types = {name: known.attributes[name] for name in sorted(attributes) if known.attributes.get(name)}
    return {
        "facet": 1,
        "name": segment.name,
        "slug": segment.slug,
        "sentence": segment.sentence,
        "rule": _rule_of(segment),
        "timezone": str(known.zone),
        **({"attributes": types} if types else {}),
        **({"segments": others} if others else {}),
        "tests": [],
    }


def _rule_of(segment: Segment) -> Any:
    """The rule in its document; None where that is spoilt."""
    return segment.rule.get("rule") if isinstance(segment.rule, dict) else None


@dataclass(frozen=True)
class Missing:
    """A name the file uses and this account does not know; `inside`: the file brings that segment along."""

    name: str
    type: str = ""
    inside: bool = False


@dataclass(frozen=True)
class Look:
    """What is in a file: how its tests end here, what it names that is not here, what saving would refuse."""

    name: str
    sentence: str
    outcomes: list[Outcome] = field(default_factory=list)
    attributes: list[Missing] = field(default_factory=list)
    segments: list[Missing] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def passed(self) -> int:
        return sum(outcome.passed for outcome in self.outcomes)

    @property
    def failed(self) -> int:
        return len(self.outcomes) - self.passed


def look_into(file: Any, *, attributes: Mapping[str, str], segments: Mapping[str, str]) -> Look:
    """What a file would bring, with its names replaced by those chosen here. Raises `Unreadable`."""
    if not isinstance(file, Mapping) or file.get("facet") != 1:
        raise Unreadable('This is no segment file: it lacks ‘"facet": 1’.')
    tests = file.get("tests", [])
    if not isinstance(tests, list) or len(tests) > MOST_TESTS:
        raise Unreadable(f"A file has at most {MOST_TESTS} tests, in a list.")
    try:
        outcomes = run_tests(file)
    except Unreadable:
        raise
    except Exception as problem:
        raise Unreadable(f"Its tests cannot be run: {type(problem).__name__} in one of them.") from problem
    known = catalogue()
    brought = file.get("segments") if isinstance(file.get("segments"), Mapping) else {}
    assert isinstance(brought, Mapping)
    rules = rules_of(file)
    named = [names_in(rule) for rule in rules.values()]
    declared = file.get("attributes") if isinstance(file.get("attributes"), Mapping) else {}
    assert isinstance(declared, Mapping)
    lacking = sorted(set().union(*(one[0] for one in named)) - known.attributes.keys() - attributes.keys())
    absent = sorted(set().union(*(one[1] for one in named)) - known.segments - segments.keys())
    return Look(
        name=str(file.get("name") or "Unnamed segment")[:120],
        sentence=_sentence(file, known, attributes, segments, set(absent)),
        outcomes=outcomes,
        attributes=[Missing(name, str(declared.get(name, ""))) for name in lacking],
        segments=[Missing(slug, inside=slug in rules) for slug in absent],
        problems=_problems(file, known, attributes, segments) if not lacking and not absent else [],
    )


def rules_of(file: Mapping[str, Any]) -> dict[str, Any]:
    """The rules in a file: its own under '', those of the segments it is built on under their slugs."""
    brought = file.get("segments")
    inner = brought if isinstance(brought, Mapping) else {}
    rules = {"": file.get("rule")}
    return rules | {
        str(slug): one["rule"] for slug, one in inner.items() if isinstance(one, Mapping) and "rule" in one
    }


def _problems(
    file: Mapping[str, Any], known: Any, attributes: Mapping[str, str], segments: Mapping[str, str]
) -> list[Problem]:
    try:
        check(parse_rule(renamed(file.get("rule"), attributes, segments)), known)
    except Refused as refused:
        return refused.problems
    return []


def _sentence(
    file: Mapping[str, Any],
    known: Any,
    attributes: Mapping[str, str],
    segments: Mapping[str, str],
    absent: set[str],
) -> str:
    """What the rule says in this account; what the file says it does where it cannot be read here yet."""
    try:
        rule = check(parse_rule(renamed(file.get("rule"), attributes, segments)), known)
    except Refused:
        return str(file.get("sentence", ""))[:2_000]
    return write(rule, known.labels)
