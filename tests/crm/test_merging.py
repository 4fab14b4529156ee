"""Two customers made one: everything goes over once, what counts is chosen openly, and it can be undone."""

from datetime import timedelta

import pytest

from crm.actions.consents import record as record_consent
from crm.actions.contacts import Naming, create, edit
from crm.actions.erasing import erase
from crm.actions.importing.happenings import write_interactions
from crm.actions.importing.marks import Marks
from crm.actions.importing.people import write_people
from crm.actions.interactions import record_interaction
from crm.actions.merging.merging import ChangedMeanwhile, NotMerged, merge
from crm.actions.merging.undoing import forget_old, undo
from crm.actions.notes import add as add_note
from crm.actions.tagging import tag_many
from crm.actions.tasks import add as add_task
from crm.domain.import_rows import ContactRow
from crm.domain.import_rows import Naming as ImportNaming
from crm.domain.interaction_rows import InteractionRow
from crm.domain.joining import BadChoice
from crm.models import (
    AuditEntry,
    Consent,
    ConsentEntry,
    Contact,
    ContactChange,
    ContactTouch,
    Delivery,
    Identifier,
    Interaction,
    Merge,
    Note,
    SearchTerm,
    Task,
)
from crm.queries.merging import Choices, living_numbers
from crm.queries.search import Selection, page_of_keys

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(person):
    return person("service lead")


@pytest.fixture
def ada(noon, lead):
    return create(
        first_name="Ada",
        last_name="Lovelace",
        company="Engines",
        identifiers=[Naming("email", "ada@example.com"), Naming("external_id", "C1")],
        attributes={"city": "London", "tags": ["old friend"], "visits": 3},
        by=lead,
        at=noon - timedelta(days=90),
    )


@pytest.fixture
def twin(noon, lead):
    return create(
        first_name="A.",
        last_name="Lovelace",
        identifiers=[Naming("email", "ada+shop@example.com"), Naming("phone", "+442079460000")],
        attributes={"city": "Leeds", "tags": ["Old friend", "fair"], "birthday": "1815-12-10"},
        by=lead,
        at=noon - timedelta(days=30),
    )


def identifiers(contact):
    rows = Identifier.objects.filter(contact=contact).order_by("id")
    return [(row.kind, row.value) for row in rows]


def state(contact):
    contact.refresh_from_db()
    return {
        "name": contact.name,
        "company": contact.company_id,
        "attributes": contact.attributes,
        "created": contact.created_at,
        "identifiers": set(identifiers(contact)),
        "interactions": set(Interaction.objects.filter(contact=contact).values_list("pk", flat=True)),
        "notes": set(Note.objects.filter(contact=contact).values_list("pk", flat=True)),
        "tasks": set(Task.objects.filter(contact=contact).values_list("pk", flat=True)),
        "consents": set(Consent.objects.filter(contact=contact).values_list("channel", "purpose", "granted")),
        "terms": set(SearchTerm.objects.filter(contact=contact).values_list("term", flat=True)),
        "merged_into": contact.merged_into_id,
    }


def fill(contact, by, at):
    add_note(contact=contact, body=f"of {contact.pk}", by=by, at=at)
    add_task(contact=contact, title=f"call {contact.pk}", due_on=None, assignee=by, by=by, at=at)
    record_interaction(
        contact=contact,
        kind="purchase",
        happened_at=at - timedelta(days=1),
        message_id=f"m{contact.pk}",
        properties={"sku": "x"},
        by=by,
        at=at,
    )


def answer(contact, granted, given_at, by, at, channel="email"):
    record_consent(
        contact=contact,
        channel=channel,
        purpose="offers",
        granted=granted,
        given_at=given_at,
        source="call",
        by=by,
        at=at,
    )


def test_the_newer_value_stays_lists_are_joined_and_gaps_are_filled(ada, twin, lead, noon):
    merge(survivor=ada.pk, merged=twin.pk, by=lead, at=noon)
    ada.refresh_from_db()
    twin.refresh_from_db()
    assert twin.merged_into_id == ada.pk
    assert ada.attributes == {
        "city": "Leeds",
        "tags": ["old friend", "fair"],
        "visits": 3,
        "birthday": "1815-12-10",
    }
    assert (ada.first_name, ada.company.name) == ("A.", "Engines")
    change = ContactChange.objects.filter(contact=ada).latest("pk")
    assert change.changes["city"] == ["London", "Leeds"]
    assert change.source == f"merge of customer {twin.pk}"


def test_each_value_can_be_chosen(ada, twin, lead, noon):
    chosen = Choices(
        parts={"name": "survivor"},
        attributes={"city": "survivor", "tags": "merged"},
        firsts={"email": twin.pk},
    )
    merge(survivor=ada.pk, merged=twin.pk, choices=chosen, by=lead, at=noon)
    ada.refresh_from_db()
    assert ada.name == "Ada Lovelace"
    assert (ada.attributes["city"], ada.attributes["tags"]) == ("London", ["Old friend", "fair"])
    emails = [value for kind, value in identifiers(ada) if kind == "email"]
    assert emails == ["ada+shop@example.com", "ada@example.com"]


def test_what_neither_has_cannot_be_chosen(ada, twin, lead, noon):
    for choices in (
        Choices(attributes={"shoe": "merged"}),
        Choices(attributes={"city": "both"}),
        Choices(attributes={"city": "mine"}),
        Choices(firsts={"email": 999}),
    ):
        with pytest.raises(BadChoice):
            merge(survivor=ada.pk, merged=twin.pk, choices=choices, by=lead, at=noon)
    assert not Merge.objects.exists()


def test_everything_goes_over_once_and_is_found(ada, twin, lead, noon):
    fill(ada, lead, noon)
    fill(twin, lead, noon)
    merge(survivor=ada.pk, merged=twin.pk, by=lead, at=noon)
    for model in (Interaction, Note, Task):
        assert model.objects.filter(contact=ada).count() == 2
        assert not model.objects.filter(contact=twin).exists()
    assert Delivery.objects.count() == 2
    assert identifiers(ada)[0] == ("email", "ada@example.com")
    assert len(identifiers(ada)) == 4
    assert not SearchTerm.objects.filter(contact=twin).exists()
    for wanted in (Selection(text="ada+shop"), Selection(text="C1"), Selection(tag="fair")):
        found = page_of_keys(wanted, after="", size=9, country="GB")
        assert [pk for _, pk in found] == [ada.pk]
    assert living_numbers([twin.pk]) == {twin.pk: ada.pk}
    touches = ContactTouch.objects.filter(cause="merge")
    assert set(touches.values_list("contact_id", flat=True)) == {ada.pk, twin.pk}
    entry = AuditEntry.objects.get(action="contact.merged")
    assert entry.detail["merged"] == twin.pk
    assert "Leeds" not in str(entry.detail)


def test_asked_for_again_it_is_the_same_merge(ada, twin, lead, noon):
    first = merge(survivor=ada.pk, merged=twin.pk, by=lead, at=noon)
    before = state(ada)
    assert merge(survivor=ada.pk, merged=twin.pk, by=lead, at=noon + timedelta(hours=1)) == first
    assert state(ada) == before
    with pytest.raises(NotMerged, match="one already"):
        merge(survivor=twin.pk, merged=ada.pk, by=lead, at=noon)


def test_who_does_not_live_or_is_the_same_is_refused(ada, twin, contact, lead, noon, person):
    with pytest.raises(NotMerged, match="one and the same"):
        merge(survivor=ada.pk, merged=ada.pk, by=lead, at=noon)
    with pytest.raises(NotMerged, match="no customer 999"):
        merge(survivor=ada.pk, merged=999, by=lead, at=noon)
    third = contact("Bea")
    merge(survivor=ada.pk, merged=twin.pk, by=lead, at=noon)
    with pytest.raises(NotMerged, match="already"):
        merge(survivor=third.pk, merged=twin.pk, by=lead, at=noon)
    erase(contact=third, by=person("administrator"), at=noon)
    with pytest.raises(NotMerged):
        merge(survivor=ada.pk, merged=third.pk, by=lead, at=noon)


def test_what_changed_after_it_was_shown_is_looked_at_again(ada, twin, lead, noon):
    seen = (ada.updated_at, twin.updated_at)
    edit(contact_id=twin.pk, attributes={"city": "York"}, by=lead, at=noon)
    with pytest.raises(ChangedMeanwhile):
        merge(survivor=ada.pk, merged=twin.pk, seen=seen, by=lead, at=noon)


def test_a_no_stands_against_a_newer_yes_and_the_ledger_says_so(ada, twin, lead, noon):
    answer(ada, False, noon - timedelta(days=20), lead, noon)
    answer(twin, True, noon - timedelta(days=10), lead, noon)
    merge(survivor=ada.pk, merged=twin.pk, by=lead, at=noon)
    assert Consent.objects.get(contact=ada).granted is False
    newest = ConsentEntry.objects.filter(contact=ada).latest("at", "pk")
    assert (newest.granted, newest.source) == (False, "merge of customers")
    assert "a no stands" in newest.proof
    assert ConsentEntry.objects.filter(contact=ada).count() == 3


def test_a_newer_yes_counts_where_it_is_chosen(ada, twin, lead, noon):
    answer(ada, False, noon - timedelta(days=20), lead, noon)
    answer(twin, True, noon - timedelta(days=10), lead, noon)
    chosen = Choices(answers=frozenset({("email", "offers")}))
    merge(survivor=ada.pk, merged=twin.pk, choices=chosen, by=lead, at=noon)
    assert Consent.objects.get(contact=ada).granted is True
    assert AuditEntry.objects.get(action="contact.merged").detail["newer_yes"] == ["email offers"]


def test_a_newer_no_is_never_turned_into_a_yes(ada, twin, lead, noon):
    answer(ada, True, noon - timedelta(days=20), lead, noon)
    answer(twin, False, noon - timedelta(days=10), lead, noon)
    chosen = Choices(answers=frozenset({("email", "offers")}))
    merge(survivor=ada.pk, merged=twin.pk, choices=chosen, by=lead, at=noon)
    assert Consent.objects.get(contact=ada).granted is False


def test_a_chain_of_merges_leads_to_its_end_and_is_undone_from_its_end(ada, twin, contact, lead, noon):
    third = contact("Bea")
    first = merge(survivor=ada.pk, merged=twin.pk, by=lead, at=noon)
    second = merge(survivor=third.pk, merged=ada.pk, by=lead, at=noon)
    assert living_numbers([ada.pk, twin.pk]) == {ada.pk: third.pk, twin.pk: third.pk}
    assert not Contact.objects.filter(merged_into__merged_into__isnull=False).exists()
    with pytest.raises(NotMerged, match="Undo that merge first"):
        undo(merge=first, by=lead, at=noon)
    undo(merge=second, by=lead, at=noon)
    assert living_numbers([ada.pk, twin.pk]) == {ada.pk: ada.pk, twin.pk: ada.pk}
    undo(merge=first, by=lead, at=noon)
    assert living_numbers([ada.pk, twin.pk]) == {ada.pk: ada.pk, twin.pk: twin.pk}


def test_the_merge_of_a_number_that_was_merged_goes_to_whom_it_stands_for(ada, twin, contact, lead, noon):
    third = contact("Bea")
    merge(survivor=ada.pk, merged=twin.pk, by=lead, at=noon)
    merge(survivor=twin.pk, merged=third.pk, by=lead, at=noon)
    assert living_numbers([third.pk]) == {third.pk: ada.pk}


def test_undone_both_are_as_before(ada, twin, lead, noon):
    for one in (ada, twin):
        fill(one, lead, noon)
    answer(ada, True, noon - timedelta(days=20), lead, noon)
    answer(twin, False, noon - timedelta(days=30), lead, noon)
    tag_many(contact_ids=[ada.pk], tag="vip", by=lead, at=noon)
    before = state(ada), state(twin)
    made = merge(survivor=ada.pk, merged=twin.pk, by=lead, at=noon)
    undo(merge=made, by=lead, at=noon + timedelta(days=29))
    assert (state(ada), state(twin)) == before
    made.refresh_from_db()
    assert made.kept == {}
    undo(merge=made, by=lead, at=noon + timedelta(days=29))
    assert AuditEntry.objects.filter(action="contact.merge_undone").count() == 1


def test_what_came_since_stays_with_the_survivor_when_undone(ada, twin, lead, noon):
    made = merge(survivor=ada.pk, merged=twin.pk, by=lead, at=noon)
    add_note(contact=ada, body="since", by=lead, at=noon)
    ada.refresh_from_db()
    edit(contact_id=ada.pk, attributes={"city": "York"}, by=lead, at=noon + timedelta(hours=1))
    undo(merge=made, by=lead, at=noon + timedelta(hours=2))
    assert state(ada)["attributes"]["city"] == "York"
    assert state(twin)["attributes"]["city"] == "Leeds"
    assert Note.objects.get().contact_id == ada.pk


def test_after_thirty_days_it_is_too_late_and_what_an_undoing_needs_is_forgotten(ada, twin, lead, noon):
    made = merge(survivor=ada.pk, merged=twin.pk, by=lead, at=noon)
    late = noon + timedelta(days=31)
    with pytest.raises(NotMerged, match="older than 30 days"):
        undo(merge=made, by=lead, at=late)
    assert forget_old(at=noon + timedelta(days=29)) == 0
    assert forget_old(at=late) == 1
    made.refresh_from_db()
    twin.refresh_from_db()
    assert (made.kept, twin.attributes, twin.last_name) == ({}, {}, "")
    assert living_numbers([twin.pk]) == {twin.pk: ada.pk}


def test_erasing_the_survivor_erases_whoever_was_merged_into_it(ada, twin, lead, noon, person):
    merge(survivor=ada.pk, merged=twin.pk, by=lead, at=noon)
    erase(contact=ada, by=person("administrator"), at=noon)
    twin.refresh_from_db()
    assert twin.attributes == {}
    assert not Merge.objects.exists()
    assert not ContactChange.objects.exists()
    assert living_numbers([twin.pk, ada.pk]) == {}


def test_a_later_import_that_names_the_merged_one_reaches_the_survivor(ada, twin, lead, noon):
    merge(survivor=ada.pk, merged=twin.pk, by=lead, at=noon)
    row = ContactRow(1, [ImportNaming("email", "ada+shop@example.com", "ada+shop@example.com")])
    row.attributes = {"city": "York"}
    written, _ = write_people([row], seen=Marks(), by=lead, at=noon, source="import 1")
    assert (written.created, written.updated) == (0, 1)
    ada.refresh_from_db()
    assert ada.attributes["city"] == "York"
    at = noon - timedelta(hours=1)
    happened = InteractionRow(2, [ImportNaming("phone", "+442079460000", "x")], kind="call", at=at)
    write_interactions([happened], ["m1"], by=lead, at=noon, source="import 1")
    assert Interaction.objects.get().contact_id == ada.pk


def test_a_merge_with_many_interactions_takes_a_bounded_number_of_queries(
    ada, twin, lead, noon, django_assert_max_num_queries
):
    Interaction.objects.bulk_create(
        Interaction(contact=twin, kind="call", at=noon - timedelta(minutes=n), source="x", message_id=str(n))
        for n in range(2_000)
    )
    with django_assert_max_num_queries(110):
        merge(survivor=ada.pk, merged=twin.pk, by=lead, at=noon)
    assert Interaction.objects.filter(contact=ada).count() == 2_000
