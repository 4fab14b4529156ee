"""Writes who came into segments and who went: rows, log, sizes and event, in the caller's transaction.

Every run, and erasing, write through here; who changes members by hand does the same in `moving.py`. Each holds the
lock (`MirrorState.objects.locked()`) first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from crm.actions.publishing import publish
from segments.actions.membership.lines import Because, Evidence, Lines
from segments.actions.membership.overtaking import forget_overtaken
from segments.actions.membership.rows import delete_members, insert_log, insert_members
from segments.actions.membership.sizing import Counted, note_sizes
from segments.actions.membership.updating import update_rows
from segments.engine.language import moments
from segments.models import MembershipChange, MirrorState, Run, Segment

Ids = npt.NDArray[np.int64]
Reasons = Mapping[int, tuple[str, Evidence]]


@dataclass
class Move:
    """Who came into a segment and who went, and why: `cause`, but for those contacts of whom more is known.

    That is `because` of what many of them have in common, or their own `reasons`.
    """

    segment: Segment
    entered: Ids
    left: Ids
    cause: str
    reasons: Reasons = field(default_factory=dict)
    because: Sequence[Because] = ()

    def __bool__(self) -> bool:
        return bool(len(self.entered) or len(self.left))

    def without(self, contacts: Ids) -> Move:
        """The same but for some contacts (rising)."""
        if not len(contacts):
            return self
        entered, left = (ids[~np.isin(ids, contacts)] for ids in (self.entered, self.left))
        return replace(self, entered=entered, left=left)


def write_moves(
    moves: Iterable[Move], *, state: MirrorState, run: Run | None, at: datetime, zone: ZoneInfo
) -> dict[int, tuple[int, int]]:
    """Write members, log and sizes; how many came and went, by segment. The caller saves the state row.

    The segments get size and `logged_at` on their objects and in the database. No segment's log goes back in time:
    where the clock was set back, its lines keep the newest instant there was.
    """
    made = [move for move in moves if move]
    if made:
        forget_overtaken(state, at=at)
    instants = {move.segment.pk: max(at, move.segment.logged_at or at) for move in made}
    written = {key: moments.to_us(instant) for key, instant in instants.items()}
    delete_members([(move.segment.pk, move.left) for move in made if len(move.left)])
    insert_members(
        [(move.segment.pk, move.entered, written[move.segment.pk]) for move in made if len(move.entered)]
    )
    lines = [line for move in made for line in _lines(move, written[move.segment.pk])]
    state.log = max(state.log, insert_log(lines, None if run is None else run.pk))
    counted = []
    for move in made:
        segment = move.segment
        segment.size = max(segment.size + len(move.entered) - len(move.left), 0)
        segment.logged_at = instants[segment.pk]
        counted.append(Counted(segment, segment.size, len(move.entered), len(move.left)))
    if made:
        sizes = [(move.segment.pk, move.segment.size, move.segment.logged_at) for move in made]
        update_rows(Segment, ("size", "logged_at"), sizes)
        note_sizes(counted, at=at, zone=zone)
        publish(
            "MembersChanged",
            run=None if run is None else run.pk,
            segments=[move.segment.pk for move in made],
        )
    return {one.segment.pk: (one.entered, one.left) for one in counted}


def _lines(move: Move, at: int) -> list[Lines]:
    segment, found = move.segment, list[Lines]()

    def add(contacts: Ids, entered: bool, cause: str, shown: Sequence[Evidence] | Evidence = None) -> None:
        if len(contacts):
            found.append(Lines(segment.pk, segment.version, contacts, entered, at, cause, shown))

    for contacts, entered in ((move.left, False), (move.entered, True)):
        rest = contacts
        for one in move.because:
            shared = np.isin(rest, one.contacts, assume_unique=True)
            add(rest[shared], entered, one.cause, one.evidence)
            rest = rest[~shared]
        known = np.zeros(len(rest), bool)
        if move.reasons:
            known = np.isin(rest, np.fromiter(move.reasons, np.int64, len(move.reasons)))
        by_cause: defaultdict[str, list[tuple[int, Evidence]]] = defaultdict(list)
        for contact in rest[known].tolist():
            cause, shown = _not_itself(segment, *move.reasons[contact])
            by_cause[cause].append((contact, shown))
        add(rest[~known], entered, move.cause)
        for cause, told in by_cause.items():
            ids = np.array([contact for contact, _ in told], np.int64)
            add(ids, entered, cause, [shown for _, shown in told])
    return found


def _not_itself(segment: Segment, cause: str, shown: Evidence) -> tuple[str, Evidence]:
    """No segment is moved by itself: whom a hand let go there, with many others, is judged by the next run."""
    if cause != MembershipChange.SEGMENT or not shown or segment.slug not in shown.get("segments", ()):
        return cause, shown
    return MembershipChange.MANUAL, {key: value for key, value in shown.items() if key != "segments"} or None
