"""How segments overlap: who is in both, as exact counts of every pair and of combinations of a few."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from django.core.cache import cache

from segments.engine.statistics import bits, overlap
from segments.models import Segment
from segments.queries.membership import packed

MOST = 200  # segments in one matrix
KEPT_SECONDS = 600
NEARLY_SAME = 0.95


@dataclass(frozen=True)
class Pair:
    """A segment beside another: `both` are in both, of `mine` and `theirs`."""

    other: Segment
    both: int
    mine: int
    theirs: int

    @property
    def jaccard(self) -> float:
        """The share of those in either who are in both."""
        return overlap.jaccard(self.both, self.mine, self.theirs)

    @property
    def same(self) -> bool:
        """True where the two are nearly the same people."""
        return self.jaccard >= NEARLY_SAME


@dataclass(frozen=True)
class Combination:
    """Those who are in exactly these of the chosen segments, and in none of the others chosen."""

    inside: list[Segment]
    outside: list[Segment]
    people: int


@dataclass(frozen=True)
class Matrix:
    """The counts of every pair of some segments, by their places in `segments`."""

    segments: list[Segment]
    counts: npt.NDArray[np.int64]

    def beside(self, segment: Segment) -> list[Pair]:
        """Every other segment beside this one, the most shared first."""
        place = next(index for index, one in enumerate(self.segments) if one.pk == segment.pk)
        row = self.counts[place]
        pairs = [
            Pair(other, int(row[index]), int(row[place]), int(self.counts[index, index]))
            for index, other in enumerate(self.segments)
            if index != place
        ]
        return sorted(pairs, key=lambda pair: (-pair.both, pair.other.name))

    def twins(self) -> dict[int, list[Pair]]:
        """For each segment (by key) that has any, the others that are nearly the same people."""
        found: dict[int, list[Pair]] = {}
        for place, one in enumerate(self.segments):
            row, size = self.counts[place], int(self.counts[place, place])
            for index in (row >= NEARLY_SAME * max(size, 1)).nonzero()[0].tolist():
                pair = Pair(self.segments[index], int(row[index]), size, int(self.counts[index, index]))
                if index != place and pair.both and pair.same:
                    found.setdefault(one.pk, []).append(pair)
        return found


def live_segments() -> list[Segment]:
    """The segments in use that overlap is shown of, the largest first."""
    return list(Segment.objects.live().order_by("-size", "pk")[:MOST])


def matrix(segments: Sequence[Segment]) -> Matrix:
    """Every pair of these segments; kept until the log of memberships goes on."""
    members = packed.inside(segments)
    asked = hashlib.sha256(repr([one.pk for one in segments]).encode()).hexdigest()[:24]
    key = f"segments.overlap.{members.log}.{asked}"
    counts = cache.get(key)
    if counts is None:
        counts = overlap.pair_counts(bits.table([members.bits[one.pk] for one in segments]))
        cache.set(key, counts, KEPT_SECONDS)
    return Matrix(list(segments), counts)


def combinations(segments: Sequence[Segment]) -> list[Combination]:
    """Every combination of up to six segments that has anybody, the most people first."""
    members = packed.inside(segments).bits
    counts = overlap.combinations(bits.table([members[one.pk] for one in segments]))
    found = [
        Combination(
            [one for bit, one in enumerate(segments) if mask >> bit & 1],
            [one for bit, one in enumerate(segments) if not mask >> bit & 1],
            int(people),
        )
        for mask, people in enumerate(counts)
        if people
    ]
    return sorted(found, key=lambda one: -one.people)


def as_of(segments: Sequence[Segment]) -> datetime | None:
    """As of when the members of all of them are true: the oldest count of a rule; a list is true at any time."""
    counted = [one for one in segments if one.kind == Segment.DYNAMIC] or segments
    return min((one.evaluated_at for one in counted if one.evaluated_at), default=None)
