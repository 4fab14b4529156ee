"""Moves people into a segment and out of it by hand: rows, log and size in one transaction, under the one lock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.actions.publishing import publish
from crm.models import Contact
from crm.queries.accounts import account_zone
from segments.actions.membership.sizing import note_size
from segments.models import Membership, MembershipChange, MirrorState, Segment

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
    moved = []
    for wanted in batches(contacts):
        living = set(Contact.objects.living().filter(pk__in=wanted).values_list("pk", flat=True))
        present = _present(hand, wanted)
        new = [pk for pk in dict.fromkeys(wanted) if pk in living and pk not in present]
        Membership.objects.bulk_create(
            [Membership(segment=hand.segment, contact_id=pk, since=hand.at) for pk in new]
        )
        _log(hand, new, entered=True, evidence=evidence)
        moved += new
    hand.entered += len(moved)
    return moved


def move_out(hand: Hand, contacts: Sequence[int], *, evidence: dict[str, Any] | None = None) -> list[int]:
    """Those of these contacts who were in it and are no longer."""
    moved = []
    for wanted in batches(contacts):
        present = _present(hand, wanted)
        gone = [pk for pk in dict.fromkeys(wanted) if pk in present]
        Membership.objects.filter(segment=hand.segment, contact_id__in=gone).delete()
        _log(hand, gone, entered=False, evidence=evidence)
        moved += gone
    hand.left += len(moved)
    return moved


def settle(hand: Hand) -> None:
    """Keep size, day and log as they are now, and tell everybody downstream; nothing where nobody moved."""
    if not hand.newest:
        return
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


def _log(hand: Hand, contacts: list[int], *, entered: bool, evidence: dict[str, Any] | None) -> None:
    lines = MembershipChange.objects.bulk_create(
        [
            MembershipChange(
                segment=hand.segment,
                contact_id=pk,
                entered=entered,
                at=hand.at,
                cause=MembershipChange.MANUAL,
                version=hand.segment.version,
                evidence=evidence,
            )
            for pk in contacts
        ]
    )
    hand.newest = max([hand.newest, *(line.pk for line in lines)])
