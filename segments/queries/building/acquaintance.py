"""People to look at beside an unsaved rule: another five of its members, and some whom a single condition keeps out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from segments.engine.language import moments
from segments.engine.language.check import check
from segments.engine.language.parse import parse_document
from segments.engine.language.refusals import Problem, Refused
from segments.engine.language.rules import All, Rule, says_nothing, segments_read
from segments.engine.language.sentence import phrase
from segments.queries.building.counting import count, opened
from segments.queries.catalogue import DRAFT, prepare

Ids = npt.NDArray[np.int64]
SHOWN = 5
MOST_PARTS = 40


@dataclass(frozen=True)
class Kept:
    """A condition that keeps people out who meet all others: its sentence, how many, and some of them."""

    sentence: str
    count: int
    some: list[int]


def others(document: Any, *, as_of: datetime, slug: str = "", turn: int = 0) -> list[int]:
    """Five members, other ones with each turn. Raises `Refused` and `Preparing`."""
    return _drawn(count(document, as_of=as_of, slug=slug).members, SHOWN, turn)


def nearly(document: Any, *, as_of: datetime, slug: str = "", turn: int = 0) -> list[Kept]:
    """Whom one condition alone keeps out, by condition, most first; five people altogether where there are as many.

    Empty where the rule is not a list of conditions that must all hold. Raises `Refused` and `Preparing`.
    """
    ground = opened(slug=slug)
    known = ground.known
    rule = check(parse_document(document), known, slug=slug)
    parts = [part for part in _parts(rule) if not says_nothing(part)]
    if len(parts) < 2 or len(parts) > MOST_PARTS:
        return []
    prepared = prepare(known, segments_read(rule), drafts={DRAFT: rule}, as_of=as_of)
    if prepared.stopping:
        raise Refused([Problem("", sentence) for sentence in prepared.stopping.values()])
    without = {
        f"{DRAFT}{index}": All(tuple(parts[:index] + parts[index + 1 :])) for index in range(len(parts))
    }
    members, _ = ground.contacts.judge(
        {**prepared.rules, **without},
        as_of=moments.to_us(as_of),
        zone=known.zone,
        listed=prepared.listed,
        wanted=(DRAFT, *without),
    )
    found = []
    for part, name in zip(parts, without, strict=True):
        missing = np.sort(ground.contacts.ids[members[name] & ~members[DRAFT]])
        if len(missing):
            words = phrase(part, known.labels).removeprefix("whose ").removeprefix("who ")
            found.append((words, missing))
    found.sort(key=lambda one: -len(one[1]))
    return [
        Kept(sentence, len(missing), _drawn(missing, wanted, turn))
        for (sentence, missing), wanted in zip(found, _dealt([len(ids) for _, ids in found]), strict=True)
    ]


def _parts(rule: Rule) -> Iterator[Rule]:
    """What must all hold: groups of all within a group of all are the same as their parts."""
    if isinstance(rule, All):
        for part in rule.parts:
            yield from _parts(part)
    else:
        yield rule


def _dealt(sizes: list[int]) -> list[int]:
    """How many of each to show: one of each in turn, until there are five."""
    wanted = [0] * len(sizes)
    while sum(wanted) < SHOWN and any(have < size for have, size in zip(wanted, sizes, strict=True)):
        for index, size in enumerate(sizes):
            if sum(wanted) < SHOWN and wanted[index] < size:
                wanted[index] += 1
    return wanted


def _drawn(ids: Ids, wanted: int, turn: int) -> list[int]:
    """Some of these, drawn by the number of the turn, so that the same turn shows the same people."""
    if len(ids) <= wanted:
        return [int(key) for key in ids]
    places = np.random.default_rng(turn).choice(len(ids), wanted, replace=False)
    return sorted(int(ids[place]) for place in places)
