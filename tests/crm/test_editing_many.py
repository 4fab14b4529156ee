"""A batch that changes attributes changes many contacts together, and leaves what changing each alone would leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from crm.actions.upserting import upsert
from crm.domain.contact_items import ContactItem
from crm.domain.roles import Role
from crm.models import (
    AuditEntry,
    Contact,
    ContactChange,
    ContactTouch,
    Identifier,
    OutboxEvent,
    SearchTerm,
    User,
)

NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@example.com", None, name="Ada", role=Role.ADMINISTRATOR)


@pytest.fixture
def known(contact: Callable[..., Contact]) -> list[Contact]:
    made = [contact(f"N{n}", points=n) for n in range(30)]
    for n, one in enumerate(made):
        Identifier.objects.create(contact=one, kind="external_id", value=f"x{n}", shown=f"x{n}")
    return made


def item(n: int, **attributes: Any) -> ContactItem:
    return ContactItem(named={"external_id": {f"x{n}": f"x{n}"}}, attributes=attributes)


def test_attributes_history_touch_and_audit_are_those_of_each_alone(known: list[Contact], ada: User) -> None:
    items = [item(0, points=5, city="Graz"), item(1, points=1), item(2, points=None)]
    outcomes = upsert(items=items, source="api:t", by=ada, at=NOON)
    assert [(one.status, one.contact) for one in outcomes] == [("updated", one.pk) for one in known[:3]]
    kept = [Contact.objects.get(pk=one.pk) for one in known[:3]]
    assert [one.attributes for one in kept] == [{"points": 5, "city": "Graz"}, {"points": 1}, {}]
    assert [one.updated_at == NOON for one in kept] == [True, False, True]  # nothing changed in the second
    history = (
        ContactChange.objects.filter(source="api:t").order_by("pk").values_list("contact_id", "changes", "by")
    )
    assert list(history) == [
        (known[0].pk, {"points": [0, 5], "city": [None, "Graz"]}, ada.pk),
        (known[2].pk, {"points": [2, None]}, ada.pk),
    ]
    touches = ContactTouch.objects.order_by("pk").values_list("contact_id", "cause", "evidence")
    assert list(touches) == [
        (known[0].pk, "attribute", {"attributes": ["city", "points"]}),
        (known[2].pk, "attribute", {"attributes": ["points"]}),
    ]
    audit = AuditEntry.objects.filter(action="contact.edited").order_by("pk")
    assert [one.subject for one in audit] == [f"contact {known[0].pk}", f"contact {known[2].pk}"]
    assert audit[0].detail == {"source": "api:t", "fields": ["city", "points"]}
    assert OutboxEvent.objects.get().payload["contacts"] == sorted(one.pk for one in known[:3])


def test_a_contact_named_twice_gets_both_in_their_order(known: list[Contact], ada: User) -> None:
    upsert(items=[item(0, points=1), item(1, points=7), item(0, points=2)], source="t", by=ada, at=NOON)
    assert [Contact.objects.get(pk=one.pk).attributes["points"] for one in known[:2]] == [2, 7]
    first = ContactChange.objects.filter(contact=known[0], source="t").order_by("pk")
    assert [one.changes["points"] for one in first] == [[0, 1], [1, 2]]


def test_an_identifier_written_another_way_or_new_is_kept_as_sent(known: list[Contact], ada: User) -> None:
    Identifier.objects.create(contact=known[0], kind="email", value="a@example.com", shown="a@example.com")
    other = ContactItem(named={"email": {"a@example.com": "A@Example.com"}}, attributes={"points": 50})
    more = ContactItem(named={"external_id": {"x1": "x1"}, "email": {"n@example.com": "n@example.com"}})
    upsert(items=[other, more], source="t", by=ada, at=NOON)
    assert Identifier.objects.get(value="a@example.com").shown == "A@Example.com"
    assert Contact.objects.get(pk=known[0].pk).attributes == {"points": 50}
    assert Identifier.objects.get(value="n@example.com").contact_id == known[1].pk
    assert SearchTerm.objects.filter(contact=known[1], term__startswith="n@").exists()


def test_an_erased_contact_is_not_changed(known: list[Contact], ada: User) -> None:
    Contact.objects.filter(pk=known[0].pk).update(erased_at=NOON)
    Identifier.objects.filter(contact=known[0]).delete()
    told = upsert(items=[item(0, points=9), item(1, points=9)], source="t", by=ada, at=NOON)
    assert [one.status for one in told] == ["created", "updated"]
    assert Contact.objects.get(pk=known[0].pk).attributes == {"points": 0}


@pytest.mark.parametrize("number", [3, 30])
def test_many_cost_the_queries_of_few(
    known: list[Contact], ada: User, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(9):
        upsert(items=[item(n, points=100 + n) for n in range(number)], source="t", by=ada, at=NOON)
