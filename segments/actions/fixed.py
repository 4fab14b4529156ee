"""Lists made by hand: from pasted addresses, from another segment's members, person by person."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from django.db import transaction

from crm.actions.auditing import record
from crm.actions.publishing import publish
from crm.models import Contact, User
from segments.actions.saving import create_segment
from segments.models import Membership, MembershipChange, Segment

BATCH = 2_000


class NotAList(ValueError):
    """The segment follows a rule: its members are not chosen by hand."""


@transaction.atomic
def create_list(*, name: str, contacts: Collection[int], by: User, at: datetime) -> Segment:
    """A fixed segment with these members."""
    segment = create_segment(name=name, rule=None, kind=Segment.FIXED, by=by, at=at)
    _enter(segment, list(contacts), at=at)
    return _settle(segment, at=at)


@transaction.atomic
def snapshot(*, segment: Segment, name: str, by: User, at: datetime) -> Segment:
    """A fixed segment of who is in another one now; it does not change when the other does."""
    taken = create_segment(
        name=name, rule=None, kind=Segment.FIXED, hue=segment.hue, label=segment.label, by=by, at=at
    )
    for batch in _members_in_batches(segment):
        _enter(taken, batch, at=at)
    record(action="segment.snapshot", subject=f"segment {taken.pk}", by=by, at=at, of=segment.pk)
    return _settle(taken, at=at)


@transaction.atomic
def add_people(*, segment: Segment, contacts: Collection[int], by: User, at: datetime) -> int:
    """How many were added to a list; those who stand in it already are not added again."""
    segment = _locked(segment)
    added = _enter(segment, list(contacts), at=at)
    if added:
        record(action="segment.people_added", subject=f"segment {segment.pk}", by=by, at=at, count=added)
        _settle(segment, at=at)
    return added


@transaction.atomic
def remove_person(*, segment: Segment, contact: int, by: User, at: datetime) -> bool:
    """True if the person stood in the list and was taken out."""
    segment = _locked(segment)
    removed, _ = Membership.objects.filter(segment=segment, contact_id=contact).delete()
    if removed:
        MembershipChange.objects.create(
            segment=segment,
            contact_id=contact,
            entered=False,
            at=at,
            cause=MembershipChange.MANUAL,
            version=segment.version,
        )
        record(
            action="segment.person_removed", subject=f"segment {segment.pk}", by=by, at=at, contact=contact
        )
        _settle(segment, at=at)
    return bool(removed)


def _locked(segment: Segment) -> Segment:
    locked = Segment.objects.select_for_update().get(pk=segment.pk)
    if locked.kind != Segment.FIXED:
        raise NotAList(
            f"‘{locked.name}’ follows a rule: change the rule, or take a snapshot and change that."
        )
    return locked


def _enter(segment: Segment, contacts: list[int], *, at: datetime) -> int:
    added = 0
    for start in range(0, len(contacts), BATCH):
        wanted = contacts[start : start + BATCH]
        living = set(Contact.objects.living().filter(pk__in=wanted).values_list("pk", flat=True))
        present = set(
            Membership.objects.filter(segment=segment, contact_id__in=wanted).values_list(
                "contact_id", flat=True
            )
        )
        new = [pk for pk in dict.fromkeys(wanted) if pk in living and pk not in present]
        Membership.objects.bulk_create([Membership(segment=segment, contact_id=pk, since=at) for pk in new])
        MembershipChange.objects.bulk_create(
            [
                MembershipChange(
                    segment=segment,
                    contact_id=pk,
                    entered=True,
                    at=at,
                    cause=MembershipChange.MANUAL,
                    version=segment.version,
                )
                for pk in new
            ]
        )
        added += len(new)
    return added


def _settle(segment: Segment, *, at: datetime) -> Segment:
    """The list's size counted again, and everybody downstream told."""
    segment.size = Membership.objects.filter(segment=segment).count()
    segment.evaluated_at = segment.updated_at = at
    segment.save(update_fields=["size", "evaluated_at", "updated_at"])
    publish("MembersChanged", run=None, segments=[segment.pk])
    return segment


def _members_in_batches(segment: Segment) -> Iterator[list[int]]:
    last = 0
    while True:
        batch = list(
            Membership.objects.filter(segment=segment, contact_id__gt=last)
            .order_by("contact_id")
            .values_list("contact_id", flat=True)[:BATCH]
        )
        if not batch:
            return
        yield batch
        last = batch[-1]
