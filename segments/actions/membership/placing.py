"""Puts people into a dynamic segment, or keeps them out of it, whatever its rule says: until taken back or ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from crm.actions.auditing import record
from crm.actions.touching import touch
from crm.models import Contact, User
from segments.actions.membership.moving import Hand, batches, hold, move_in, move_out, settle
from segments.models import Placement, Segment
from segments.queries.judging import matching
from segments.queries.membership.placements import told_of

MOST = 20_000  # people placed at once
LAST_YEAR = 9_000  # later ends could not be told in every zone
JUDGED_AT_ONCE = 500  # so many are judged while somebody waits; more are judged by the next run


class NotPlaced(ValueError):
    """Why nobody can be placed like this; the text says what to do."""


@dataclass(frozen=True)
class Placing:
    """What came of it: `placed` people have a new placement, `moved` of them came in or went out by it."""

    placed: int
    moved: int


def place(
    *,
    segment: Segment,
    contacts: Sequence[int],
    included: bool,
    reason: str,
    until: datetime | None = None,
    by: User | None,
    at: datetime,
) -> Placing:
    """Include these people, or keep them out; an earlier placement of theirs is replaced. Raises `NotPlaced`.

    Effective at once: row and log are written here, and no run undoes them. Those who are placed just so already, and
    those who do not live, stay as they are.
    """
    reason = reason.strip()
    if not reason:
        raise NotPlaced("Say why: colleagues read the reason on the customer and in the log.")
    if len(reason) > 300:
        raise NotPlaced("A reason has at most 300 characters.")
    if until is not None and until <= at:
        raise NotPlaced("The end has passed already: choose a later one, or none.")
    if until is not None and until.year > LAST_YEAR:
        raise NotPlaced("The end is too far away: choose an earlier one, or none.")
    if len(contacts) > MOST:
        raise NotPlaced(f"Place at most {MOST:,} people at a time; these are {len(contacts):,}.")
    with transaction.atomic():
        hand = _held(segment, at=at)
        wanted = _to_place(hand, contacts, included, reason, until)
        _close(hand, wanted, by=by)
        terms = {
            "segment": hand.segment,
            "included": included,
            "reason": reason,
            "until": until,
            "by": by,
            "at": at,  # not the hand's, which a log ahead of the clock may push past the end
        }
        rows = [Placement(contact_id=pk, **terms) for pk in wanted]
        Placement.objects.bulk_create(rows, batch_size=1_000)
        move = move_in if included else move_out
        moved = move(hand, wanted, evidence=told_of(Placement(**terms)))
        if wanted:
            record(
                action="segment.included" if included else "segment.excluded",
                subject=f"segment {segment.pk}",
                by=by,
                at=at,
                reason=reason,
                until=until.isoformat() if until else None,
                count=len(wanted),
                contacts=list(wanted[:100]),
            )
        _finish(hand, moved)
    return Placing(len(wanted), len(moved))


def take_back(*, segment: Segment, contacts: Sequence[int], by: User | None, at: datetime) -> Placing:
    """Let the rule decide about these people again; those who have no placement stay as they are.

    Up to `JUDGED_AT_ONCE` are judged here and now, more by the run that follows.
    """
    with transaction.atomic():
        hand = _held(segment, at=at)
        found: list[int] = []
        for some in batches(contacts):
            rows = Placement.objects.open().filter(segment=hand.segment, contact_id__in=some)
            found += rows.values_list("contact_id", flat=True)
        if not found:
            return Placing(0, 0)
        _close(hand, found, by=by)
        record(
            action="segment.placement_ended",
            subject=f"segment {segment.pk}",
            by=by,
            at=at,
            count=len(found),
            contacts=found[:100],
        )
        moved: list[int] = []
        match = matching(hand.segment, found, as_of=hand.at) if len(found) <= JUDGED_AT_ONCE else None
        evidence = {
            "reason": "No longer placed by hand: the rule decides.",
            "by": by.name if by else None,
        }
        if match is None:
            _finish(hand, found, **evidence)
        else:
            moved = move_in(hand, [pk for pk in found if pk in match], evidence=evidence)
            moved += move_out(hand, [pk for pk in found if pk not in match], evidence=evidence)
            _finish(hand, moved)
    return Placing(len(found), len(moved))


def _held(segment: Segment, *, at: datetime) -> Hand:
    hand = hold(segment, at=at)
    if hand.segment.kind != Segment.DYNAMIC:
        raise NotPlaced(f"‘{segment.name}’ is a list made by hand: add people to it or remove them.")
    if hand.segment.archived_at is not None:
        raise NotPlaced(f"‘{segment.name}’ is archived: restore it first.")
    return hand


def _to_place(
    hand: Hand, contacts: Sequence[int], included: bool, reason: str, until: datetime | None
) -> list[int]:
    found: list[int] = []
    for some in batches(list(dict.fromkeys(contacts))):
        living = set(Contact.objects.living().filter(pk__in=some).values_list("pk", flat=True))
        same = Placement.objects.open().filter(
            segment=hand.segment, contact_id__in=some, included=included, reason=reason, until=until
        )
        already = set(same.values_list("contact_id", flat=True))
        found += [pk for pk in some if pk in living and pk not in already]
    return found


def _close(hand: Hand, contacts: Sequence[int], *, by: User | None) -> None:
    for some in batches(contacts):
        Placement.objects.open().filter(segment=hand.segment, contact_id__in=some).update(
            removed_at=hand.at, removed_by=by
        )


def _finish(hand: Hand, moved: Sequence[int], **why: str | None) -> None:
    """Size, log and event; and the rules that read this segment are judged again for those who moved.

    With its own rule, where `why` says that it decides about them again.
    """
    settle(hand)
    if moved:
        touch(moved, cause="segment", evidence={"segments": [hand.segment.slug], **why})
