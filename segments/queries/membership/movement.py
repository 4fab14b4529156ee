"""Who moved between segments in a period: in A at its start, in B at its end; exact, from the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from segments.engine.statistics import bits
from segments.engine.statistics.bits import Ids, Row, Table
from segments.models import Segment
from segments.queries.membership.replaying import Past

__all__ = ["MOST", "Flow", "Ids", "Movement", "TooManySegments", "moved", "movement"]
MOST = 20  # segments side by side


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
    """Every flow between these segments, and from and to none of them. Raises `TooManySegments`."""
    start, end = _ends(since, until, segments)
    flows, came = _flows(start, end, segments), _flows(start, end & ~start, segments)
    keys = [segment.pk for segment in segments]
    return Movement(
        since=since,
        until=until,
        segments=list(segments),
        start=dict(zip(keys, bits.counts(start[:-1]).tolist(), strict=True)),
        end=dict(zip(keys, bits.counts(end[:-1]).tolist(), strict=True)),
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
    """The contacts of one flow, rising; `segments` are those the flow was worked out among."""
    start, end = _ends(since, until, segments)
    places: list[Segment | None] = [*segments, None]
    return bits.ids(start[places.index(source)] & end[places.index(target)])


def _ends(since: datetime, until: datetime, segments: Sequence[Segment]) -> tuple[Table, Table]:
    """Who was in each segment at the start and at the end; the last rows are those in none then, but once in one."""
    if len(segments) > MOST:
        raise TooManySegments(f"Choose at most {MOST} segments; these are {len(segments)}.")
    keys = [segment.pk for segment in segments]
    past = Past(keys)
    both = [past.at(instant) for instant in (since, until)]
    rows = bits.table([end[key] for end in both for key in keys])
    somewhere = bits.union(rows) if len(rows) else rows.sum(axis=0)
    start, end = rows[: len(keys)], rows[len(keys) :]
    return _with_none(start, somewhere), _with_none(end, somewhere)


def _with_none(rows: Table, somewhere: Row) -> Table:
    inside = bits.union(rows) if len(rows) else somewhere
    return np.vstack([rows, somewhere & ~inside])


def _flows(start: Table, end: Table, segments: Sequence[Segment]) -> list[Flow]:
    places: list[Segment | None] = [*segments, None]
    found = []
    for row, source in zip(start, places, strict=True):
        for people, target in zip(bits.counts(end & row).tolist(), places, strict=True):
            if people and (source is not None or target is not None):
                found.append(Flow(source, target, people))
    return found
