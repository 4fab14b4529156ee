"""Interactions by month on PostgreSQL: made ahead, filled from the rest, invisible to everybody else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from crm.actions.partitioning import months_between, prepare_months, tend_months
from crm.models import Contact, Interaction

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 15)


def happened(contact: Contact, at: datetime, number: int) -> Interaction:
    return Interaction.objects.create(
        contact=contact, kind="call", at=at, source="x", message_id=str(number), properties={}
    )


def test_months_between_two_instants() -> None:
    first, last = datetime(2025, 11, 30, 23, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    assert list(months_between(first, last)) == [
        date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)
    ]  # fmt: skip


def test_elsewhere_nothing_is_cut() -> None:
    if connection.vendor != "postgresql":
        assert prepare_months([TODAY], today=TODAY) == []
        assert tend_months(today=TODAY) == []


def test_what_waits_in_the_rest_moves_into_its_month() -> None:
    person = Contact.objects.create()
    edge = datetime(2019, 5, 1, tzinfo=UTC)
    instants = [edge - timedelta(microseconds=1), edge, datetime(2019, 5, 31, 23, 59, tzinfo=UTC)]
    rows = [
        happened(person, at, number)
        for number, at in enumerate([*instants, datetime(1950, 1, 1, tzinfo=UTC)])
    ]
    made = tend_months(today=TODAY)
    assert sorted(Interaction.objects.values_list("pk", flat=True)) == [row.pk for row in rows]
    if connection.vendor != "postgresql":
        return
    assert {"crm_interaction_y2019m04", "crm_interaction_y2019m05", "crm_interaction_y2026m06"} <= set(made)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM crm_interaction ORDER BY id")
        assert [name for (name,) in cursor.fetchall()] == [
            "crm_interaction_y2019m04",
            "crm_interaction_y2019m05",
            "crm_interaction_y2019m05",
            "crm_interaction_rest",
        ]
    assert tend_months(today=TODAY) == []


def test_a_month_made_by_one_is_there_for_all() -> None:
    days = [date(2018, 7, 9), datetime(2018, 7, 31, 23, 30, tzinfo=UTC), date(1970, 1, 1), date(2090, 1, 1)]
    made = prepare_months(days, today=TODAY)
    assert made == (["crm_interaction_y2018m07"] if connection.vendor == "postgresql" else [])
    person = Contact.objects.create()
    row = happened(person, datetime(2018, 7, 20, tzinfo=UTC), 1)
    row.refresh_from_db()
    Interaction.objects.filter(pk=row.pk).update(at=datetime(2018, 9, 1, tzinfo=UTC))  # moves between tables
    assert Interaction.objects.get(pk=row.pk).at.month == 9
    person.delete()
    assert not Interaction.objects.exists()
