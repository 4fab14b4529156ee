"""Makes two customers one: everything goes over in one transaction, and the merged one's number leads to the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.db import OperationalError, connection, transaction

from crm.actions import auditing
from crm.actions.contacts import difference, rebuild_search_terms, state_of
from crm.actions.merging.parts import move
from crm.actions.publishing import publish
from crm.actions.touching import mark
from crm.domain.joining import COMPANY, MERGED_FROM, NAME, BadChoice, Line
from crm.models import Company, Contact, ContactChange, Identifier, Merge, User
from crm.personal_data import REGISTRY, Joining, take_locks
from crm.queries.merging import Choices, profile_lines

ATTEMPTS = 3
Done = TypeVar("Done")


class NotMerged(ValueError):
    """The two cannot be made one; the text says what to do."""


class ChangedMeanwhile(NotMerged):
    """One of the two changed after they were shown side by side."""


def merge(
    *,
    survivor: int,
    merged: int,
    choices: Choices | None = None,
    seen: tuple[datetime, datetime] | None = None,
    source: str = "form",
    by: User | None,
    at: datetime,
) -> Merge:
    """The merge of two customers; asked for again it gives the one there is. Raises `NotMerged`, `BadChoice`.

    A number that was merged earlier stands for whom it was merged into. `seen` are the `updated_at` of both as they
    were shown: if one changed since, `ChangedMeanwhile` is raised. Members, history and counts of the past stay as
    they were; both are judged anew at once, with this as the cause.
    """
    return again_where_ended(
        lambda: _merge(survivor, merged, choices or Choices(), seen=seen, source=source, by=by, at=at)
    )


def again_where_ended(attempt: Callable[[], Done]) -> Done:
    """Tried once more where the database ended it, as two waited for each other crosswise."""
    for left in range(ATTEMPTS - 1, -1, -1):
        try:
            with transaction.atomic():
                return attempt()
        except OperationalError:
            if not left or connection.in_atomic_block or not connection.is_usable():
                raise
    raise AssertionError("unreachable")


def lock_both(first: int, second: int) -> dict[int, Contact]:
    """Both contacts, held in one order against everybody who writes rows for them; after the locks of other storeys."""
    take_locks()
    rows = Contact.objects.select_for_update(of=("self",)).filter(pk__in=(first, second)).order_by("pk")
    return {row.pk: row for row in rows}


def _merge(
    survivor_id: int,
    merged_id: int,
    choices: Choices,
    *,
    seen: tuple[datetime, datetime] | None,
    source: str,
    by: User | None,
    at: datetime,
) -> Merge:
    held = lock_both(survivor_id, merged_id)
    if survivor_id in held and held[survivor_id].merged_into_id not in (None, merged_id):
        survivor_id = int(held[survivor_id].merged_into_id or 0)
        held = lock_both(survivor_id, merged_id)
    done = _already(held, survivor_id, merged_id)
    if done is not None:
        return done
    survivor, merged = held[survivor_id], held[merged_id]
    if seen is not None and (survivor.updated_at, merged.updated_at) != seen:
        raise ChangedMeanwhile(
            "One of the two was changed while you compared them. Look at both again, then merge."
        )
    parts, attributes = profile_lines(survivor, merged, choices)
    _check_firsts(choices, survivor_id, merged_id)
    reason = f"Customer {merged_id} was merged into customer {survivor_id}."
    joining = Joining(survivor_id, merged_id, by, at, reason, choices.answers, choices.firsts)
    before = state_of(survivor)
    put_back = _put_back(survivor)
    kept = _take_over(joining)
    _apply(survivor, merged, parts, attributes)
    survivor.updated_at = at
    survivor.save()
    changes = difference(before, state_of(survivor))
    kept |= {"before": put_back, "changes": _without_identifiers(changes)}
    record = Merge.objects.create(
        survivor=survivor, merged=merged, at=at, by=by, source=source[:80], kept=kept
    )
    ContactChange.objects.create(
        contact=survivor, at=at, by=by, source=f"{MERGED_FROM}{merged_id}", changes=changes
    )
    rebuild_search_terms(survivor)
    tell(joining)
    auditing.record(
        action="contact.merged",
        subject=f"contact {survivor_id}",
        by=by,
        at=at,
        merged=merged_id,
        merge=record.pk,
        source=source,
        fields=sorted(changes),
        newer_yes=sorted(" ".join(key) for key in choices.answers),
    )
    return record


def _already(held: dict[int, Contact], survivor: int, merged: int) -> Merge | None:
    """The merge where these two are one already; raises `NotMerged` where they cannot become one."""
    if survivor == merged and survivor in held:
        raise NotMerged("These are one and the same customer. Choose another to merge.")
    for number in (survivor, merged):
        if number not in held or held[number].erased_at is not None:
            raise NotMerged(f"There is no customer {number}, or nothing of it is left.")
    into = held[merged].merged_into_id
    if into == survivor:
        return Merge.objects.filter(merged=merged, undone_at__isnull=True).order_by("-pk").first()
    if into is not None:
        raise NotMerged(f"Customer {merged} was merged into customer {into} already. Merge that one instead.")
    if held[survivor].merged_into_id is not None:
        raise NotMerged(f"Customer {survivor} was merged into customer {merged}: they are one already.")
    return None


def _check_firsts(choices: Choices, survivor: int, merged: int) -> None:
    for kind, first in choices.firsts.items():
        if first not in (survivor, merged):
            raise BadChoice("Choose one of the two customers.", kind)


def _take_over(joining: Joining) -> dict[str, Any]:
    """Everything that points to the merged contact, by the registrations; what an undoing needs."""
    earlier = Contact.objects.filter(merged_into=joining.merged)
    kept: dict[str, Any] = {"earlier": list(earlier.order_by("pk").values_list("pk", flat=True)), "rows": {}}
    for model, terms in REGISTRY.items():
        if terms.on_merge == "move":
            kept["rows"][model._meta.label] = move(model, terms.link, joining)
        elif terms.merge is not None:
            kept["rows"][model._meta.label] = terms.merge(joining)
    earlier.update(merged_into=joining.survivor)
    Contact.objects.filter(pk=joining.merged).update(merged_into=joining.survivor, updated_at=joining.at)
    return kept


def _put_back(survivor: Contact) -> dict[str, Any]:
    return {
        "first_name": survivor.first_name,
        "last_name": survivor.last_name,
        "company": survivor.company_id,
        "attributes": dict(survivor.attributes),
        "created_at": survivor.created_at.isoformat(),
    }


def _apply(survivor: Contact, merged: Contact, parts: dict[str, Line], attributes: dict[str, Line]) -> None:
    """The survivor as it is after; known for as long as the longer known of the two."""
    survivor.first_name, survivor.last_name = parts[NAME].result
    survivor.company = Company.objects.filter(pk=parts[COMPANY].result).first()
    for name, line in attributes.items():
        if line.result is not None:
            survivor.attributes[name] = line.result
    survivor.created_at = min(survivor.created_at, merged.created_at)


def _without_identifiers(changes: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {name: values for name, values in changes.items() if name not in Identifier.KINDS}


def tell(joining: Joining) -> None:
    """Both are judged anew, because of the merge; told once for both."""
    ids = [joining.survivor, joining.merged]
    mark(ids, cause="merge", evidence={"reason": joining.reason})
    publish("ContactsChanged", contacts=ids, cause="merge")
