"""What becomes of memberships, placements and votes when two customers are made one, and how they are parted again."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db.models import Case, Q, When

from crm.personal_data import Joining
from crm.queries.accounts import account_zone
from segments.actions.membership.leaving import leave_everything
from segments.actions.membership.writing import Move, write_moves
from segments.models import Membership, MembershipChange, MirrorState, Placement, Segment, Vote

COPIED = ("segment_id", "version", "voter", "by_id", "right", "reason")


def unite_memberships(joining: Joining) -> dict[str, list[int]]:
    """The merged contact leaves every segment; lists made by hand that it stood in have the survivor.

    Where a rule says who is in, it is asked of the survivor at once, by the quick path. The log stays with the numbers
    it was written for: so many were counted then.
    """
    inside = Membership.objects.filter(segment__kind=Segment.FIXED)
    theirs = set(inside.filter(contact=joining.merged).values_list("segment_id", flat=True))
    own = set(inside.filter(contact=joining.survivor).values_list("segment_id", flat=True))
    leave_everything(
        contacts=[joining.merged],
        cause=MembershipChange.MERGE,
        at=joining.at,
        evidence={"reason": joining.reason},
    )
    _put(joining.survivor, theirs - own, joining)
    return {"lists": sorted(theirs), "new": sorted(theirs - own)}


def part_memberships(joining: Joining, kept: dict[str, list[int]]) -> None:
    """Both stand in the lists they stood in before, and what the rules say follows."""
    lists = Segment.objects.filter(kind=Segment.FIXED)
    there = set(lists.filter(pk__in=kept["lists"]).values_list("pk", flat=True))
    _put(joining.merged, there, joining)
    _take(joining.survivor, there & set(kept["new"]), joining)


def unite_placements(joining: Joining) -> dict[str, list[int]]:
    """All go over; where both are placed in one segment by hand, the newer word stands and the older is taken back.

    A word whose end has passed stands behind one in force.
    """
    of_both = Placement.objects.open().filter(contact__in=(joining.survivor, joining.merged))
    in_force = Q(until__isnull=True) | Q(until__gt=joining.at)
    newest: dict[int, Placement] = {}
    ended = []
    for row in of_both.annotate(in_force=Case(When(in_force, then=1), default=0)).order_by(
        "in_force", "at", "pk"
    ):
        if row.segment_id in newest:
            ended.append(newest[row.segment_id].pk)
        newest[row.segment_id] = row
    Placement.objects.filter(pk__in=ended).update(removed_at=joining.at, removed_by=joining.by)
    rows = Placement.objects.filter(contact=joining.merged)
    ids = list(rows.values_list("pk", flat=True))
    rows.update(contact=joining.survivor)
    return {"rows": ids, "ended": ended}


def part_placements(joining: Joining, kept: dict[str, list[int]]) -> None:
    """Those that went over go back; what the merge ended is open again, unless there is another by now."""
    Placement.objects.filter(pk__in=kept["rows"], contact=joining.survivor).update(contact=joining.merged)
    for row in Placement.objects.filter(pk__in=kept["ended"], removed_at__isnull=False):
        if not Placement.objects.open().filter(segment=row.segment_id, contact=row.contact_id).exists():
            Placement.objects.filter(pk=row.pk).update(removed_at=None, removed_by=None)


def unite_votes(joining: Joining) -> dict[str, Any]:
    """All go over; where one person voted on the same badge of both, the newer vote counts."""
    own = {
        (row.segment_id, row.version, row.voter): row for row in Vote.objects.filter(contact=joining.survivor)
    }
    moved, gone = [], []
    for row in Vote.objects.filter(contact=joining.merged).order_by("pk"):
        same = own.get((row.segment_id, row.version, row.voter))
        if same is None:
            moved.append(row.pk)
        elif row.at > same.at:
            gone.append(_copy(same))
            same.delete()
            moved.append(row.pk)
        else:
            gone.append(_copy(row))
            row.delete()
    Vote.objects.filter(pk__in=moved).update(contact=joining.survivor)
    return {"rows": moved, "gone": gone}


def part_votes(joining: Joining, kept: dict[str, Any]) -> None:
    """Votes that went over go back, and those that gave way are there again."""
    Vote.objects.filter(pk__in=kept["rows"], contact=joining.survivor).update(contact=joining.merged)
    known = set(
        Segment.objects.filter(pk__in=[one["segment_id"] for one in kept["gone"]]).values_list(
            "pk", flat=True
        )
    )
    Vote.objects.bulk_create(
        [Vote(**one) for one in kept["gone"] if one["segment_id"] in known], ignore_conflicts=True
    )


def _copy(vote: Vote) -> dict[str, Any]:
    copied = {name: getattr(vote, name) for name in COPIED}
    return {**copied, "contact_id": vote.contact_id, "at": vote.at.isoformat()}


def _put(contact: int, segments: set[int], joining: Joining) -> None:
    _write(contact, segments, joining, entered=True)


def _take(contact: int, segments: set[int], joining: Joining) -> None:
    _write(contact, segments, joining, entered=False)


def _write(contact: int, segments: set[int], joining: Joining, *, entered: bool) -> None:
    """A contact comes into segments or goes, where it is not so already, with the merge as the cause."""
    state = MirrorState.objects.locked()
    present = set(
        Membership.objects.filter(contact=contact, segment__in=segments).values_list("segment_id", flat=True)
    )
    wanted = segments - present if entered else segments & present
    one, nobody = np.array([contact], np.int64), np.zeros(0, np.int64)
    reasons = {contact: (MembershipChange.MERGE, {"reason": joining.reason})}
    moves = [
        Move(segment, one if entered else nobody, nobody if entered else one, MembershipChange.MERGE, reasons)
        for segment in Segment.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
    ]
    write_moves(moves, state=state, run=None, at=joining.at, zone=account_zone())
    state.save(update_fields=["log"])
