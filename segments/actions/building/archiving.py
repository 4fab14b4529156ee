"""Puts segments away and takes them back; renames and describes them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import ProtectedError

from crm.actions.auditing import record
from crm.actions.publishing import publish
from crm.models import User
from segments.models import MirrorState, Segment
from segments.queries.segments import naming, references
from segments.uses import uses_of


class StillUsed(Exception):
    """The segment cannot be archived or deleted: the message names what uses it."""


class ReadsArchived(Exception):
    """The segment cannot be taken back: the message names the archived segments that its rule reads."""


def _refuse_if_used(segment: Segment, *, by_archived: bool = False) -> None:
    """Raises `StillUsed` while anything needs it; with `by_archived` also what could be taken back into use."""
    holders = [use.name for use in uses_of(segment) if use.holds]
    holders += [
        f"the {'archived ' if other.archived_at else ''}segment ‘{other.name}’"
        for other in naming(segment.slug, archived=by_archived)
        if other.pk != segment.pk
    ]
    if holders:
        named = ", ".join(holders[:5]) + (f" and {len(holders) - 5} more" if len(holders) > 5 else "")
        raise StillUsed(f"‘{segment.name}’ is used by {named}. End or change that first.")


@transaction.atomic
def delete(*, segment: Segment, by: User, at: datetime) -> None:
    """Remove an archived segment with its members, log and versions, for good. Raises `StillUsed`.

    Whatever refers to it in the database (an archived campaign or goal, say) keeps it as well.
    """
    MirrorState.objects.locked()
    segment = Segment.objects.select_for_update().get(pk=segment.pk)
    if segment.archived_at is None:
        raise StillUsed(f"‘{segment.name}’ is in use: archive it first, then delete it.")
    _refuse_if_used(segment, by_archived=True)
    key, name, slug = segment.pk, segment.name, segment.slug
    try:
        segment.delete()
    except ProtectedError as held:
        kinds = sorted({str(one._meta.verbose_name) for one in held.protected_objects})
        raise StillUsed(
            f"‘{name}’ is kept for the record of {', '.join(kinds)} that used it: it stays in the archive."
        ) from held
    record(action="segment.deleted", subject=f"segment {key}", by=by, at=at, name=name, slug=slug)


@transaction.atomic
def archive(*, segment: Segment, by: User, at: datetime) -> Segment:
    """Put a segment away; its members and versions are kept. Raises `StillUsed` while anything needs it."""
    segment = Segment.objects.select_for_update().get(pk=segment.pk)
    _refuse_if_used(segment)
    if segment.archived_at is None:
        segment.archived_at = segment.updated_at = at
        segment.save(update_fields=["archived_at", "updated_at"])
        record(action="segment.archived", subject=f"segment {segment.pk}", by=by, at=at, name=segment.name)
    return segment


@transaction.atomic
def restore(*, segment: Segment, by: User, at: datetime) -> Segment:
    """Take a segment back into use; its members are worked out at once. Raises `ReadsArchived`.

    Until then it counts as not counted: those it went away with may have changed since, as nobody looked.
    """
    segment = Segment.objects.select_for_update().get(pk=segment.pk)
    if segment.archived_at is not None:
        read = Segment.objects.select_for_update().filter(slug__in=references(segment.rule)).order_by("pk")
        if away := [f"‘{other.name}’" for other in read if other.archived_at is not None]:
            raise ReadsArchived(
                f"‘{segment.name}’ reads {', '.join(away)} in the archive: restore that first."
            )
        segment.archived_at, segment.updated_at = None, at
        if segment.kind == Segment.DYNAMIC:
            segment.evaluated_at = None
        segment.save(update_fields=["archived_at", "updated_at", "evaluated_at"])
        record(action="segment.restored", subject=f"segment {segment.pk}", by=by, at=at, name=segment.name)
        publish("SegmentSaved", segment=segment.pk)
    return segment


@transaction.atomic
def describe(
    *,
    segment: Segment,
    name: str,
    description: str,
    label: str,
    hue: int,
    shown_as_badge: bool,
    badge_rank: int | None = None,
    by: User,
    at: datetime,
) -> Segment:
    """Rename and describe a segment; its rule, slug and members stay."""
    segment = Segment.objects.select_for_update().get(pk=segment.pk)
    new = {
        "name": name,
        "description": description,
        "label": label,
        "hue": hue,
        "shown_as_badge": shown_as_badge,
        "badge_rank": segment.badge_rank if badge_rank is None else badge_rank,
    }
    changed = {field: [getattr(segment, field), value] for field, value in new.items()}
    changed = {field: pair for field, pair in changed.items() if pair[0] != pair[1]}
    if changed:
        for field, value in new.items():
            setattr(segment, field, value)
        segment.updated_at = at
        segment.save(update_fields=[*new, "updated_at"])
        record(action="segment.described", subject=f"segment {segment.pk}", by=by, at=at, changes=changed)
    return segment
