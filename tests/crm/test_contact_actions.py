"""Contacts made, changed, tagged, erased; what follows in history, search, audit and outbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from crm.actions import contacts, erasing, interactions, notes, tagging
from crm.actions.contacts import Naming
from crm.domain.roles import Role
from crm.models import (
    AuditEntry,
    Company,
    Contact,
    ContactChange,
    ContactTouch,
    Delivery,
    Identifier,
    Interaction,
    Note,
    OutboxEvent,
    SearchTerm,
    User,
)
from crm.personal_data import REGISTRY


@pytest.fixture
def ada(person: Callable[..., User], noon: datetime) -> Contact:
    return contacts.create(
        first_name="Ada",
        last_name="Lovelace",
        company="Analytical Engines",
        identifiers=[Naming("email", "Ada@Engines.example.com"), Naming("phone", "+43 316 555014")],
        attributes={"city": "London", "nothing": ""},
        by=person(Role.SERVICE),
        at=noon,
    )


def test_a_new_contact_is_kept_found_touched_and_audited(ada: Contact) -> None:
    assert ada.attributes == {"city": "London"}
    assert set(SearchTerm.objects.values_list("term", flat=True)) == {
        "ada",
        "lovelace",
        "ada@engines.example.com",
        "43316555014",
    }
    change = ContactChange.objects.get()
    assert change.changes["email"] == [None, "Ada@Engines.example.com"]
    assert change.changes["city"] == [None, "London"]
    assert ContactTouch.objects.filter(contact=ada).exists()
    assert OutboxEvent.objects.get().name == "ContactsChanged"
    assert AuditEntry.objects.get().action == "contact.created"


@pytest.mark.django_db
def test_a_contact_nobody_could_find_is_refused(person: Callable[..., User], noon: datetime) -> None:
    with pytest.raises(contacts.ContactRefused, match="Give a name"):
        contacts.create(attributes={"city": "Graz"}, by=person(Role.SERVICE), at=noon)
    assert not Contact.objects.exists()


def test_an_edit_keeps_what_it_does_not_name(
    ada: Contact, person: Callable[..., User], noon: datetime
) -> None:
    later = noon + timedelta(hours=1)
    contacts.edit(
        contact_id=ada.pk, last_name="King", attributes={"age": 36}, by=person(Role.SERVICE), at=later
    )
    ada.refresh_from_db()
    assert (ada.first_name, ada.last_name, ada.attributes) == ("Ada", "King", {"city": "London", "age": 36})
    assert ContactChange.objects.get(at=later).changes == {
        "last_name": ["Lovelace", "King"],
        "age": [None, 36],
    }
    assert not SearchTerm.objects.filter(term="lovelace").exists()


def test_the_same_again_writes_nothing(ada: Contact, person: Callable[..., User], noon: datetime) -> None:
    contacts.edit(contact_id=ada.pk, first_name="Ada", by=person(Role.SERVICE), at=noon + timedelta(hours=1))
    assert ContactChange.objects.count() == 1
    assert AuditEntry.objects.count() == 1


def test_two_editors_do_not_overwrite_each_other(
    ada: Contact, person: Callable[..., User], noon: datetime
) -> None:
    seen = ada.updated_at
    by = person(Role.SERVICE)
    contacts.edit(contact_id=ada.pk, first_name="A.", seen=seen, by=by, at=noon + timedelta(hours=1))
    with pytest.raises(contacts.ChangedMeanwhile):
        contacts.edit(contact_id=ada.pk, first_name="B.", seen=seen, by=by, at=noon + timedelta(hours=2))
    assert Contact.objects.get().first_name == "A."


def test_an_identifier_belongs_to_one(ada: Contact, person: Callable[..., User], noon: datetime) -> None:
    with pytest.raises(contacts.Taken) as refusal:
        contacts.create(
            first_name="Eve",
            identifiers=[Naming("email", "ADA@engines.example.com")],
            by=person(Role.SERVICE),
            at=noon,
        )
    assert refusal.value.owner == ada.pk
    assert Contact.objects.count() == 1


def test_companies_are_one_whatever_the_case(
    ada: Contact, person: Callable[..., User], noon: datetime
) -> None:
    contacts.create(first_name="Bo", company="ANALYTICAL engines", by=person(Role.SERVICE), at=noon)
    assert Company.objects.count() == 1


def test_tags_go_on_once_and_come_off(ada: Contact, person: Callable[..., User], noon: datetime) -> None:
    by = person(Role.MARKETER)
    assert tagging.tag_many(contact_ids=[ada.pk], tag=" Trade  Fair ", by=by, at=noon) == 1
    assert tagging.tag_many(contact_ids=[ada.pk], tag="trade fair", by=by, at=noon) == 0
    assert Contact.objects.get().attributes["tags"] == ["Trade Fair"]
    assert SearchTerm.objects.filter(contact=ada, term="#trade-fair").exists()
    assert tagging.untag(contact_ids=[ada.pk], tag="TRADE FAIR", by=by, at=noon) == 1
    assert "tags" not in Contact.objects.get().attributes
    assert not SearchTerm.objects.filter(term="#trade-fair").exists()


def test_a_call_logged_twice_counts_once(ada: Contact, person: Callable[..., User], noon: datetime) -> None:
    for _ in range(2):
        interactions.record_interaction(
            contact=ada,
            kind="call",
            happened_at=noon,
            message_id="once",
            properties={"summary": "Asked for wax", "direction": ""},
            by=person(Role.SERVICE),
            at=noon,
        )
    assert Interaction.objects.get().properties == {"summary": "Asked for wax"}


def test_a_removed_note_comes_back(ada: Contact, person: Callable[..., User], noon: datetime) -> None:
    by = person(Role.SERVICE)
    note = notes.add(contact=ada, body="Likes tea\r\nand wax", by=by, at=noon)
    notes.remove(note=note, by=by, at=noon)
    assert Note.objects.get().removed_at == noon
    notes.restore(note=note, by=by, at=noon)
    assert Note.objects.get().removed_at is None
    with pytest.raises(notes.NoteRefused):
        notes.add(contact=ada, body=" \r\n", by=by, at=noon)


def test_erasure_leaves_nothing_personal(ada: Contact, person: Callable[..., User], noon: datetime) -> None:
    by = person(Role.ADMINISTRATOR)
    notes.add(contact=ada, body="Likes tea", by=by, at=noon)
    tagging.tag_many(contact_ids=[ada.pk], tag="vip", by=by, at=noon)
    erasing.erase(contact=ada, by=by, at=noon)
    ada = Contact.objects.get()
    assert (ada.name, ada.attributes, ada.company, ada.erased_at) == (f"Customer {ada.pk}", {}, None, noon)
    for terms in REGISTRY.values():
        if terms.on_erase == "delete":
            assert not terms.model._base_manager.filter(**{terms.link: ada}).exists(), terms.model
    kept = " ".join(str(entry.detail) for entry in AuditEntry.objects.all()).lower()
    for word in ("lovelace", "london", "engines", "316"):
        assert word not in kept


def broken(make: Callable[[], Any]) -> bool:
    """True where the database refuses it."""
    try:
        with transaction.atomic():
            make()
    except IntegrityError:
        return True
    return False


def test_the_database_keeps_its_own_rules(ada: Contact, noon: datetime) -> None:
    say = Identifier.objects.create
    assert broken(lambda: say(contact=ada, kind="email", value="ada@engines.example.com", shown="x"))
    assert broken(lambda: say(contact=ada, kind="fax", value="1", shown="1"))
    assert broken(lambda: say(contact=ada, kind="email", value="", shown=""))
    assert broken(lambda: Contact.objects.filter(pk=ada.pk).update(merged_into=ada.pk))
    assert broken(lambda: Company.objects.create(name=""))
    assert broken(lambda: Company.objects.create(name="analytical ENGINES"))
    assert broken(lambda: Note.objects.create(contact=ada, body="", created_at=noon))
    assert broken(lambda: SearchTerm.objects.create(contact=ada, term="ada"))
    happened = {"contact": ada, "at": noon, "source": "shop"}
    assert broken(lambda: Interaction.objects.create(kind="", message_id="1", **happened))
    assert broken(lambda: Interaction.objects.create(kind="call", message_id="", **happened))
    Delivery.objects.create(source="shop", message_id="1", interaction_id=1)
    assert broken(lambda: Delivery.objects.create(source="shop", message_id="1", interaction_id=2))
    assert broken(lambda: Delivery.objects.create(source="shop", message_id="", interaction_id=3))
