"""Who was put into segments or kept out of them by hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from django.db.models import Exists, OuterRef, Q, QuerySet

from crm.kit.paging import Page, cut, whole
from crm.models import Contact
from segments.models import Placement, Segment

Ids = npt.NDArray[np.int64]
PAGE = 50


class Placed(NamedTuple):
    """The people of one segment that its rule does not decide about: contact ids, sorted."""

    included: Ids
    excluded: Ids

    def applied(self, matching: Ids) -> Ids:
        """The members: those the rule matches and those included, without those kept out; sorted."""
        return np.setdiff1d(np.union1d(matching, self.included), self.excluded, assume_unique=True)


NOBODY = Placed(np.zeros(0, np.int64), np.zeros(0, np.int64))


def placed(as_of: datetime, segments: Collection[int] | None = None) -> dict[int, Placed]:
    """By segment, who is placed by hand and not yet at their end; segments without any are left out. One query.

    For those who judge and write now: a placement made after `as_of` counts, so that neither a slower verdict nor a
    clock that was set back undoes it. Included people who were erased or merged away are left out.
    """
    return _by_segment(_standing(as_of), segments)


def _standing(as_of: datetime) -> QuerySet[Placement]:
    return Placement.objects.open().filter(Q(until__isnull=True) | Q(until__gt=as_of))


def in_force(instant: datetime) -> QuerySet[Placement]:
    """The placements that were in force at an instant."""
    return Placement.objects.filter(
        Q(until__isnull=True) | Q(until__gt=instant),
        Q(removed_at__isnull=True) | Q(removed_at__gt=instant),
        at__lte=instant,
    )


def told_of(placement: Placement) -> dict[str, Any]:
    """A placement as the evidence of the entry or exit that it made, and of the one at its end."""
    return {
        "included": placement.included,
        "reason": placement.reason,
        "until": placement.until.isoformat() if placement.until else None,
        "by": placement.by.name if placement.by else None,
    }


def ended_since_counted(as_of: datetime, segments: Collection[Segment]) -> dict[int, dict[int, Placement]]:
    """By segment and contact the placements that came to their end since the segment was evaluated last. One query."""
    counted = {one.pk: one.evaluated_at for one in segments if one.evaluated_at is not None}
    if not counted:
        return {}
    ended = Placement.objects.open().filter(until__gt=min(counted.values()), until__lte=as_of)
    found: dict[int, dict[int, Placement]] = {}
    for row in ended.filter(segment__in=counted).select_related("by"):
        if row.until is not None and row.until > counted[row.segment_id]:
            found.setdefault(row.segment_id, {})[row.contact_id] = row
    return found


def _by_segment(found: QuerySet[Placement], segments: Collection[int] | None) -> dict[int, Placed]:
    if segments is not None:
        found = found.filter(segment_id__in=segments)
    living = Contact.objects.living().filter(pk=OuterRef("contact_id"))
    rows = found.filter(Exists(living)).order_by().values_list("segment_id", "contact_id", "included")
    inside: dict[int, list[int]] = {}
    outside: dict[int, list[int]] = {}
    for segment, contact, included in rows:
        (inside if included else outside).setdefault(segment, []).append(contact)
    return {
        segment: Placed(_ids(inside.get(segment, ())), _ids(outside.get(segment, ())))
        for segment in inside.keys() | outside.keys()
    }


def _ids(contacts: Collection[int]) -> Ids:
    return np.unique(np.fromiter(contacts, np.int64))


@dataclass(frozen=True)
class PlacedPerson:
    """One line of the page of placements."""

    pk: int
    placement: Placement
    ended: bool


def placements_of(
    segment: int, *, at: datetime, past: bool = False, after: str = "", size: int = PAGE
) -> Page[PlacedPerson]:
    """A page of a segment's placements, the newest first: those in force, or those of the past. One query."""
    found = Placement.objects.filter(segment_id=segment)
    over = Q(removed_at__isnull=False) | Q(until__lte=at)
    found = found.filter(over) if past else found.exclude(over)
    if (last := whole(after)) is not None:
        found = found.filter(pk__lt=last)
    rows = found.select_related("contact", "by", "removed_by").order_by("-pk")[: size + 1]
    return cut([PlacedPerson(row.pk, row, past) for row in rows], size, after=after)


def placements_by_segment(contact: int, *, at: datetime, then: bool = False) -> dict[int, Placement]:
    """What holds a person in segments or out of them by hand, by segment: now, or `then`, at a past instant.

    Now also what was placed by a clock that was ahead. One query where nothing holds them, as with nearly everybody;
    else two more, for who did it and the segments.
    """
    found = in_force(at) if then else _standing(at)
    found = found.filter(contact_id=contact).prefetch_related("by", "segment")
    return {one.segment_id: one for one in found}
