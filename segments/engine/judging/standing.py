"""Since when contacts have been in a segment, worked out by looking back: for `for` where no log says it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from segments.engine.judging.evaluate import Standing, judge
from segments.engine.judging.population import Column, Population
from segments.engine.language import moments
from segments.engine.language.dictionary import Dictionary
from segments.engine.language.plan import in_order
from segments.engine.language.rules import (
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
Ints = npt.NDArray[np.int64]


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


def standings(
    population: Population,
    rules: Mapping[str, Rule],
    *,
    as_of: int,
    zone: ZoneInfo,
    given: Mapping[str, Standing],
) -> dict[str, Standing]:
    """For each segment that some rule asks to be in `for` a time: its members now, and since when without a break.

    Each is judged at every instant at which its answer can change, with the attributes the log says there were then
    and with those segments, judged before it, that it asks the same of.
    """
    spans = needs_standing(rules)
    begin = as_of
    for span in spans.values():
        begin = moments.step(begin, span, -1, zone)
    known: dict[str, _Track] = {}
    edges = _edges(population, rules, begin, as_of, zone)
    for name in in_order(rules):
        if name not in spans:
            continue
        members = []
        for instant in edges:
            then = {**given, **{other: track.at(instant) for other, track in known.items()}}
            judged = judge(
                as_it_was(population, instant), rules, as_of=instant, zone=zone, given=then, wanted=(name,)
            )
            members.append(judged.members[name])
        known[name] = _Track(np.array(edges, np.int64), np.array(members, bool))
    return {name: track.at(as_of) for name, track in known.items()}


@dataclass(frozen=True)
class _Track:
    """Who was in a segment from each of some rising instants on (instants x contacts)."""

    edges: Ints
    members: npt.NDArray[np.bool_]

    def at(self, instant: int) -> Standing:
        """The members as of an instant, and since when each has been one."""
        seen = int(np.searchsorted(self.edges, instant, side="right"))
        out = ~self.members[:seen]
        last_out = np.where(out.any(axis=0), seen - 1 - np.argmax(out[::-1], axis=0), -1)
        since = self.edges[np.minimum(last_out + 1, seen - 1)]
        return Standing(self.members[seen - 1], np.where(last_out < 0, -moments.EVER, since))


def as_it_was(population: Population, instant: int) -> Population:
    """The population with the attributes that the log says there were at an instant; those without a log stay."""
    if not population.histories:
        return population
    attributes = dict(population.attributes.items())
    for name, history in population.histories.items():
        now = attributes.get(name) or Column(np.zeros(len(population), np.int32), Dictionary([None]))
        entries = [*now.dictionary.entries, *history.column.dictionary.entries[1:]]
        moved = np.where(history.column.codes > 0, history.column.codes + len(now.dictionary) - 1, 0)
        before = np.concatenate([[0], np.cumsum(history.at <= instant)])
        first, past = history.offsets[:-1], history.offsets[1:]
        count = before[past] - before[first]
        then = np.where(count > 0, np.append(moved, 0)[first + np.maximum(count, 1) - 1], 0)
        codes = np.where(past > first, then, now.codes).astype(np.int32)
        declared = now.dictionary.type or history.column.dictionary.declared
        attributes[name] = Column(codes, Dictionary(entries, declared))
    return dataclasses.replace(population, attributes=attributes)


def _edges(
    population: Population, rules: Mapping[str, Rule], begin: int, as_of: int, zone: ZoneInfo
) -> list[int]:
    """Rising instants from begin to as-of at which some answer may change, each with the ones beside it."""
    spans: set[tuple[Span, int]] = set()
    for rule in rules.values():
        for part in conditions(rule):
            spans |= _spans(part)
    at = [int(instant) for instant in np.unique(np.asarray(population.at))]
    for column in population.attributes.values():
        read = column.dictionary.moments(zone)
        at += [int(instant) for instant in np.unique(read.instant[read.is_instant])]
    for history in population.histories.values():
        read = history.column.dictionary.moments(zone)
        at += [int(instant) for instant in np.unique(read.instant[read.is_instant])]
        at += [int(instant) for instant in np.unique(history.at)]
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
    for held in {
        part.held for rule in rules.values() for part in conditions(rule) if isinstance(part, Membership)
    }:
        if held is not None:  # one who came in at an edge has been in for a time that much later
            edges |= {moments.step(edge, held, 1, zone) for edge in edges}
    edges |= {edge + tick for edge in edges for tick in (-1, 1)}
    return sorted(edge for edge in edges if begin <= edge <= as_of)


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
