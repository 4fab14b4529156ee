"""Who moved between segments in a period: in A at its start, in B at its end; exact, from the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from segments.models import Segment
from segments.queries.membership.past import ids_at

Ids = npt.NDArray[np.int64]
MOST = 20  # segments side by side
AT_ONCE = 100_000


class TooManySegments(ValueError):
    """More segments than can be set side by side."""


@dataclass(frozen=True)
class Flow:
    """So many people were in `source` at the start and in `target` at the end. None: in none of the chosen ones.

    Segments overlap, so one person may stand in several flows: each flow is exact, their sum is not a head count.
    """

    source: Segment | None
    target: Segment | None
    people: int


@dataclass(frozen=True)
class Movement:
    """The flows of a period; `start` and `end` are the sizes by segment key. Flows of nobody are left out."""

    since: datetime
    until: datetime
    segments: list[Segment]
    start: dict[int, int]
    end: dict[int, int]
    flows: list[Flow]
    came: list[Flow]  # of these only who was not in the target at the start: who really moved

    def people(self, source: Segment | None, target: Segment | None) -> int:
        """How many went from one to the other; 0 where nobody did."""
        return next((flow.people for flow in self.flows if (flow.source, flow.target) == (source, target)), 0)


def movement(since: datetime, until: datetime, segments: Sequence[Segment]) -> Movement:
    """Every flow between these segments, and from and to none of them, in three queries.

    Raises `TooManySegments`.
    """
    start, end = _ends(since, until, segments)
    keys = [segment.pk for segment in segments]
    everybody = np.unique(np.concatenate([*start.values(), *end.values(), np.zeros(0, np.int64)]))
    tables = np.zeros((2, len(keys) + 1, len(keys) + 1), np.int64)
    for first in range(0, len(everybody), AT_ONCE):
        part = everybody[first : first + AT_ONCE]
        tables += _counted(part, [start[key] for key in keys], [end[key] for key in keys])
    places: list[Segment | None] = [*segments, None]
    flows, came = (
        [
            Flow(source, target, int(table[row, column]))
            for row, source in enumerate(places)
            for column, target in enumerate(places)
            if table[row, column] and (source is not None or target is not None)
        ]
        for table in tables
    )
    return Movement(
        since=since,
        until=until,
        segments=list(segments),
        start={key: len(start[key]) for key in keys},
        end={key: len(end[key]) for key in keys},
        flows=flows,
        came=came,
    )


def moved(
    since: datetime,
    until: datetime,
    segments: Sequence[Segment],
    *,
    source: Segment | None,
    target: Segment | None,
) -> Ids:
    """The contacts of one flow, sorted; `segments` are those the flow was worked out among."""
    start, end = _ends(since, until, segments)
    before = _chosen(start, source)
    after = _chosen(end, target)
    if source is None:
        return np.setdiff1d(after, before)
    return np.setdiff1d(before, after) if target is None else np.intersect1d(before, after)


def _chosen(members: dict[int, Ids], segment: Segment | None) -> Ids:
    """The members of the segment; without one, of any of them."""
    if segment is not None:
        return members[segment.pk]
    return np.unique(np.concatenate([*members.values(), np.zeros(0, np.int64)]))


def _ends(since: datetime, until: datetime, segments: Sequence[Segment]) -> list[dict[int, Ids]]:
    if len(segments) > MOST:
        raise TooManySegments(f"Choose at most {MOST} segments; these are {len(segments)}.")
    return ids_at([segment.pk for segment in segments], (since, until))


def _counted(people: Ids, start: list[Ids], end: list[Ids]) -> npt.NDArray[np.int64]:
    """How many of these people went from each row to each column, and how many of them were not there before.

    The last row and column are ‘in none’.
    """
    # Whole numbers in float32 are exact up to 16 million, and there are at most `AT_ONCE` people here.
    before, after = _matrix(people, start), _matrix(people, end)
    products = [before @ after.T, before @ (after * (1 - before)).T]
    return np.rint(np.stack(products)).astype(np.int64)


def _matrix(people: Ids, members: list[Ids]) -> npt.NDArray[np.float32]:
    inside = np.zeros((len(members) + 1, len(people)), np.float32)
    for row, ids in enumerate(members):
        inside[row] = np.isin(people, ids, assume_unique=True)
    inside[-1] = ~inside[:-1].any(axis=0)
    return inside
