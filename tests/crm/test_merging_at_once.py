"""Merges at the same moment as other merges, deliveries and imports, with real connections."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import close_old_connections, connection

from crm.actions.contacts import edit
from crm.actions.merging.merging import NotMerged, merge
from crm.actions.notes import NoteRefused, add
from crm.actions.recording import record_interactions
from crm.domain.interaction_items import ContactKey, InteractionItem
from crm.models import Contact, Identifier, Interaction, Merge, Note

pytestmark = pytest.mark.django_db(transaction=True)


def together(*works: Callable[[], Any]) -> list[Any]:
    """What each work gave, or its exception; all begun at once, each with a connection of its own."""
    ready, answers = threading.Barrier(len(works)), [None] * len(works)

    def do(place: int, work: Callable[[], Any]) -> None:
        try:
            ready.wait(10)
            answers[place] = work()
        except Exception as error:
            answers[place] = error
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def named(contact: Callable[..., Contact], name: str) -> Contact:
    made = contact(name, "Doe")
    Identifier.objects.create(contact=made, kind="external_id", value=name, shown=name)
    return made


def test_two_merge_each_into_the_other_and_one_wins(contact: Any, person: Any, noon: Any) -> None:
    by = person("service lead")
    for turn in range(8):
        one, other = named(contact, f"a{turn}"), named(contact, f"b{turn}")
        answers = together(
            lambda a=one.pk, b=other.pk: merge(survivor=a, merged=b, by=by, at=noon),
            lambda a=one.pk, b=other.pk: merge(survivor=b, merged=a, by=by, at=noon),
        )
        assert sorted(type(answer) for answer in answers if isinstance(answer, Exception)) in (
            [NotMerged],
            [],
        )
        pair = Contact.objects.filter(pk__in=(one.pk, other.pk))
        assert pair.filter(merged_into__isnull=True).count() == 1
        assert Merge.objects.filter(survivor__in=pair).count() == 1


def test_the_same_merge_asked_for_twice_at_once_is_one(contact: Any, person: Any, noon: Any) -> None:
    by = person("service lead")
    for turn in range(8):
        one, other = named(contact, f"a{turn}"), named(contact, f"b{turn}")
        work = lambda a=one.pk, b=other.pk: merge(survivor=a, merged=b, by=by, at=noon).pk  # noqa: E731
        first, second = together(work, work)
        assert first == second
        assert isinstance(first, int)


def test_what_is_delivered_while_customers_merge_is_the_survivors(
    contact: Any, person: Any, noon: Any
) -> None:
    by = person("service lead")
    for turn in range(12):
        one, other = named(contact, f"a{turn}"), named(contact, f"b{turn}")
        items = [
            InteractionItem(
                contact=ContactKey("external_id", f"b{turn}", f"b{turn}"),
                kind="call",
                at=noon,
                source="x",
                message_id=f"{turn}-{number}",
            )
            for number in range(20)
        ]

        def deliver(items: list[InteractionItem] = items, by: Any = by) -> None:
            for item in items:
                record_interactions(items=[item], origin="test", by=by, at=noon)

        def note(other: Contact = other, by: Any = by) -> None:
            try:
                add(contact=other, body="hello", by=by, at=noon)
            except NoteRefused:
                add(contact=one, body="hello", by=by, at=noon)  # noqa: B023

        answers = together(
            deliver, note, lambda a=one.pk, b=other.pk: merge(survivor=a, merged=b, by=by, at=noon).pk
        )
        assert not [answer for answer in answers if isinstance(answer, Exception)], answers
        assert Interaction.objects.filter(contact=one).count() == 20
        assert Note.objects.filter(contact=one).count() == 1
        assert not Interaction.objects.filter(contact=other).exists()
        assert not Note.objects.filter(contact=other).exists()


def test_an_edit_at_the_same_moment_is_seen_or_refused_and_never_lost_halfway(
    contact: Any, person: Any, noon: Any
) -> None:
    by = person("service lead")
    for turn in range(8):
        one, other = named(contact, f"a{turn}"), named(contact, f"b{turn}")
        answers = together(
            lambda a=one.pk, b=other.pk: merge(survivor=a, merged=b, by=by, at=noon).pk,
            lambda b=other.pk: edit(contact_id=b, attributes={"visits": 7}, by=by, at=noon),
        )
        one.refresh_from_db()
        assert isinstance(answers[0], int)
        assert ("visits" in one.attributes) is not isinstance(answers[1], Exception)
