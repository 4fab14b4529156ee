"""Where those who entered a segment came from, and where those who left it went: exact, from the log.

Somebody came from A who was in A at the start and is in it no more; somebody went to B who is in B now and was not at
the start. So a segment that nearly everybody is in, before and after, is not taken for where people come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from crm.models import Contact
from segments.engine.statistics import bits
from segments.engine.statistics.bits import Ids, Row, Table
from segments.mirror.numbers import numbers
from segments.mirror.roster import Bits
from segments.models import Segment
from segments.queries.membership.replaying import Past

__all__ = ["GONE", "NEW", "NONE", "Crossing", "Handover", "Ids", "Side", "crossing", "handovers"]
Line = tuple[Segment, Ids]
NEW, NONE, GONE = "new", "none", "gone"
MOST_LIVELY, FEW = 30, 2_000
CONTACTS = Contact._meta.db_table
LEFT = "(erased_at IS NOT NULL OR merged_into_id IS NOT NULL)"
MADE = f"NOT {LEFT} AND created_at > %s"


@dataclass(frozen=True)
class Side:
    """Those who came, or those who went, and their other segments, the most first; one person may stand in several.

    `apart`: who stands in none of them, by `NEW` (made since the start), `GONE` (erased or merged), `NONE`.
    """

    people: Ids
    others: list[Line]
    apart: dict[str, Ids]

    def of(self, key: str) -> Ids | None:
        """The people of one line: a segment's slug, a key of `apart`, or everybody for ''; None where it is none."""
        named = {"": self.people, **self.apart} | {segment.slug: ids for segment, ids in self.others}
        return named.get(key)


@dataclass(frozen=True)
class Crossing:
    """What a segment gained and lost since an instant: who is in it now and was not, who was in it and is no more."""

    since: datetime
    came: Side
    went: Side


def crossing(segment: Segment, others: Sequence[Segment], *, since: datetime) -> Crossing:
    """From which of the others people came into the segment, and into which they went, from `since` to now."""
    everywhere = [segment, *(one for one in others if one.pk != segment.pk)]
    past = Past([one.pk for one in everywhere])
    start, end = _ends(everywhere, past, past.at(since))
    came, went = end[0] & ~start[0], start[0] & ~end[0]
    new = _among(came, MADE, [str(connection.ops.adapt_datetimefield_value(since))])
    gone = _among(went, LEFT)
    sources = came & ~new & start[1:] & ~end[1:]
    targets = went & ~gone & end[1:] & ~start[1:]
    return Crossing(
        since,
        came=_side(came, everywhere[1:], sources, NEW, new),
        went=_side(went, everywhere[1:], targets, GONE, gone),
    )


def _ends(segments: Sequence[Segment], past: Past, then: Mapping[int, Bits]) -> tuple[Table, Table]:
    """Who was in each segment then and who is in it now: a row each."""
    keys = [one.pk for one in segments]
    rows = bits.table([end[key] for end in (then, past.now) for key in keys])
    return rows[: len(keys)], rows[len(keys) :]


@dataclass(frozen=True)
class Handover:
    """So many left one segment and entered the other in the period."""

    source: Segment
    target: Segment
    people: int


def handovers(segments: Sequence[Segment], *, since: datetime, most: int) -> list[Handover]:
    """The largest handovers among those of the segments that moved most people.

    Nobody is handed over by the count that fills a new segment, which may write a line for everybody there is.
    """
    past = Past([one.pk for one in segments])
    then = {one.pk: max(past.begun.get(one.pk, since), since) for one in segments}
    start, end = _ends(segments, past, past.at(then))
    came, went = end & ~start, start & ~end
    moved = (bits.counts(came) + bits.counts(went)).tolist()
    lively = sorted(range(len(segments)), key=lambda place: -moved[place])[:MOST_LIVELY]
    found = [
        Handover(segments[source], segments[target], people)
        for source in lively
        for target, people in zip(lively, bits.counts(came[lively] & went[source]).tolist(), strict=True)
        if source != target and people
    ]
    return sorted(found, key=lambda one: (-one.people, one.source.name, one.target.name))[:most]


def _among(people: Row, where: str, given: Sequence[str] = ()) -> Row:
    """Those of these people of whom a condition holds: few are looked up by key, of many all that it finds are read."""
    number = bits.count(people)
    if not number:
        return people
    named = f" AND id IN ({', '.join(map(str, bits.ids(people).tolist()))})" if number <= FEW else ""
    (keys,) = numbers(("id",), f"{CONTACTS} WHERE {where}{named}", order="id", given=given)
    return bits.like(keys, people) & people


def _side(people: Row, segments: Sequence[Segment], lines: Table, kind: str, apart: Row) -> Side:
    """The lines that have people, ranked; those apart are in no line."""
    kept = [(one, bits.ids(row)) for one, row in zip(segments, lines, strict=True) if row.any()]
    kept.sort(key=lambda line: (-len(line[1]), line[0].name))
    none = people & ~apart
    if len(lines):
        none = none & ~bits.union(lines)
    return Side(bits.ids(people), kept, {kind: bits.ids(apart), NONE: bits.ids(none)})
