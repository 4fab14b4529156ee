"""Two versions of a segment beside each other: their rules as outlines, and whom they hold now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from crm.models import Contact
from segments.engine.language.check import check
from segments.engine.language.parse import parse_document
from segments.engine.language.refusals import Refused
from segments.engine.language.rules import All, AnyOf, Not, Rule
from segments.engine.language.sentence import phrase
from segments.models import Segment, SegmentVersion
from segments.queries.building.counting import count
from segments.queries.catalogue import catalogue
from segments.queries.membership.placements import NOBODY, placed
from segments.uses import Edit

Ids = npt.NDArray[np.int64]
NAMED = 5
SAME, GONE, NEW = "same", "gone", "new"


@dataclass(frozen=True)
class OutlineLine:
    """A line of a rule as an outline; `change` says whether it is in both versions, only in the older or the newer."""

    depth: int
    text: str
    change: str = SAME


@dataclass(frozen=True)
class Exchange:
    """Whom two rules hold now: who comes in, goes out and stays when the second takes the place of the first."""

    joins: int
    leaves: int
    stays: int
    joining: list[Contact]
    leaving: list[Contact]
    as_of: datetime
    edit: Edit


@dataclass(frozen=True)
class VersionRow:
    """A version with the sentence it took the place of."""

    version: SegmentVersion
    before: str | None

    @property
    def told(self) -> bool:
        """True where the numbers of its rehearsal were kept."""
        return self.version.joins is not None


def rows_of(versions: list[SegmentVersion]) -> list[VersionRow]:
    """The versions, newest first, each with the sentence before it."""
    rows = [VersionRow(newer, older.sentence) for newer, older in pairwise(versions)]
    return [*rows, VersionRow(versions[-1], None)] if versions else []


def outline(rule: Rule, labels: Mapping[str, str], depth: int = 0) -> Iterator[OutlineLine]:
    """A checked rule as lines: a group's heading, then its parts one step further in."""
    if isinstance(rule, Not):
        yield OutlineLine(depth, "not:")
        yield from outline(rule.part, labels, depth + 1)
    elif isinstance(rule, All | AnyOf):
        yield OutlineLine(depth, "all of:" if isinstance(rule, All) else "at least one of:")
        for part in rule.parts:
            yield from outline(part, labels, depth + 1)
    else:
        yield OutlineLine(depth, phrase(rule, labels))


def differences(older: SegmentVersion, newer: SegmentVersion, *, slug: str) -> list[OutlineLine]:
    """The outlines of both as one list: what is in both, what went, what came."""
    known = catalogue(exclude=slug)

    def lines(version: SegmentVersion) -> list[tuple[int, str]]:
        try:
            rule = check(parse_document(version.rule), known, slug=slug)
        except Refused:
            return [(0, version.sentence)]
        return [(line.depth, line.text) for line in outline(rule, known.labels)]

    before, after = lines(older), lines(newer)
    found: list[OutlineLine] = []
    for same, start, stop, begin, end in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if same == "equal":
            found += [OutlineLine(*line) for line in before[start:stop]]
        else:
            found += [OutlineLine(*line, GONE) for line in before[start:stop]]
            found += [OutlineLine(*line, NEW) for line in after[begin:end]]
    return found


def exchange(segment: Segment, older: SegmentVersion, newer: SegmentVersion, *, as_of: datetime) -> Exchange:
    """Whom both versions hold now, with those placed by hand. Raises `Refused` and `Preparing`."""
    by_hand = placed(as_of, [segment.pk]).get(segment.pk, NOBODY)
    before, after = (
        by_hand.applied(count(version.rule, as_of=as_of, slug=segment.slug).members)
        for version in (older, newer)
    )
    joining = np.setdiff1d(after, before, assume_unique=True)
    leaving = np.setdiff1d(before, after, assume_unique=True)
    staying = np.setdiff1d(after, joining, assume_unique=True)
    some = Contact.objects.in_bulk([int(pk) for ids in (joining, leaving) for pk in ids[:NAMED]])
    return Exchange(
        joins=len(joining),
        leaves=len(leaving),
        stays=len(staying),
        joining=_named(joining, some),
        leaving=_named(leaving, some),
        as_of=as_of,
        edit=Edit(segment, joining, leaving, staying, as_of),
    )


def _named(ids: Ids, some: Mapping[int, Contact]) -> list[Contact]:
    return [some[int(pk)] for pk in ids[:NAMED] if int(pk) in some]
