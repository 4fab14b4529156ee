"""Takes people out of every segment at once: when they are erased, or become another."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import numpy as np

from crm.queries.accounts import account_zone
from segments.actions.membership.writing import Move, write_moves
from segments.models import Membership, MembershipChange, MirrorState, Segment


def erase_memberships(*, contacts: Collection[int], at: datetime) -> int:
    """Erased contacts leave every segment, and the log says nothing of them but that and when; how many rows went.

    The log's rows stay, so that what was counted in the past still is: they name a contact without any data.
    """
    removed = leave_everything(contacts=contacts, cause=MembershipChange.ERASURE, at=at)
    MembershipChange.objects.filter(contact_id__in=contacts, evidence__isnull=False).update(evidence=None)
    return removed


def leave_everything(
    *, contacts: Collection[int], cause: str, at: datetime, evidence: dict[str, Any] | None = None
) -> int:
    """Contacts leave every segment, archived ones as well, with this cause; in the caller's transaction."""
    state = MirrorState.objects.locked()
    inside: dict[int, list[int]] = {}
    rows = Membership.objects.filter(contact_id__in=contacts).values_list("segment_id", "contact_id")
    for segment, contact in rows:
        inside.setdefault(segment, []).append(contact)
    locked = Segment.objects.select_for_update().filter(pk__in=inside).order_by("pk")
    nobody = np.zeros(0, np.int64)
    reasons = dict.fromkeys(contacts, (cause, evidence)) if evidence else {}
    moves = [
        Move(segment, nobody, np.array(sorted(inside[segment.pk]), np.int64), cause, reasons)
        for segment in locked
    ]
    write_moves(moves, state=state, run=None, at=at, zone=account_zone())
    state.save(update_fields=["log"])
    return sum(len(move.left) for move in moves)
