"""Lists made by hand: from pasted addresses, a file, a search, another segment's members, person by person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from crm.actions.auditing import record
from crm.actions.touching import touch
from crm.models import User
from segments.actions.building.saving import create_segment
from segments.actions.membership.moving import Hand, hold, move_in, move_out, settle
from segments.models import Filling, Segment
from segments.queries.membership.packed import members_of
from segments.queries.membership.past import ids_at, known_since, survivors
from segments.queries.segments import naming

KEPT_LINES = 1_000


class NotAList(ValueError):
    """The segment follows a rule: its members are not chosen by hand."""


class NotKnownThen(ValueError):
    """The members of that instant are not known; the text says from when they are."""


@dataclass(frozen=True)
class Source:
    """What a list is filled from: how many lines it had, and those that mean nobody as (line, text)."""

    kind: str = Filling.PASTE
    origin: str = ""
    given: int = 0
    unknown: Sequence[tuple[int, str]] = field(default_factory=list)


def create_list(
    *,
    name: str,
    contacts: Collection[int],
    source: Source | None = None,
    description: str = "",
    by: User | None,
    at: datetime,
) -> Segment:
    """A fixed segment with these members."""
    with transaction.atomic():
        segment = create_segment(
            name=name, rule=None, kind=Segment.FIXED, description=description, by=by, at=at
        )
        hand = hold(segment, at=at)
        added = len(move_in(hand, list(contacts)))
        _note(hand, source, len(contacts), added, by)
        return _settled(hand)


def snapshot(
    *, segment: Segment, name: str, as_of: datetime | None = None, by: User | None, at: datetime
) -> Segment:
    """A fixed segment of who is in another one now, or was at a past instant. Raises `NotKnownThen`.

    It does not change when the other does. Those erased since are not in it; for those merged since, the survivor is.
    """
    with transaction.atomic():
        began = known_since(segment)
        if as_of is not None and (began is None or as_of < began or as_of > at):
            raise NotKnownThen(
                "The future is not known: choose an earlier moment."
                if as_of > at
                else f"Members of ‘{segment.name}’ are known from {began:%-d %B %Y, %H:%M} UTC on."
                if began
                else f"‘{segment.name}’ was not counted yet."
            )
        taken = create_segment(
            name=name, rule=None, kind=Segment.FIXED, hue=segment.hue, label=segment.label, by=by, at=at
        )
        hand = hold(taken, at=at)
        people = (ids_at([segment.pk], [as_of])[0] if as_of else members_of([segment]))[segment.pk]
        said = f"{segment.name}, as of {(as_of or at):%-d %B %Y, %H:%M} UTC"
        added = len(move_in(hand, survivors(people).tolist(), evidence={"reason": f"Snapshot of {said}"}))
        _note(hand, Source(Filling.SNAPSHOT, said, len(people)), len(people), added, by)
        record(
            action="segment.snapshot",
            subject=f"segment {taken.pk}",
            by=by,
            at=at,
            of=segment.pk,
            as_of=(as_of or at).isoformat(),
        )
        return _settled(hand)


def add_people(
    *,
    segment: Segment,
    contacts: Collection[int],
    source: Source | None = None,
    by: User | None,
    at: datetime,
) -> int:
    """How many were added to a list; those who stand in it already are not added again."""
    with transaction.atomic():
        hand = _listed(segment, at=at)
        moved = move_in(hand, list(contacts))
        _note(hand, source, len(contacts), len(moved), by)
        if moved:
            record(
                action="segment.people_added",
                subject=f"segment {segment.pk}",
                by=by,
                at=at,
                count=len(moved),
                contacts=moved[:100],
            )
        _settled(hand, moved)
    return len(moved)


def remove_people(*, segment: Segment, contacts: Collection[int], by: User | None, at: datetime) -> int:
    """How many stood in the list and were taken out."""
    with transaction.atomic():
        hand = _listed(segment, at=at)
        moved = move_out(hand, list(contacts))
        if moved:
            record(
                action="segment.people_removed",
                subject=f"segment {segment.pk}",
                by=by,
                at=at,
                count=len(moved),
                contacts=moved[:100],
            )
        _settled(hand, moved)
    return len(moved)


def remove_person(*, segment: Segment, contact: int, by: User | None, at: datetime) -> bool:
    """True if the person stood in the list and was taken out."""
    return bool(remove_people(segment=segment, contacts=[contact], by=by, at=at))


def _listed(segment: Segment, *, at: datetime) -> Hand:
    hand = hold(segment, at=at)
    if hand.segment.kind != Segment.FIXED:
        raise NotAList(
            f"‘{hand.segment.name}’ follows a rule: change the rule, or include people and keep them out by hand."
        )
    return hand


def _note(hand: Hand, source: Source | None, found: int, added: int, by: User | None) -> None:
    """Keep what the list was filled from, where that is told."""
    if source is None:
        return
    Filling.objects.create(
        segment=hand.segment,
        source=source.kind,
        origin=source.origin[:300],
        given=source.given or found,
        found=found,
        added=added,
        unknown=[[line, text[:200]] for line, text in source.unknown[:KEPT_LINES]],
        by=by,
        at=hand.at,
    )


def _settled(hand: Hand, moved: Sequence[int] = ()) -> Segment:
    """Size, log and event; the rules that read this list are judged again for those who moved."""
    hand.segment.evaluated_at = hand.segment.updated_at = hand.at
    hand.segment.save(update_fields=["evaluated_at", "updated_at"])
    settle(hand)
    if moved and naming(hand.segment.slug):
        touch(moved, cause="segment", evidence={"segments": [hand.segment.slug]})
    return hand.segment
