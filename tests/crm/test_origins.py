"""Each value of a profile tells where it comes from and since when."""

from __future__ import annotations

from datetime import timedelta

from crm.actions import contacts
from crm.actions.contacts import Naming
from crm.models import AttributeDefinition, ContactChange
from crm.queries.origins import origins_of


def test_the_newest_change_of_each_value_tells(person, noon, django_assert_num_queries, signed_in):
    for name in ("city", "age"):
        AttributeDefinition.objects.create(name=name, label=name.title(), type="text")
    by = person("service")
    ada = contacts.create(
        first_name="Ada",
        attributes={"city": "<i>Graz</i>", "age": "36"},
        identifiers=[Naming("email", "ada@example.com")],
        by=by,
        at=noon,
    )
    later = noon + timedelta(days=3)
    ContactChange.objects.create(
        contact=ada, at=later, source="import 12", changes={"age": ["36", "37"]}, by=None
    )
    with django_assert_num_queries(1):
        found = origins_of(ada.pk)
    assert (found["age"].words, found["age"].at) == ("import 12", later)
    assert found["city"].words == "by hand, Service Person"
    assert found["email"].at == noon
    page = signed_in("service").get(f"/contacts/{ada.pk}/").content.decode()
    assert 'title="import 12, 18 Mar 2026, 12:00"' in page
    assert "<i>Graz" not in page


def test_a_customer_without_changes_tells_nothing(contact, signed_in):
    ada = contact(city="Graz")
    assert origins_of(ada.pk) == {}
    assert 'class="origin"' not in signed_in("service").get(f"/contacts/{ada.pk}/").content.decode()
