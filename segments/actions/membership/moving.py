"""Moves people into a segment and out of it by hand: rows, log and size in one transaction, under the one lock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from crm.actions.publishing import publish
from crm.models import Contact
from crm.queries.accounts import account_zone
from segments.actions.membership.lines import Lines
from segments.actions.membership.overtaking import forget_overtaken
from segments.actions.membership.rows import delete_members, insert_log, insert_members
from segments.actions.membership.sizing import note_size
from segments.engine.language import moments
from segments.models import Membership, MembershipChange, MirrorState, Segment

Ids = npt.NDArray[np.int64]
BATCH = 2_000


@dataclass
class Hand:
    """A segment held for writing. `at` is the instant of what is written: never before the newest line of its log."""

    segment: Segment
    state: MirrorState
    at: datetime
    entered: int = 0
    left: int = 0
    newest: int = 0


def hold(segment: Segment, *, at: datetime) -> Hand:
    """The segment, locked as every writer of memberships locks; within a transaction."""
    state = MirrorState.objects.locked()
    locked = Segment.objects.select_for_update().get(pk=segment.pk)
    newest = (
        MembershipChange.objects.filter(segment=locked).order_by("-at").values_list("at", flat=True).first()
    )
    return Hand(locked, state, max(at, newest) if newest else at)


def move_in(hand: Hand, contacts: Sequence[int], *, evidence: dict[str, Any] | None = None) -> list[int]:
    """Those of these living contacts who were not in it and are now."""
    new: list[int] = []
    for wanted in batches(list(dict.fromkeys(contacts))):
        living = set(Contact.objects.living().filter(pk__in=wanted).values_list("pk", flat=True))
        present = _present(hand, wanted)
        new += [pk for pk in wanted if pk in living and pk not in present]
    if new:
        ids = np.sort(np.array(new, np.int64))
        insert_members([(hand.segment.pk, ids, moments.to_us(hand.at))])
        _log(hand, ids, entered=True, evidence=evidence)
    hand.entered += len(new)
    return new


def move_out(hand: Hand, contacts: Sequence[int], *, evidence: dict[str, Any] | None = None) -> list[int]:
    """Those of these contacts who were in it and are no longer."""
    gone: list[int] = []
    for wanted in batches(list(dict.fromkeys(contacts))):
        present = _present(hand, wanted)
        gone += [pk for pk in wanted if pk in present]
    if gone:
        ids = np.sort(np.array(gone, np.int64))
        delete_members([(hand.segment.pk, ids)])
        _log(hand, ids, entered=False, evidence=evidence)
    hand.left += len(gone)
    return gone


def settle(hand: Hand) -> None:
    """Keep size, day and log as they are now, and tell everybody downstream; nothing where nobody moved."""
    if not hand.newest:
        return
    forget_overtaken(hand.state, at=hand.at)
    segment = hand.segment
    segment.size = max(segment.size + hand.entered - hand.left, 0)
    segment.logged_at = hand.at
    segment.save(update_fields=["size", "logged_at"])
    note_size(segment, segment.size, hand.entered, hand.left, at=hand.at, zone=account_zone())
    hand.state.log = max(hand.state.log, hand.newest)
    hand.state.save(update_fields=["log"])
    publish("MembersChanged", run=None, segments=[segment.pk])


def batches(contacts: Sequence[int]) -> Iterator[Sequence[int]]:
    """The contacts in parts that one statement can name."""
    for start in range(0, len(contacts), BATCH):
        yield contacts[start : start + BATCH]


def _present(hand: Hand, contacts: Sequence[int]) -> set[int]:
    found = Membership.objects.filter(segment=hand.segment, contact_id__in=contacts)
    return set(found.values_list("contact_id", flat=True))


def _log(hand: Hand, contacts: Ids, *, entered: bool, evidence: dict[str, Any] | None) -> None:
    line = Lines(
        hand.segment.pk,
        hand.segment.version,
        contacts,
        entered,
        moments.to_us(hand.at),
        MembershipChange.MANUAL,
        evidence,
    )
    hand.newest = max(hand.newest, insert_log([line], None))
