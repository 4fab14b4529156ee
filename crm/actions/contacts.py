"""Contacts made and changed: names, company, identifiers and attributes, with their history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from crm.actions import auditing
from crm.actions.holding import GONE
from crm.actions.tagging import tags_of
from crm.actions.touching import NAMED, mark, touch
from crm.domain.identifiers import BadIdentifier, normal_identifier
from crm.domain.search import terms
from crm.models import Company, Contact, ContactChange, Identifier, SearchTerm, User
from crm.queries.accounts import current_account

SEARCHED = {"first_name", "last_name", *Identifier.KINDS}  # what a contact is found by, beside tags


class ContactRefused(ValueError):
    """The contact cannot be kept so. The text says what to do, `field` where."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class ChangedMeanwhile(ContactRefused):
    """Somebody else changed the contact after it was read."""


class Gone(ContactRefused):
    """The contact was merged into another, or erased, after it was looked up."""

    def __init__(self) -> None:
        super().__init__(GONE)


class Taken(ContactRefused):
    """An identifier belongs to another contact, `owner`."""

    def __init__(self, sentence: str, field: str, owner: int) -> None:
        super().__init__(sentence, field)
        self.owner = owner


@dataclass(frozen=True)
class Naming:
    """An identifier as somebody wrote it: kind and text."""

    kind: str
    shown: str


def create(
    *,
    first_name: str = "",
    last_name: str = "",
    company: str = "",
    identifiers: Sequence[Naming] = (),
    attributes: Mapping[str, Any] | None = None,
    by: User | None,
    at: datetime,
    source: str = "form",
    tell: bool = True,
) -> Contact:
    """A new contact. Raises `ContactRefused` where nothing tells who it is, or an identifier is wrong or taken.

    `tell=False` leaves it to the caller to publish one `ContactsChanged` for many.
    """
    kept = {name: value for name, value in (attributes or {}).items() if not is_missing(value)}
    if not (first_name.strip() or last_name.strip() or identifiers):
        raise ContactRefused(
            "Give a name, an e-mail, a phone number or an id, so that the customer can be found."
        )
    with transaction.atomic():
        contact = Contact.objects.create(
            first_name=_name(first_name),
            last_name=_name(last_name),
            company=company_named(company),
            attributes=kept,
            created_at=at,
            updated_at=at,
        )
        _identify(contact, identifiers)
        before = {"first_name": "", "last_name": "", "company": "", "attributes": {}, "identifiers": {}}
        _finish(contact, before, by=by, at=at, source=source, action="contact.created", tell=tell)
    return contact


def edit(
    *,
    contact_id: int,
    first_name: str | None = None,
    last_name: str | None = None,
    company: str | None = None,
    identifiers: Sequence[Naming] | None = None,
    attributes: Mapping[str, Any] | None = None,
    seen: datetime | None = None,
    by: User | None,
    at: datetime,
    source: str = "form",
    tell: bool = True,
) -> Contact:
    """The contact changed; None leaves a part as it is, and a missing value takes an attribute away.

    `seen` is the `updated_at` that the editor saw: if the contact changed since, `ChangedMeanwhile` is raised.
    """
    with transaction.atomic():
        living = Contact.objects.living().select_for_update(of=("self",), no_key=True)
        contact = living.filter(pk=contact_id).first()
        if contact is None:
            raise Gone
        if seen is not None and contact.updated_at != seen:
            raise ChangedMeanwhile(
                "Somebody changed this customer while you were editing. What you entered is still here: "
                "compare it with the customer's page, then save again to keep yours."
            )
        before = state_of(contact)
        if first_name is not None:
            contact.first_name = _name(first_name)
        if last_name is not None:
            contact.last_name = _name(last_name)
        if company is not None:
            contact.company = company_named(company)
        for name, value in (attributes or {}).items():
            if is_missing(value):
                contact.attributes.pop(name, None)
            else:
                contact.attributes[name] = value
        if identifiers is not None:
            _identify(contact, identifiers)
        same = before["identifiers"] if identifiers is None else None
        _finish(contact, before, same, by=by, at=at, source=source, action="contact.edited", tell=tell)
    return contact


def company_named(name: str) -> Company | None:
    """The company of this name, made where there is none; none for an empty name. Case does not matter."""
    name = _name(name)
    if not name:
        return None
    found = Company.objects.filter(name__iexact=name).first()
    return found or Company.objects.create(name=name)


def rebuild_search_terms(contact: Contact) -> None:
    """Make the words the contact is found by follow what the contact holds now."""
    named = list(Identifier.objects.filter(contact=contact).values_list("kind", "value"))
    wanted = terms(contact.first_name, contact.last_name, named, tags_of(contact))
    present = set(SearchTerm.objects.filter(contact=contact).values_list("term", flat=True))
    SearchTerm.objects.filter(contact=contact, term__in=present - wanted).delete()
    SearchTerm.objects.bulk_create([SearchTerm(contact=contact, term=term) for term in wanted - present])


def _identify(contact: Contact, wanted: Sequence[Naming]) -> None:
    country = current_account().country
    values: dict[tuple[str, str], str] = {}
    for naming in wanted:
        try:
            value = normal_identifier(naming.kind, naming.shown, country=country)
        except BadIdentifier as error:
            raise ContactRefused(str(error), naming.kind) from error
        if not value:
            continue
        values[(naming.kind, value)] = naming.shown.strip()
    held = {(row.kind, row.value): row for row in Identifier.objects.filter(contact=contact)}
    for key, row in held.items():
        if key not in values:
            row.delete()
        elif row.shown != values[key]:
            row.shown = values[key]
            row.save(update_fields=["shown"])
    for (kind, value), shown in values.items():
        if (kind, value) not in held:
            _claim(contact, kind, value, shown)


def _claim(contact: Contact, kind: str, value: str, shown: str) -> None:
    try:
        with transaction.atomic():
            Identifier.objects.create(contact=contact, kind=kind, value=value, shown=shown)
    except IntegrityError as error:
        owner = Identifier.objects.filter(kind=kind, value=value).values_list("contact_id", flat=True).first()
        raise Taken(
            f"‘{shown}’ belongs to another customer already. Open that one, or leave it out here.",
            kind,
            owner or 0,
        ) from error


def state_of(contact: Contact, identifiers: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """Everything that the history tells of a contact, as it is now; two queries, one where `identifiers` are known."""
    found = identifiers
    if found is None:
        found = {}
        for row in Identifier.objects.filter(contact=contact).order_by("id"):
            found.setdefault(row.kind, []).append(row.shown)
    return {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "company": contact.company.name if contact.company else "",
        "attributes": dict(contact.attributes),
        "identifiers": found,
    }


def _finish(
    contact: Contact,
    before: dict[str, Any],
    identifiers: dict[str, list[str]] | None = None,
    *,
    by: User | None,
    at: datetime,
    source: str,
    action: str,
    tell: bool,
) -> None:
    """Save, and write history, search terms, touch and audit, if anything changed; `identifiers` where known."""
    edited = action == "contact.edited"
    changes = difference(before, state_of(contact, identifiers))
    if not changes and edited:
        return
    contact.updated_at = at
    contact.save()
    ContactChange.objects.create(contact=contact, at=at, by=by, source=source, changes=changes)
    if not edited or changes.keys() & SEARCHED:
        rebuild_search_terms(contact)
    evidence = {"attributes": sorted(changes)[:NAMED]}
    if tell:
        touch([contact.pk], cause="attribute", evidence=evidence)
    else:
        mark([contact.pk], cause="attribute", evidence=evidence)
    # The audit names what changed, never the values: it outlives an erasure.
    auditing.record(
        action=action, subject=f"contact {contact.pk}", by=by, at=at, source=source, fields=sorted(changes)
    )


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """What changed between two states, as the history keeps it: name -> [before, after]."""
    changes: dict[str, list[Any]] = {}
    for name in ("first_name", "last_name", "company"):
        if before[name] != after[name]:
            changes[name] = [before[name] or None, after[name] or None]
    for kind in Identifier.KINDS:
        old, new = before["identifiers"].get(kind, []), after["identifiers"].get(kind, [])
        if old != new:
            changes[kind] = [_one(old), _one(new)]
    for name in {**before["attributes"], **after["attributes"]}:
        old_value, new_value = before["attributes"].get(name), after["attributes"].get(name)
        if old_value != new_value or type(old_value) is not type(new_value):
            changes[name] = [old_value, new_value]
    return changes


def _one(values: list[str]) -> Any:
    return values[0] if len(values) == 1 else values or None


def _name(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())[:200]


def is_missing(value: Any) -> bool:
    """True for a value that takes an attribute away."""
    return value is None or value in ("", [])
