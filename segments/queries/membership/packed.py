"""Who is in which segment, as sorted arrays that a process keeps and brings up to date from the log.

The first reading takes the packed members beside the mirror, or the table where there are none; after that only the
log's new lines are read. Every writer of memberships writes the log in its transaction, one after the other, so a line
that is seen has no earlier one to come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from threading import Lock

import numpy as np
import numpy.typing as npt
from django.db.models import Max

from segments.mirror import roster
from segments.models import Membership, MembershipChange, MirrorState, Segment

Ids = npt.NDArray[np.int64]
MOST_LINES = 200_000  # further behind than this, members are read anew


class _Kept:
    """What this process knows: the members of segments at a place of the log."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.log = 0
        self.members: dict[int, Ids] = {}
        self.read_at: dict[int, int] = {}  # at which place of the log the table was read last

    def forget(self) -> None:
        """Begin anew."""
        self.log, self.members, self.read_at = 0, {}, {}


KEPT = _Kept()


def members_of(segments: Iterable[Segment]) -> dict[int, Ids]:
    """The contact ids of each segment's members, sorted, by the segment's key. The arrays are not to be written to."""
    wanted = {segment.pk: segment for segment in segments}
    with KEPT.lock:
        if not KEPT.members:
            _unpack(set(wanted))
        _catch_up()
        for key, segment in wanted.items():
            known = KEPT.members.get(key)
            odd = known is None or len(known) != segment.size
            if odd and (known is None or KEPT.read_at.get(key) != KEPT.log):
                KEPT.members[key], KEPT.read_at[key] = _read(key), KEPT.log
        return {key: KEPT.members[key] for key in wanted}


def _unpack(wanted: set[int]) -> None:
    """Begin with the packed members, where the state row names a file of them."""
    name = MirrorState.objects.current().packed
    found = roster.load(name) if name else None
    if found is not None:
        KEPT.log = found.log
        KEPT.members = {segment: found.members(segment) for segment in found.bits if segment in wanted}


def _read(segment: int) -> Ids:
    found = Membership.objects.filter(segment_id=segment).order_by().values_list("contact_id", flat=True)
    return np.sort(np.fromiter(found.iterator(chunk_size=50_000), np.int64))


def _catch_up() -> None:
    newest = MembershipChange.objects.aggregate(newest=Max("pk"))["newest"] or 0
    if newest < KEPT.log or newest - KEPT.log > MOST_LINES:
        KEPT.members = {}
    if KEPT.members and newest > KEPT.log:
        _apply(KEPT.log, newest)
    KEPT.log = newest


def _apply(after: int, until: int) -> None:
    came: defaultdict[int, set[int]] = defaultdict(set)
    went: defaultdict[int, set[int]] = defaultdict(set)
    lines = MembershipChange.objects.filter(
        pk__gt=after, pk__lte=until, segment_id__in=list(KEPT.members)
    ).order_by("pk")
    for segment, contact, entered in lines.values_list("segment_id", "contact_id", "entered"):
        (came if entered else went)[segment].add(contact)
        (went if entered else came)[segment].discard(contact)
    for segment in came.keys() | went.keys():
        left = np.fromiter(went[segment], np.int64)
        stayed = np.setdiff1d(KEPT.members[segment], left, assume_unique=True)
        KEPT.members[segment] = np.union1d(stayed, np.fromiter(came[segment], np.int64))
