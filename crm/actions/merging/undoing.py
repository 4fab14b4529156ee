"""Parts two customers that were made one: what went over goes back, what came in since stays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils.dateparse import parse_datetime

from crm.actions import auditing
from crm.actions.contacts import difference, state_of
from crm.actions.merging.merging import NotMerged, again_where_ended, lock_both, tell
from crm.actions.merging.parts import AT_ONCE, move_back
from crm.domain.joining import COMPANY, UNDONE
from crm.models import Company, Contact, ContactChange, Merge, User
from crm.personal_data import REGISTRY, Joining
from crm.queries.merging import UNDONE_WITHIN, undoable_until


def undo(*, merge: Merge, by: User | None, at: datetime) -> Merge:
    """The two are two again; done twice it changes nothing more. Raises `NotMerged` where it is too late.

    Rows that went over go back, values that the merge changed and nobody since become what they were. What was
    recorded after the merge stays with the survivor.
    """
    return again_where_ended(lambda: _undo(merge.pk, by=by, at=at))


def forget_old(*, at: datetime) -> int:
    """Empty the records of merges that can no longer be undone, and the names left on the merged; how many."""
    old = Merge.objects.filter(at__lt=at - UNDONE_WITHIN, undone_at__isnull=True).exclude(kept={})
    ids = list(old.order_by("at").values_list("pk", flat=True)[:AT_ONCE])
    merged = Merge.objects.filter(pk__in=ids).values("merged")
    Contact.objects.filter(pk__in=merged, merged_into__isnull=False).update(
        first_name="", last_name="", company=None, attributes={}
    )
    return Merge.objects.filter(pk__in=ids).update(kept={})


def _undo(pk: int, *, by: User | None, at: datetime) -> Merge:
    merge = Merge.objects.get(pk=pk)
    held = lock_both(merge.survivor_id, merge.merged_id)
    merge = Merge.objects.select_for_update(of=("self",)).get(pk=pk)
    if merge.undone_at is not None:
        return merge
    survivor, merged = held[merge.survivor_id], held[merge.merged_id]
    _check(merge, survivor, at)
    reason = f"Customers {survivor.pk} and {merged.pk} are two again: their merge was undone."
    joining = Joining(survivor.pk, merged.pk, by, at, reason)
    kept = merge.kept
    merged.merged_into = None
    merged.updated_at = at
    merged.save(update_fields=["merged_into", "updated_at"])
    Contact.objects.filter(pk__in=kept["earlier"]).update(merged_into=merged)
    before = state_of(survivor)
    _put_back(survivor, kept)
    survivor.updated_at = at
    survivor.save()
    _part_rows(joining, kept["rows"])
    merge.undone_at, merge.undone_by, merge.kept = at, by, {}
    merge.save(update_fields=["undone_at", "undone_by", "kept"])
    changes = difference(before, state_of(survivor))
    ContactChange.objects.create(contact=survivor, at=at, by=by, source=UNDONE, changes=changes)
    tell(joining)
    auditing.record(
        action="contact.merge_undone",
        subject=f"contact {survivor.pk}",
        by=by,
        at=at,
        merged=merged.pk,
        merge=merge.pk,
    )
    return merge


def _check(merge: Merge, survivor: Contact, at: datetime) -> None:
    if at > undoable_until(merge) or not merge.kept:
        raise NotMerged(
            f"This merge is older than {UNDONE_WITHIN.days} days: what an undoing needs is no longer kept."
        )
    if survivor.erased_at is not None:
        raise NotMerged("The customer was erased since. There is nothing left to part.")
    if survivor.merged_into_id is not None:
        raise NotMerged(
            f"Customer {survivor.pk} was itself merged into customer {survivor.merged_into_id} since. "
            "Undo that merge first."
        )
    if Merge.objects.filter(survivor=survivor, undone_at__isnull=True, pk__gt=merge.pk).exists():
        raise NotMerged("Another customer was merged into this one since. Undo that merge first.")


def _put_back(survivor: Contact, kept: dict[str, Any]) -> None:
    """Values that the merge changed and nobody since are what they were before."""
    before = kept["before"]
    for name, (_, given) in kept["changes"].items():
        if name == COMPANY:
            if (survivor.company.name if survivor.company else None) == given:
                survivor.company = Company.objects.filter(pk=before[COMPANY]).first()
        elif name in ("first_name", "last_name"):
            if (getattr(survivor, name) or None) == given:
                setattr(survivor, name, before[name])
        elif survivor.attributes.get(name) == given:
            if name in before["attributes"]:
                survivor.attributes[name] = before["attributes"][name]
            else:
                del survivor.attributes[name]
    survivor.created_at = parse_datetime(before["created_at"]) or survivor.created_at


def _part_rows(joining: Joining, rows: dict[str, Any]) -> None:
    last: list[tuple[type[Model], Any]] = []
    for model, terms in REGISTRY.items():
        kept = rows.get(model._meta.label)
        if terms.on_merge == "move":
            move_back(model, terms.link, joining, kept or [])
        elif terms.unmerge is not None and terms.on_merge == "recompute":
            last.append((model, kept))
        elif terms.unmerge is not None and kept is not None:
            terms.unmerge(joining, kept)
    for model, kept in last:  # what follows from the rows, once they are where they belong
        part = REGISTRY[model].unmerge
        if part is not None:
            part(joining, kept)
