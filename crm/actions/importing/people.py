"""Writes what rows say of customers: found by an identifier or made, changed, with history and search words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Q
from django.db.models.functions import Lower

from crm.actions.importing.inserting import insert_all, insert_new
from crm.actions.importing.marks import Marks
from crm.domain.import_guess import TAGS
from crm.domain.import_rows import Consenting, ContactRow, Naming, Problem
from crm.domain.search import tag_term, terms
from crm.models import Company, Contact, ContactChange, Identifier, SearchTerm, User

IN_ONE_QUERY = 900
NAMES = ("first_name", "last_name")
Item = TypeVar("Item")
Key = tuple[str, str]


@dataclass
class Draft:
    """A contact on its way into the database."""

    contact: Contact
    held: dict[str, list[Naming]]
    company: str = ""
    new: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    consents: list[tuple[int, Consenting]] = field(default_factory=list)

    def state(self) -> dict[str, Any]:
        """Everything that history tells of, by name; missing parts are absent."""
        named: dict[str, Any] = {name: getattr(self.contact, name) for name in NAMES}
        named["company"] = self.company
        for kind, namings in self.held.items():
            shown = [naming.shown for naming in namings]
            named[kind] = shown[0] if len(shown) == 1 else shown
        return {name: value for name, value in {**self.contact.attributes, **named}.items() if value}


@dataclass
class Written:
    """What a batch did. `contacts` are the ids that changed, `named` those that its rows were about."""

    created: int = 0
    updated: int = 0
    merged: int = 0
    unchanged: int = 0
    contacts_created: int = 0
    problems: list[tuple[int, Problem]] = field(default_factory=list)
    contacts: set[int] = field(default_factory=set)
    named: set[int] = field(default_factory=set)


def in_parts(items: Iterable[Item], size: int = IN_ONE_QUERY) -> Iterator[list[Item]]:
    """The items in lists that fit one query of any database."""
    all_of_them = list(items)
    for start in range(0, len(all_of_them), size):
        yield all_of_them[start : start + size]


def owners_of(namings: Iterable[Naming]) -> dict[Key, int]:
    """Which contact each identifier belongs to, by (kind, value); unknown ones are absent."""
    wanted: dict[str, set[str]] = {}
    for naming in namings:
        wanted.setdefault(naming.kind, set()).add(naming.value)
    found: dict[Key, int] = {}
    for kind, values in wanted.items():
        for part in in_parts(values):
            rows = Identifier.objects.filter(kind=kind, value__in=part)
            found.update({(kind, value): owner for value, owner in rows.values_list("value", "contact_id")})
    return found


def write_people(
    rows: Sequence[ContactRow], *, seen: Marks, by: User | None, at: datetime, source: str
) -> tuple[Written, list[Draft]]:
    """Write a batch of rows inside the caller's transaction. The last value that is not empty wins."""
    people = _People(rows)
    written = Written()
    firsts: list[Draft] = []
    placed: set[int] = set()
    for row in rows:
        draft = people.draft_of(row, at)
        written.problems += [(row.number, problem) for problem in row.problems]
        if id(draft) in placed or (not draft.new and draft.contact.pk in seen):
            written.merged += 1
        elif draft.new:
            written.created += 1
        else:
            firsts.append(draft)
        placed.add(id(draft))
        written.problems += [(row.number, problem) for problem in people.apply(draft, row)]
    changed = people.save(by=by, at=at, source=source)
    written.named = {draft.contact.pk for draft in people.drafts if id(draft) in placed}
    for draft in firsts:
        if draft.contact.pk in changed:
            written.updated += 1
        else:
            written.unchanged += 1
    written.contacts = changed
    return written, people.drafts


class _People:
    """The contacts that a batch speaks of, locked, with their identifiers."""

    def __init__(self, rows: Sequence[ContactRow]) -> None:
        owners, known = _owners_held(rows)
        self.drafts: list[Draft] = list(known.values())
        self.index: dict[Key, Draft] = {key: known[owner] for key, owner in owners.items() if owner in known}
        for draft in self.drafts:
            for namings in draft.held.values():
                for naming in namings:
                    self.index[naming.kind, naming.value] = draft
        self.dropped: list[Naming] = []
        self.added: list[tuple[Draft, Naming]] = []

    def draft_of(self, row: ContactRow, at: datetime) -> Draft:
        """The contact that the row is about: known, made by an earlier row, or new."""
        for naming in row.who:
            draft = self.index.get((naming.kind, naming.value))
            if draft is not None:
                return draft
        draft = Draft(Contact(created_at=at, updated_at=at, attributes={}), {}, new=True)
        self.drafts.append(draft)
        return draft

    def apply(self, draft: Draft, row: ContactRow) -> Iterator[Problem]:
        """Let a row change its contact; yields what could not be taken."""
        for naming in row.identifiers:
            owner = self.index.get((naming.kind, naming.value))
            if owner is None:
                self._name(draft, naming)
            elif owner is not draft:
                reason = f"‘{naming.shown[:80]}’ belongs to another customer already."
                yield Problem("identifier_taken", reason, naming.kind, naming.shown)
        for name in NAMES:
            if getattr(row, name):
                setattr(draft.contact, name, getattr(row, name))
        draft.company = row.company or draft.company
        for name, value in row.attributes.items():
            draft.contact.attributes[name] = _joined(name, draft.contact.attributes.get(name), value)
        draft.consents += [(row.number, consenting) for consenting in row.consents]

    def _name(self, draft: Draft, naming: Naming) -> None:
        held = draft.held.setdefault(naming.kind, [])
        if len(held) == 1:
            # A newer address takes the place of the only one; where there are several, nobody knows which it replaces.
            old = held.pop()
            del self.index[old.kind, old.value]
            pending = (draft, old)
            if pending in self.added:
                self.added.remove(pending)
            else:
                self.dropped.append(old)
        held.append(naming)
        self.index[naming.kind, naming.value] = draft
        self.added.append((draft, naming))

    def save(self, *, by: User | None, at: datetime, source: str) -> set[int]:
        """Write all that changed in a few statements; the ids of contacts that did."""
        companies = _companies({draft.company for draft in self.drafts if draft.company})
        changed: list[tuple[Draft, dict[str, list[Any]]]] = []
        for draft in self.drafts:
            changes = _difference(draft.before, draft.state())
            if changes:
                draft.contact.company_id = companies.get(draft.company.casefold())
                draft.contact.updated_at = at
                changed.append((draft, changes))
        Contact.objects.bulk_create([draft.contact for draft, _ in changed if draft.new])
        Contact.objects.bulk_create(
            [draft.contact for draft, _ in changed if not draft.new],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["first_name", "last_name", "company", "attributes", "updated_at"],
        )
        self._save_identifiers()
        author = by.pk if by else None
        insert_all(
            ContactChange,
            ("contact", "at", "by", "source", "changes"),
            ((draft.contact.pk, at, author, source, changes) for draft, changes in changed),
        )
        _save_terms([draft for draft, changes in changed if draft.new or changes.keys() & _SEARCHED])
        return {draft.contact.pk for draft, _ in changed}

    def _save_identifiers(self) -> None:
        for kind in Identifier.KINDS:
            for part in in_parts(naming.value for naming in self.dropped if naming.kind == kind):
                Identifier.objects.filter(kind=kind, value__in=part).delete()
        insert_all(
            Identifier,
            ("contact", "kind", "value", "shown"),
            ((draft.contact.pk, *naming) for draft, naming in self.added),
        )


_SEARCHED = {*NAMES, *Identifier.KINDS, TAGS}


def _owners_held(rows: Sequence[ContactRow]) -> tuple[dict[Key, int], dict[int, Draft]]:
    """Whose the rows' identifiers are, and those contacts, locked: looked up again where one was merged meanwhile."""
    while True:
        owners = owners_of(naming for row in rows for naming in row.identifiers)
        known = _load(set(owners.values()))
        if all(draft.contact.merged_into_id is None for draft in known.values()):
            return owners, known


def _load(ids: Collection[int]) -> dict[int, Draft]:
    drafts: dict[int, Draft] = {}
    for part in in_parts(sorted(ids)):
        # Locked in one order, so that two imports at once wait for each other instead of blocking each other.
        contacts = (
            Contact.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=part).order_by("pk")
        )
        for contact in contacts.select_related("company"):
            drafts[contact.pk] = Draft(contact, {}, contact.company.name if contact.company else "")
        for row in Identifier.objects.filter(contact_id__in=part).order_by("id"):
            naming = Naming(row.kind, row.value, row.shown)
            drafts[row.contact_id].held.setdefault(row.kind, []).append(naming)
    for draft in drafts.values():
        draft.before = draft.state()
    return drafts


def _joined(name: str, old: Any, new: Any) -> Any:
    """The new value; a list takes what is new into the old one."""
    if not isinstance(new, list):
        return new
    kept = list(old) if isinstance(old, list) else [old] if old else []
    same = tag_term if name == TAGS else str
    present = {same(item) for item in kept}
    return kept + [item for item in new if same(item) not in present]


def _difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    return {
        name: [before.get(name), after.get(name)]
        for name in {**before, **after}
        if before.get(name) != after.get(name) or type(before.get(name)) is not type(after.get(name))
    }


def _companies(names: Collection[str]) -> dict[str, int]:
    """The ids of companies by folded name; those missing are made."""
    found = _known_companies(names)
    missing = {name.casefold(): name for name in sorted(names) if name.casefold() not in found}
    if missing:
        Company.objects.bulk_create([Company(name=name) for name in missing.values()], ignore_conflicts=True)
        found = _known_companies(names)
    return found


def _known_companies(names: Collection[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in in_parts(sorted(names), IN_ONE_QUERY // 2):
        lowered = [name.lower() for name in part]
        rows = Company.objects.annotate(lowered=Lower("name")).filter(
            Q(name__in=part) | Q(lowered__in=lowered)
        )
        found.update({name.casefold(): number for name, number in rows.values_list("name", "id")})
    return found


def _save_terms(drafts: Sequence[Draft]) -> None:
    present: dict[int, set[str]] = {}
    for part in in_parts(draft.contact.pk for draft in drafts if not draft.new):
        for owner, term in SearchTerm.objects.filter(contact_id__in=part).values_list("contact_id", "term"):
            present.setdefault(owner, set()).add(term)
    fresh: list[tuple[int, str]] = []
    for draft in drafts:
        contact = draft.contact
        tags = contact.attributes.get(TAGS) or []
        named = [(naming.kind, naming.value) for namings in draft.held.values() for naming in namings]
        wanted = terms(
            contact.first_name, contact.last_name, named, tags if isinstance(tags, list) else [tags]
        )
        there = present.get(contact.pk, set())
        if there - wanted:
            SearchTerm.objects.filter(contact=contact, term__in=there - wanted).delete()
        fresh += [(contact.pk, term) for term in sorted(wanted - there)]
    insert_new(SearchTerm, ("contact", "term"), fresh)
