"""The portable segment file: a rule with its name, what it refers to, and tests that anyone can run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import NoneType
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from segments.engine.judging.evaluate import Standing, judge
from segments.engine.judging.population import Builder, Population
from segments.engine.judging.standing import standings
from segments.engine.language import moments, values
from segments.engine.language.check import Catalogue, check
from segments.engine.language.parse import parse_rule
from segments.engine.language.refusals import Problem, Refused
from segments.engine.language.rules import Rule

ASKED = "the rule of this test"
# What is read of a test, of a contact in it, of an interaction in it; anything else is left alone.
READ = {
    "test": {"name", "as_of", "timezone", "rule", "segments", "contacts", "interactions", "merged"}
    | {"members", "refused"},
    "contact": {"id", "attributes", "history", "erased"},
    "interaction": {"contact", "interaction", "at", "properties", "message_id"},
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """How one test of a file ended; `got` and `expected` are member ids or a word."""

    name: str
    passed: bool
    expected: str
    got: str


class Unreadable(ValueError):
    """The file is no portable segment file."""


def run_tests(file: Any) -> list[Outcome]:
    """Runs the tests inside a portable file, in order. Raises `Unreadable`."""
    if not isinstance(file, Mapping) or file.get("facet") != 1:
        raise Unreadable('this is no segment file: it lacks ‘"facet": 1’')
    tests = file.get("tests") or []
    if not isinstance(tests, list):
        raise Unreadable("‘tests’ of a segment file is a list")
    return [
        _run(file, test, number)
        if isinstance(test, Mapping)
        else Outcome(f"test {number}", False, "an object", "this test cannot be read")
        for number, test in enumerate(tests, start=1)
    ]


def _run(file: Mapping[str, Any], test: Mapping[str, Any], number: int) -> Outcome:
    refused = test.get("refused", False) is True
    expected = "refused" if refused else "‘members’ or ‘refused’, which this test lacks"
    wanted: list[str] | None = None
    if not refused and "members" in test and isinstance(test["members"], list | NoneType):
        wanted = sorted(map(str, test["members"] or []))
        expected = ", ".join(wanted) or "nobody"
    try:
        members = sorted(members_of(file, test))
        got, passed = ", ".join(members) or "nobody", members == wanted
    except Refused as refusal:
        got, passed = f"refused: {refusal}", refused
    except (Unreadable, LookupError) as error:
        got, passed = f"this test cannot be read: {error}", False
    except (TypeError, AttributeError, ValueError) as error:
        got, passed = (
            f"this test cannot be read, something in it has another shape than it should: {error}",
            False,
        )
    unread = "" if passed else _unread(test)
    return Outcome(str(test.get("name", f"test {number}")), passed, expected, got + unread)


def _unread(test: Mapping[str, Any]) -> str:
    """Names a failing test gives that mean nothing here: a misspelling, mostly, of what it fails for."""
    given = {"test": [test], "contact": test.get("contacts"), "interaction": test.get("interactions")}
    found = [
        f"‘{name}’ of {'an' if what[0] in 'aeiou' else 'a'} {what}"
        for what, rows in given.items()
        if isinstance(rows, list)
        for name in sorted({str(key) for row in rows if isinstance(row, Mapping) for key in row} - READ[what])
    ]
    return f" (not read: {', '.join(found[:5])})" if found else ""


def members_of(file: Mapping[str, Any], test: Mapping[str, Any]) -> list[str]:
    """Who belongs in a test, by the production engine. Raises `Refused`."""
    zone = _zone(file, test)
    as_of = _instant(test["as_of"], zone)
    population = population_of(test, file.get("attributes") or {}, as_of, zone)
    rules, listed = _settled(file, test, population)
    given = {
        name: Standing(np.array([str(key) in ids for key in population.ids], bool))
        for name, ids in listed.items()
    }
    given |= standings(population, rules, as_of=as_of, zone=zone, given=given)
    verdict = judge(population, rules, as_of=as_of, zone=zone, given=given, wanted=(ASKED,))
    return [str(key) for key in population.ids[verdict.members[ASKED]]]


def settled_rules(file: Mapping[str, Any], test: Mapping[str, Any]) -> dict[str, Rule]:
    """The checked rules of a test: its own under `ASKED`, those of segments by name. Raises `Refused`."""
    zone = _zone(file, test)
    population = population_of(test, file.get("attributes") or {}, _instant(test["as_of"], zone), zone)
    return _settled(file, test, population)[0]


def _zone(file: Mapping[str, Any], test: Mapping[str, Any]) -> ZoneInfo:
    return ZoneInfo(test.get("timezone") or file.get("timezone") or "UTC")


def _settled(
    file: Mapping[str, Any], test: Mapping[str, Any], population: Population
) -> tuple[dict[str, Rule], dict[str, set[str]]]:
    """The checked rules of a test, and the members of its lists made by hand."""
    segments = test.get("segments", file.get("segments")) or {}
    rules, listed = _referenced(segments, _merged(test))
    catalogue = Catalogue(
        attributes=_types(test, file.get("attributes") or {}, population),
        segments=frozenset(segments),
        rules=rules,
        zone=_zone(file, test),
    )
    rules = {name: check(rule, catalogue, slug=name) for name, rule in rules.items()}
    rules[ASKED] = check(parse_rule(test.get("rule", file.get("rule"))), catalogue, slug=ASKED)
    return rules, listed


def _referenced(
    segments: Mapping[str, Any], merged: Mapping[str, str]
) -> tuple[dict[str, Rule], dict[str, set[str]]]:
    rules: dict[str, Rule] = {}
    listed: dict[str, set[str]] = {}
    for name, content in segments.items():
        if "static" in content:
            listed[name] = {survivor(str(key), merged) for key in content["static"]}
        else:
            try:
                rules[name] = parse_rule(content["rule"])
            except Refused as refusal:
                raise Refused(
                    [Problem(f"/segments/{name}{p.path}", p.sentence) for p in refusal.problems]
                ) from refusal
    return rules, listed


def _instant(text: Any, zone: ZoneInfo) -> int:
    day, instant = moments.read_moment(str(text), zone)
    if instant is not None:
        return instant
    if day is not None:
        return moments.start_of_day(day, zone)
    raise Unreadable(f"‘{text}’ is no instant")


def _merged(test: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(into) for key, into in (test.get("merged") or {}).items()}


def survivor(contact: str, merged: Mapping[str, str]) -> str:
    """The contact that another was merged into in the end, or itself. Raises `Unreadable` for a circle."""
    seen = {contact}
    while contact in merged:
        contact = merged[contact]
        if contact in seen:
            raise Unreadable(f"the contact ‘{contact}’ is merged into itself")
        seen.add(contact)
    return contact


def population_of(
    test: Mapping[str, Any], declared: Mapping[str, str], as_of: int, zone: ZoneInfo
) -> Population:
    """The contacts and interactions of a test: merged ones joined, erased ones gone, repeated messages once."""
    merged = _merged(test)
    kept = [
        contact
        for contact in test.get("contacts", [])
        if not contact.get("erased") and str(contact["id"]) not in merged
    ]
    living = {str(contact["id"]) for contact in kept}
    builder = Builder(declared)
    for contact in kept:
        builder.add_contact(str(contact["id"]), contact.get("attributes") or {})
    for contact in kept:
        for name, entries in (contact.get("history") or {}).items():
            for entry in entries:
                at = _instant(entry["at"], zone)
                if at <= as_of:
                    builder.add_history(str(contact["id"]), name, at, entry["value"])
    seen: set[str] = set()
    for interaction in test.get("interactions") or []:
        owner = survivor(str(interaction["contact"]), merged)
        message = interaction.get("message_id") or None
        if message is not None and message in seen:
            continue
        if message is not None:
            seen.add(message)  # the first received counts, also where its contact has been erased since
        if owner not in living:
            continue
        at = _instant(interaction["at"], zone)
        builder.add_interaction(owner, interaction["interaction"], at, interaction.get("properties") or {})
    return builder.build()


def _types(
    test: Mapping[str, Any], declared: Mapping[str, str], population: Population
) -> dict[str, str | None]:
    """Attributes that may be named: declared, or present in any contact, with the type their values share."""
    types: dict[str, str | None] = dict(declared)
    for name, column in population.attributes.items():
        types.setdefault(name, column.dictionary.type)
    for contact in test.get("contacts", []):
        for name, value in (contact.get("attributes") or {}).items():
            types.setdefault(name, None if values.is_missing(value) else values.shared_type([value]))
        for name, entries in (contact.get("history") or {}).items():
            types.setdefault(name, values.shared_type(entry["value"] for entry in entries))
    return types


def utc(text: str) -> datetime:
    """An instant written in ISO 8601, as a datetime in UTC. Raises `Unreadable`."""
    return moments.to_datetime(_instant(text, ZoneInfo("UTC"))).astimezone(UTC)
