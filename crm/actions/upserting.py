"""Contacts as programs send them: made where nobody has their identifiers, else changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import OperationalError, connection, transaction

from crm.actions.contacts import ContactRefused, Gone, Naming, create, edit
from crm.actions.editing_many import change_together
from crm.actions.publishing import publish
from crm.domain.contact_items import IDENTIFIERS, ContactItem
from crm.models import Contact, Identifier, User

ATTEMPTS = 3


@dataclass(frozen=True)
class Upserted:
    """What became of one contact sent."""

    status: Literal["created", "updated", "refused"]
    contact: int | None = None
    reason: str = ""
    field: str = ""


def upsert(*, items: Sequence[ContactItem], source: str, by: User, at: datetime) -> list[Upserted]:
    """What became of each item, in their order, in one transaction; a refused one does not undo the others.

    A contact is found by external id, e-mail or phone. Identifiers are added, never taken away; attributes merge.
    Where another batch holds the same contacts the other way round, the database ends one: that one is tried again.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _upsert_all(items, source=source, by=by, at=at)
        except OperationalError:
            if attempt == ATTEMPTS or connection.in_atomic_block or not connection.is_usable():
                raise
    raise AssertionError("unreachable")


def _upsert_all(items: Sequence[ContactItem], *, source: str, by: User, at: datetime) -> list[Upserted]:
    with transaction.atomic():
        done = change_together(_alone(items), source=source, by=by, at=at)
        outcomes = [
            Upserted("updated", done[place]) if place in done else _upsert(item, source=source, by=by, at=at)
            for place, item in enumerate(items)
        ]
        changed = sorted({outcome.contact for outcome in outcomes if outcome.contact})
        if changed:
            publish("ContactsChanged", contacts=changed, cause="attribute")
    return outcomes


def _alone(items: Sequence[ContactItem]) -> dict[int, tuple[int, ContactItem]]:
    """By place the items that only change attributes of a contact no other item speaks of, and whose it is."""
    found: dict[int, set[int]] = {place: set() for place in range(len(items))}
    written: dict[tuple[str, str], tuple[int, str]] = {}
    for kind in IDENTIFIERS:
        values = {value for item in items for value in item.named.get(kind, ())}
        if values:
            rows = Identifier.objects.filter(kind=kind, value__in=values)
            for owner, value, shown in rows.values_list("contact_id", "value", "shown"):
                written[kind, value] = owner, shown
    same = dict.fromkeys(found, True)
    for place, item in enumerate(items):
        for kind, spelled in item.named.items():
            for value, shown in spelled.items():
                owner, before = written.get((kind, value), (0, ""))
                same[place] &= bool(owner) and before == shown.strip()
                found[place] |= {owner} if owner else set()
    times = Counter(owner for owners in found.values() for owner in owners)
    return {
        place: (owner, items[place])
        for place, owners in found.items()
        if len(owners) == 1 and same[place] and _only_attributes(items[place])
        for owner in owners
        if times[owner] == 1
    }


def _only_attributes(item: ContactItem) -> bool:
    return item.first_name is None and item.last_name is None and item.company is None


def _upsert(item: ContactItem, *, source: str, by: User, at: datetime) -> Upserted:
    for left in range(ATTEMPTS - 1, -1, -1):
        try:
            return _upsert_one(item, source=source, by=by, at=at)
        except Gone:  # merged into another between the look-up and the change: the look-up now finds that one
            if not left:
                raise
    raise AssertionError("unreachable")


def _upsert_one(item: ContactItem, *, source: str, by: User, at: datetime) -> Upserted:
    owners = _owners(item)
    if not item.named or not any(item.named.values()):
        return Upserted(
            "refused", None, "Give an email, external_id or phone, by which the contact is found."
        )
    if len(set(owners.values())) > 1:
        said = ", ".join(f"{kind} to contact {owner}" for kind, owner in owners.items())
        return Upserted("refused", None, f"These identifiers belong to different contacts: {said}.")
    try:
        with transaction.atomic():
            if not owners:
                made = make(item=item, source=source, tell=False, by=by, at=at)
                return Upserted("created", made.pk)
            contact_id = next(iter(owners.values()))
            change(
                contact_id=contact_id, item=item, keep_others=True, source=source, tell=False, by=by, at=at
            )
            return Upserted("updated", contact_id)
    except Gone:
        raise
    except ContactRefused as refusal:
        return Upserted("refused", None, str(refusal), refusal.field)


def make(*, item: ContactItem, source: str, tell: bool = True, by: User, at: datetime) -> Contact:
    """A new contact from an item. Raises `ContactRefused`."""
    return create(
        first_name=item.first_name or "",
        last_name=item.last_name or "",
        company=item.company or "",
        identifiers=_namings(item),
        attributes=item.attributes,
        by=by,
        at=at,
        source=source,
        tell=tell,
    )


def change(
    *,
    contact_id: int,
    item: ContactItem,
    keep_others: bool = False,
    source: str,
    tell: bool = True,
    by: User,
    at: datetime,
) -> Contact:
    """The contact changed as the item says. Raises `ContactRefused`.

    Identifiers of a kind that the item names replace those held, unless `keep_others`; other kinds stay.
    """
    identifiers = None
    if item.named:
        held = list(Identifier.objects.filter(contact_id=contact_id).order_by("id"))
        kept = [
            Naming(row.kind, row.shown)
            for row in held
            if row.kind not in item.named or (keep_others and row.value not in item.named[row.kind])
        ]
        if not keep_others or not _holds(held, item):
            identifiers = kept + _namings(item)
    return edit(
        contact_id=contact_id,
        first_name=item.first_name,
        last_name=item.last_name,
        company=item.company,
        identifiers=identifiers,
        attributes=item.attributes or None,
        by=by,
        at=at,
        source=source,
        tell=tell,
    )


def _holds(held: Sequence[Identifier], item: ContactItem) -> bool:
    """True if a contact has every identifier of the item already, written the same."""
    written = {(row.kind, row.value): row.shown for row in held}
    return all(
        written.get((kind, value)) == shown.strip()
        for kind, values in item.named.items()
        for value, shown in values.items()
    )


def _namings(item: ContactItem) -> list[Naming]:
    return [Naming(kind, shown) for kind, values in item.named.items() for shown in values.values()]


def _owners(item: ContactItem) -> dict[str, int]:
    """kind of identifier -> the contact that has one of the values given."""
    found: dict[str, int] = {}
    for kind in IDENTIFIERS:
        values = list(item.named.get(kind, ()))
        if values:
            rows = Identifier.objects.filter(kind=kind, value__in=values).order_by("pk")
            for owner in rows.values_list("contact_id", flat=True):
                found.setdefault(kind, owner)
    return found
