"""Two who write the same contacts at once do not stop each other."""

import pytest
from django.db import OperationalError, connection

from crm.actions import upserting
from crm.domain.contact_items import ContactItem
from crm.models import Contact, Identifier


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_the_database_ended_is_tried_again(monkeypatch, person, contact, noon):
    ada = contact("Ada")
    Identifier.objects.create(contact=ada, kind="external_id", value="a1", shown="a1")
    item = ContactItem(named={"external_id": {"a1": "a1"}}, attributes={"city": "Leeds"})
    plain, calls = upserting._upsert, []

    def ended_once(*told, **more):
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("deadlock detected")
        return plain(*told, **more)

    monkeypatch.setattr(upserting, "_upsert", ended_once)
    (outcome,) = upserting.upsert(items=[item], source="api:x", by=person("administrator"), at=noon)
    assert (outcome.status, outcome.contact) == ("updated", ada.pk)
    assert Contact.objects.get().attributes["city"] == "Leeds"


@pytest.mark.django_db
def test_editing_a_contact_lets_interactions_of_it_be_recorded(
    person, contact, noon, django_assert_max_num_queries
):
    """An insert that refers to a contact needs its key only: an edit must not lock that."""
    from crm.actions.contacts import edit

    ada = contact("Ada")
    with django_assert_max_num_queries(60) as asked:
        edit(contact_id=ada.pk, attributes={"city": "Leeds"}, by=person("administrator"), at=noon, source="x")
    if connection.vendor == "postgresql":
        locking = [one["sql"] for one in asked.captured_queries if "FOR " in one["sql"]]
        assert any("FOR NO KEY UPDATE" in sql for sql in locking)
        assert not any("FOR UPDATE" in sql and "crm_contact" in sql for sql in locking)
