"""Members of past instants: the nearest packed members after the instant, with the log undone from there.

All of it by bits and by parts of one index of the log, so that what was written in one go, as the first count of a
segment, costs nothing where it need not be undone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.db.models import OuterRef, Subquery

from segments.mirror import roster
from segments.mirror.numbers import numbers
from segments.mirror.roster import Bits
from segments.models import Checkpoint, MembershipChange, Segment
from segments.queries.membership.packed import inside

NOBODY: Bits = np.zeros(0, np.uint8)
Ids = npt.NDArray[np.int64]
LOG = MembershipChange._meta.db_table


class Past:
    """The members of some segments (by key) at past instants, all from one reading of those of now; three queries.

    `begun` is the first instant in each segment's log, of those that have one: before it nobody was in the segment.
    """

    def __init__(self, segments: Collection[int]) -> None:
        oldest = MembershipChange.objects.filter(segment=OuterRef("pk")).order_by("at").values("at")[:1]
        rows = list(Segment.objects.filter(pk__in=segments).order_by().annotate(begun=Subquery(oldest)))
        self._now = inside(rows)
        self._kept = list(Checkpoint.objects.values_list("at", "log", "packed"))
        self.begun: dict[int, datetime] = {row.pk: row.begun for row in rows if row.begun}

    @property
    def now(self) -> dict[int, Bits]:
        """The members of now."""
        return self._now.bits

    def at(self, instants: datetime | Mapping[int, datetime]) -> dict[int, Bits]:
        """The members of each segment at an instant, or each at its own; one query more, or one a checkpoint."""
        if isinstance(instants, datetime):
            instants = dict.fromkeys(self.now, instants)
        found = dict.fromkeys(instants, NOBODY)
        known = {key: at for key, at in instants.items() if key in self.begun and at >= self.begun[key]}
        for name, mine in self._nearest(known).items():
            base = roster.load(name)
            if base is None:
                continue  # removed meanwhile, or torn: the log from now on says the same
            here = {key: at for key, at in mine.items() if key in base.bits}
            found |= self._undone(base.bits, here, base.log)
            for key in here:
                del known[key]
        return found | self._undone(self.now, known, self._now.log)

    def _undone(
        self, bits: Mapping[int, Bits], instants: Mapping[int, datetime], log: int
    ) -> dict[int, Bits]:
        """The members as of a row of the log with all rows after the instants taken back, the newest first.

        Rows up to the last checkpoint before an instant are none of them.
        """
        found = {key: bits[key] for key in instants}
        for instant in set(instants.values()):
            mine = sorted(key for key, at in instants.items() if at == instant)
            before = [row for at, row, _ in self._kept if at <= instant]
            segments, contacts, entered = _rows(mine, instant, max(before, default=0), log)
            order = np.argsort(segments, kind="stable")
            for part in np.split(order, np.flatnonzero(np.diff(segments[order])) + 1):
                if len(part):
                    key = int(segments[part[0]])
                    found[key] = _changed(found[key], contacts[part], entered[part] == 0)
        return found

    def _nearest(self, instants: Mapping[int, datetime]) -> dict[str, dict[int, datetime]]:
        """By the file of the first checkpoint well after an instant: the segments that are read from it."""
        ends = [at - Checkpoint.MARGIN for at, *_ in self._kept]
        found: dict[str, dict[int, datetime]] = {}
        for key, at in instants.items():
            place = bisect_right(ends, at)
            if place < len(ends):
                found.setdefault(self._kept[place][2], {})[key] = at
        return found


def _rows(segments: Sequence[int], after: datetime, first: int, last: int) -> Any:
    """The rows of the log of some segments after an instant, the newest first, among those of two numbers.

    By their numbers they lie side by side, whatever the segment.
    """
    named = ", ".join(str(int(key)) for key in segments)
    return numbers(
        ("segment_id", "contact_id", "CASE WHEN entered THEN 1 ELSE 0 END"),
        f"{LOG} WHERE id > {int(first)} AND id <= {int(last)} AND at > %s AND segment_id IN ({named})",
        order="id DESC",
        given=[str(connection.ops.adapt_datetimefield_value(after))],
    )


def _changed(bits: Bits, contacts: Ids, inside: npt.NDArray[np.bool_]) -> Bits:
    """The bits with contacts put in or taken out, in order; the last word on each counts."""
    size = max(len(bits) * 8, int(contacts.max()) + 1)
    people = np.zeros(-(-size // 8) * 8, np.uint8)
    people[: len(bits) * 8] = np.unpackbits(bits, bitorder="little")
    people[contacts] = inside
    return np.packbits(people, bitorder="little")
