"""Since when contacts have been in a segment, worked out by looking back: for `for` where no log says it."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import numpy as np

from segments.engine import moments
from segments.engine.evaluate import Standing, judge
from segments.engine.population import Population
from segments.engine.rules import (
    Attribute,
    Interaction,
    Membership,
    Regular,
    Rule,
    Sequence,
    Span,
    conditions,
)

MOST_DAYS = 40_000


def needs_standing(rules: Mapping[str, Rule]) -> dict[str, Span]:
    """The segments that some rule asks to be in `for` a time, with the longest span asked."""
    longest: dict[str, Span] = {}
    utc = ZoneInfo("UTC")
    for rule in rules.values():
        for part in conditions(rule):
            if isinstance(part, Membership) and part.held is not None and part.segment in rules:
                known = longest.get(part.segment)
                if known is None or moments.step(0, part.held, 1, utc) > moments.step(0, known, 1, utc):
                    longest[part.segment] = part.held
    return longest


def held_since(
    population: Population,
    rules: Mapping[str, Rule],
    name: str,
    *,
    as_of: int,
    zone: ZoneInfo,
    given: Mapping[str, Standing],
) -> Standing:
    """Members of a segment now, and since when without a break, looking back as far as any rule asks.

    The answer can only change at the edges of the rule's windows, so it is asked just there and just before.
    """
    span = needs_standing(rules)[name]
    begin = moments.step(as_of, span, -1, zone)
    inside: np.ndarray | None = None
    since = np.full(len(population), moments.EVER, np.int64)
    broken = np.zeros(len(population), bool)
    for instant in _edges(population, rules, begin, as_of, zone):
        members = judge(population, rules, as_of=instant, zone=zone, given=given, wanted=(name,)).members[
            name
        ]
        if inside is None:
            inside = members
        broken |= ~members
        since[~broken] = instant
    assert inside is not None
    return Standing(inside, since)


def _edges(
    population: Population, rules: Mapping[str, Rule], begin: int, as_of: int, zone: ZoneInfo
) -> list[int]:
    """Instants from as-of back to begin at which some answer may change, each with the one before it."""
    spans: set[tuple[Span, int]] = set()
    for rule in rules.values():
        for part in conditions(rule):
            spans |= _spans(part)
    at = [int(instant) for instant in np.unique(np.asarray(population.at))]
    for column in population.attributes.values():
        read = column.dictionary.moments(zone)
        at += [int(instant) for instant in np.unique(read.instant[read.is_instant])]
    edges = {begin, as_of}
    for instant in at:
        edges.add(instant)
        for span, times in spans:
            for k in range(-times, times + 1):
                moved = moments.step(instant, span, k, zone)
                edges |= {moved - 1, moved, moved + 1}
    first, last = moments.local_day(begin, zone), moments.local_day(as_of, zone)
    if last - first <= MOST_DAYS:
        edges |= {moments.start_of_day(day, zone) for day in range(first, last + 1)}
    edges |= {edge - 1 for edge in edges}
    return sorted((edge for edge in edges if begin <= edge <= as_of), reverse=True)


def _spans(part: object) -> set[tuple[Span, int]]:
    if isinstance(part, Regular):
        return {(part.every, part.of_last)}
    if isinstance(part, Sequence):
        found = {(part.within, 1)}
        return found | {(span, 1) for span in (part.window.spans if part.window else ())}
    if isinstance(part, Interaction):
        return {(span, 1) for span in (part.window.spans if part.window else ())}
    if isinstance(part, Attribute):
        found = {(part.held_for, 1)} if part.held_for else set()
        return found | ({(part.value, 1)} if isinstance(part.value, Span) else set())
    return set()
