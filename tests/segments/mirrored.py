"""A mirror that is written to: people who change, what the quick judgement does, and what must then be true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from crm.actions.touching import touch
from crm.models import Contact, ContactChange, ContactTouch, Interaction
from segments.mirror import everyone, held, patches, store
from segments.models import MirrorState
from segments.queries.building.counting import count
from tests.segments.canonical import as_the_database_says, contents

AS_OF = datetime(2026, 3, 15, 12, tzinfo=UTC)
PARIS = {"version": 1, "rule": {"attribute": "city", "op": "is", "value": "Paris"}}


def as_a_new_process() -> None:
    held.forget()
    store._open.clear()
    store._looked_at.clear()
    store._verifying.clear()
    store._verified.cache_clear()
    patches._contacts.clear()


def found(document: dict[str, Any] = PARIS) -> int:
    return count(document, as_of=AS_OF).count


def change(contact: Contact, **attributes: object) -> None:
    with transaction.atomic():
        contact.refresh_from_db()
        before = dict(contact.attributes)
        contact.attributes |= attributes
        contact.save()
        changes = {name: [before.get(name), value] for name, value in attributes.items()}
        ContactChange.objects.create(contact=contact, at=AS_OF, source="test", changes=changes)
        touch([contact.pk], cause="attribute")


def buy(contact: Contact, number: int, **properties: object) -> None:
    with transaction.atomic():
        Interaction.objects.create(
            contact=contact, kind="purchase", at=AS_OF - timedelta(days=number), amount=number,
            properties=properties, source="test", message_id=f"{contact.pk}-{number}",
        )  # fmt: skip
        touch([contact.pk], cause="interaction")


def judged_quickly() -> int:
    """What the quick judgement does with the mirror: a patch of all touched, registered as their touches go."""
    touched = list(ContactTouch.objects.values_list("pk", "contact_id"))
    patch = patches.read_changed({contact for _, contact in touched if contact is not None})
    with transaction.atomic():
        state = MirrorState.objects.locked()
        overtaken = patches.covered_since(patch.since)
        assert overtaken is not None
        patch = patch.without(overtaken)
        state.patch = patches.store(patch, state.patch + 1)
        ContactTouch.objects.filter(pk__in=[pk for pk, contact in touched if contact in patch.ids]).delete()
        state.save()
    return state.patch


def is_whole() -> None:
    """The mirror says of everybody what the database says."""
    seen = everyone.now(rebuild=False)
    keys = list(Contact.objects.values_list("pk", flat=True))
    assert tracked(contents(seen)) == tracked(as_the_database_says(keys))
    assert sorted(contents(seen)) == sorted(int(key) for key in seen.ids)


def tracked(told: dict[int, Any]) -> dict[int, Any]:
    """Only the histories that rules asked for: a snapshot holds no others."""
    names = store.wanted("histories")
    return {
        key: (attributes, rows, {name: histories[name] for name in names & histories.keys()})
        for key, (attributes, rows, histories) in told.items()
    }


def many_changes(contact: Callable[..., Contact]) -> list[Contact]:
    people = [contact(f"Person {number}", city=["Paris", "Rome"][number % 2]) for number in range(30)]
    everyone.now()
    mixed = [1, "1", "one", True, 2.5, ["a", "b"], "2026-03-01", None, "", {"deep": {"x": 1}}]
    for number in range(40):
        person = people[number * 7 % 30]
        change(person, city=["Oslo", "Paris", "Rome"][number % 3], mixed=mixed[number % 10])
        buy(person, number, sku=f"s{number % 4}", worth=mixed[number % 9])
        if number % 2:
            judged_quickly()
    Contact.objects.filter(pk=people[3].pk).update(erased_at=AS_OF)
    touch([people[3].pk], cause="erasure")
    judged_quickly()
    return people
