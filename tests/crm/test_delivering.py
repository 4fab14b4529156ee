"""A message delivered again counts once; ids follow the order in which messages came."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, connections, transaction

from crm.actions.delivering import claim, delivered
from crm.models import Contact, Delivery, Interaction

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)


def test_ids_rise_in_the_order_received_and_a_second_claim_gets_none() -> None:
    keys = [("shop", "z"), ("shop", "a"), ("mail", "a"), ("shop", "z")]
    with transaction.atomic():
        first = claim(keys)
        assert claim(keys) == {}
    assert [first[key] for key in keys[:3]] == sorted(first.values())
    assert delivered([*keys, ("shop", "new")]) == first


def test_an_id_given_to_a_claim_is_given_to_nobody_else() -> None:
    person = Contact.objects.create()
    made = Interaction.objects.create(contact=person, kind="call", at=NOON, source="x", message_id="1")
    with transaction.atomic():
        claimed = claim([("shop", "a"), ("shop", "b")])
        later = claim([("shop", "c")])
    other = Interaction.objects.create(contact=person, kind="call", at=NOON, source="x", message_id="2")
    assert len({made.pk, *claimed.values(), *later.values(), other.pk}) == 5


def test_names_are_data() -> None:
    keys = [('"], [', "'; DROP TABLE"), ("{}", "\\u0000"), ("ü\n", "🦊")]
    with transaction.atomic():
        assert set(claim(keys)) == set(keys)
    assert set(delivered(keys)) == set(keys)


def test_a_batch_takes_few_queries(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    with transaction.atomic(), django_assert_max_num_queries(6):
        assert len(claim([("shop", str(number)) for number in range(9_000)])) == 9_000


@pytest.mark.django_db(transaction=True)
def test_two_who_claim_the_same_at_once_share_it() -> None:
    keys = [("shop", str(number)) for number in range(200)]
    got: list[set[tuple[str, str]]] = []

    def work(mine: list[tuple[str, str]]) -> None:
        try:
            with transaction.atomic():
                got.append(set(claim(mine)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(keys[:: 1 - 2 * (n % 2)],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(some) for some in got) == [0, 0, 0, 200]
    assert Delivery.objects.count() == 200
    connection.close()
