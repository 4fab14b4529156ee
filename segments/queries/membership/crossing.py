"""Where those who entered a segment came from, and where those who left it went: exact, from the log.

Somebody came from A who was in A at the start and is in it no more; somebody went to B who is in B now and was not at
the start. So a segment that nearly everybody is in, before and after, is not taken for where people come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import OuterRef, Q, Subquery

from crm.models import Contact
from segments.models import MembershipChange, Segment
from segments.queries.membership.packed import members_of
from segments.queries.membership.past import first_changes

Ids = npt.NDArray[np.int64]
Line = tuple[Segment, Ids]
NEW, NONE, GONE = "new", "none", "gone"
AT_ONCE, MOST_LIVELY = 20_000, 30
_CHANGE = np.dtype([("segment", np.int64), ("contact", np.int64), ("entered", np.int64)])
_NOBODY = np.zeros(0, np.int64)


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
    """From which of the others people came into the segment, and into which they went, from `since` to now.

    Three queries beside those of `members_of`.
    """
    others = [one for one in others if one.pk != segment.pk]
    members = members_of([segment, *others])
    named = MembershipChange.objects.filter(segment=segment, at__gt=since).order_by().values("contact")
    entered, left = _first(MembershipChange.objects.filter(segment=segment, at__gt=since))[segment.pk]
    came = np.intersect1d(entered, members[segment.pk])
    went = np.setdiff1d(left, members[segment.pk])
    changes = _first(MembershipChange.objects.filter(contact__in=named, at__gt=since))
    new, living = _known(named, since)
    sources, targets = [], []
    for one in others:
        inside = members[one.pk]
        entered, left = changes[one.pk]
        sources.append((one, np.setdiff1d(_before(came, inside, entered, left), inside)))
        targets.append(
            (one, np.setdiff1d(np.intersect1d(went, inside), _before(went, inside, entered, left)))
        )
    return Crossing(
        since,
        came=_side(came, sources, NEW, np.intersect1d(came, new)),
        went=_side(went, targets, GONE, np.setdiff1d(went, living)),
    )


@dataclass(frozen=True)
class Handover:
    """So many left one segment and entered the other in the period."""

    source: Segment
    target: Segment
    people: int


def handovers(segments: Sequence[Segment], *, since: datetime, most: int) -> list[Handover]:
    """The largest handovers among those of the segments that moved most people, in three queries beside `members_of`.

    Nobody is handed over by the count that fills a new segment, which may write a line for everybody there is.
    """
    members = members_of(segments)
    changes = _first(_changes_since(segments, since))
    came = {one.pk: np.intersect1d(changes[one.pk][0], members[one.pk]) for one in segments}
    went = {one.pk: np.setdiff1d(changes[one.pk][1], members[one.pk]) for one in segments}
    lively = sorted(segments, key=lambda one: -len(came[one.pk]) - len(went[one.pk]))[:MOST_LIVELY]
    found = [
        Handover(source, target, len(np.intersect1d(went[source.pk], came[target.pk], assume_unique=True)))
        for source in lively
        for target in lively
        if source.pk != target.pk
    ]
    ranked = sorted(found, key=lambda one: (-one.people, one.source.name, one.target.name))
    return [one for one in ranked[:most] if one.people]


def _changes_since(segments: Sequence[Segment], since: datetime) -> Any:
    """The lines of these segments' logs after an instant, those of a segment's very first instant left out."""
    keys = [one.pk for one in segments]
    oldest = MembershipChange.objects.filter(segment=OuterRef("pk")).order_by("at").values("at")[:1]
    begun = Segment.objects.filter(pk__in=keys).order_by().annotate(begun=Subquery(oldest))
    starts: dict[datetime, list[int]] = {}
    for key, at in begun.values_list("pk", "begun"):
        if at is not None:
            starts.setdefault(max(at, since), []).append(key)
    wanted = Q(pk__in=())
    for start, some in starts.items():
        wanted |= Q(segment__in=some, at__gt=start)
    return MembershipChange.objects.filter(wanted)


class _First(dict[int, tuple[Ids, Ids]]):
    """By segment: whose first change was entering, and whose was leaving."""

    def __missing__(self, key: int) -> tuple[Ids, Ids]:
        return _NOBODY, _NOBODY


def _first(changes: Any) -> _First:
    rows = first_changes(changes, "segment_id", "contact_id")
    rows = rows.values_list("segment_id", "contact_id", "was_entry")
    read = np.sort(np.fromiter(rows.iterator(chunk_size=AT_ONCE), _CHANGE))
    found = _First()
    for part in np.split(read, np.flatnonzero(np.diff(read["segment"])) + 1):
        if len(part):
            entry = part["entered"] == 1
            found[int(part["segment"][0])] = (part["contact"][entry], part["contact"][~entry])
    return found


def _before(people: Ids, inside: Ids, entered: Ids, left: Ids) -> Ids:
    """Which of these were in another segment at the start: what its first change undoes, else as it is now."""
    unmoved = np.setdiff1d(np.intersect1d(people, inside), entered)
    return np.union1d(unmoved, np.intersect1d(people, left))


def _known(named: Any, since: datetime) -> tuple[Ids, Ids]:
    """Of the contacts of a query, who was made since and who is living."""
    rows = Contact.objects.living().filter(pk__in=named).values_list("pk", "created_at")
    read = [(pk, made > since) for pk, made in rows.iterator(chunk_size=AT_ONCE)]
    living = np.array(sorted(pk for pk, _ in read), np.int64)
    return np.array(sorted(pk for pk, made in read if made), np.int64), living


def _side(people: Ids, lines: list[Line], kind: str, apart: Ids) -> Side:
    """The lines that have people, ranked; those apart are in no line."""
    kept = [(one, np.setdiff1d(ids, apart)) for one, ids in lines]
    kept = sorted((line for line in kept if len(line[1])), key=lambda line: (-len(line[1]), line[0].name))
    named = np.unique(np.concatenate([apart, *(ids for _, ids in kept)]))
    return Side(people, kept, {kind: apart, NONE: np.setdiff1d(people, named)})
