"""Who is in which segment, as bits that a process keeps and brings up to date from the log.

The first reading takes the packed members beside the mirror, or the table where there are none; after that only the
log's new lines are read. Every writer of memberships writes the log in its transaction, one after the other, so a line
that is seen has no earlier one to come.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock

import numpy as np
import numpy.typing as npt
from django.db.models import Max

from segments.mirror import roster
from segments.mirror.roster import Bits, Roster
from segments.models import MembershipChange, MirrorState, Segment

Ids = npt.NDArray[np.int64]
MOST_LINES = 200_000  # further behind than this, the packed members are opened anew


class _Kept:
    """What this process knows: the members of segments at a place of the log."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.roster: Roster | None = None
        self.sizes: dict[int, tuple[Bits, int]] = {}
        self.read_at: dict[int, int] = {}  # at which place of the log the table was read last

    def size(self, key: int) -> int | None:
        """How many members a segment has here; None where it is not known."""
        bits = self.roster.bits.get(key) if self.roster else None
        if bits is None:
            return None
        known = self.sizes.get(key)
        if known is None or known[0] is not bits:  # bits that change are new ones
            known = self.sizes[key] = (bits, int(np.bitwise_count(bits).sum(dtype=np.int64)))
        return known[1]


KEPT = _Kept()


@dataclass(frozen=True)
class Inside:
    """Members by segment's key as of the log's row `log`: bits, not to be written to."""

    log: int
    bits: dict[int, Bits]


def inside(segments: Iterable[Segment]) -> Inside:
    """The members of these segments as of now; one query, and one more where the log went on."""
    wanted = {segment.pk: segment.size for segment in segments}
    with KEPT.lock:
        known = _up_to_date()
        if odd := [key for key, size in wanted.items() if KEPT.size(key) != size]:
            _mend(known, odd)
        return Inside(known.log, {key: known.bits[key] for key in wanted})


def _mend(known: Roster, odd: list[int]) -> None:
    """Read those anew whose number of members is not the segment's own: most often it only moved meanwhile."""
    if any(KEPT.size(key) is not None for key in odd):
        sizes = dict(Segment.objects.filter(pk__in=odd).values_list("pk", "size"))
        roster.catch_up(known, _newest())
        odd = [key for key in odd if KEPT.size(key) != sizes.get(key)]
    for key in odd:
        if KEPT.size(key) is None or KEPT.read_at.get(key) != known.log:
            known.bits[key], KEPT.read_at[key] = roster.read(key), known.log


def members_of(segments: Iterable[Segment]) -> dict[int, Ids]:
    """The contact ids of each segment's members, rising, by the segment's key."""
    return {key: ids_in(bits) for key, bits in inside(segments).bits.items()}


def ids_in(bits: Bits) -> Ids:
    """The contacts whose bits are set, rising."""
    return np.flatnonzero(np.unpackbits(bits, bitorder="little")).astype(np.int64)


def _up_to_date() -> Roster:
    newest = _newest()
    known = KEPT.roster
    if known is None or not newest - MOST_LINES <= known.log <= newest:
        known = KEPT.roster = _opened(newest)
    roster.catch_up(known, newest)
    return known


def _newest() -> int:
    return MembershipChange.objects.aggregate(newest=Max("pk"))["newest"] or 0


def _opened(newest: int) -> Roster:
    """The packed members that the state row names, if they are not far behind; else nobody's yet."""
    name = MirrorState.objects.current().packed
    found = roster.load(name) if name else None
    if found is None or not newest - MOST_LINES <= found.log <= newest:
        return Roster(newest)
    found.since = {}
    return found
