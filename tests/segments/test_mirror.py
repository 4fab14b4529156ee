"""The mirror: built whole, patched by what changed, never believed when torn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction

from crm.actions.touching import touch, touch_everyone
from crm.models import Contact, ContactTouch, Identifier, Interaction
from segments.mirror import everyone, held, store
from segments.queries.building.counting import count

AS_OF = datetime(2026, 3, 15, 12, tzinfo=UTC)
PARIS = {"version": 1, "rule": {"attribute": "city", "op": "is", "value": "Paris"}}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: object, tmp_path: Path) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"  # type: ignore[attr-defined]


def as_a_new_process() -> None:
    held.forget()
    store._open.clear()
    store._looked_at.clear()
    store._verifying.clear()
    store._verified.cache_clear()


def found(document: dict[str, object] = PARIS) -> int:
    return count(document, as_of=AS_OF).count


def change(contact: Contact, **attributes: object) -> None:
    with transaction.atomic():
        contact.attributes |= attributes
        contact.save()
        touch([contact.pk], cause="attribute")


def test_a_change_is_seen_through_the_patch(contact: Callable[..., Contact]) -> None:
    ada, bob = contact("Ada", city="Paris"), contact("Bob", city="Rome")
    assert found() == 1
    generation = store.newest()
    change(bob, city="Paris")
    assert found() == 2
    change(ada, city="Rome")
    assert found() == 1
    assert store.newest() == generation


def test_new_and_erased_contacts_are_seen(contact: Callable[..., Contact]) -> None:
    ada = contact("Ada", city="Paris")
    assert found() == 1
    eve = contact("Eve", city="Paris")
    with transaction.atomic():
        touch([eve.pk], cause="attribute")
    assert found() == 2
    with transaction.atomic():
        Contact.objects.filter(pk=ada.pk).update(erased_at=AS_OF)
        touch([ada.pk], cause="erasure")
    counted = count(PARIS, as_of=AS_OF)
    assert (counted.count, counted.total) == (1, 1)


def test_a_snapshot_takes_up_what_the_patch_held(contact: Callable[..., Contact]) -> None:
    ada = contact("Ada", city="Paris")
    assert found() == 1
    change(ada, city="Rome")
    everyone.snapshot()
    touch_pk = ContactTouch.objects.get().pk
    seen = everyone.now()
    assert (seen.touches, seen.live_touches) == ((touch_pk,), ())  # held, and deleted by who writes verdicts
    assert found() == 0


def test_a_bulk_load_leaves_a_page_behind_until_the_next_snapshot(contact: Callable[..., Contact]) -> None:
    contact("Ada", city="Paris")
    assert found() == 1
    contact("Eve", city="Paris")
    with transaction.atomic():
        touch_everyone(cause="attribute")
    counted = count(PARIS, as_of=AS_OF)
    assert (counted.count, counted.behind) == (1, True)
    counted = count(PARIS, as_of=AS_OF, rebuild=True)
    assert (counted.count, counted.behind) == (2, False)


def test_a_torn_generation_is_removed_and_built_again(contact: Callable[..., Contact]) -> None:
    contact("Ada", city="Paris")
    assert found() == 1
    generation = store.newest()
    assert generation is not None
    as_a_new_process()
    victim = generation.path / "at.npy"
    victim.write_bytes(victim.read_bytes() + b"\x00")
    assert found() == 1
    assert not (generation.path / "at.npy").exists() or store.newest() != generation


def test_a_foreign_folder_is_not_believed(contact: Callable[..., Contact], settings: object) -> None:
    contact("Ada", city="Paris")
    foreign = Path(settings.MIRROR_DIR) / "gen-99999999"  # type: ignore[attr-defined]
    foreign.mkdir(parents=True)
    (foreign / "manifest.json").write_text('{"format": 99}')
    assert found() == 1


def test_rules_read_identifiers_amounts_and_companies(contact: Callable[..., Contact]) -> None:
    ada = contact("Ada")
    Identifier.objects.create(contact=ada, kind="email", value="ada@paris.example", shown="Ada@Paris.example")
    Identifier.objects.create(contact=ada, kind="email", value="ada@home.example", shown="ada@home.example")
    for number, amount in enumerate(("0.1", "0.2")):
        Interaction.objects.create(
            contact=ada, kind="purchase", at=AS_OF, amount=amount, source="test", message_id=str(number)
        )
    mail = {"attribute": "email", "op": "ends_with", "value": "@home.example"}
    spent = {"fn": "sum", "property": "amount"}
    rule = {"all": [mail, {"interaction": "purchase", "measure": spent, "op": "eq", "value": 0.3}]}
    assert found({"version": 1, "rule": rule}) == 1


def test_counts_stand_at_every_node(contact: Callable[..., Contact]) -> None:
    contact("Ada", city="Paris", age=30)
    contact("Bob", city="Paris")
    contact("Eve")
    rule = {"all": [PARIS["rule"], {"not": {"attribute": "age", "op": "gte", "value": 18}}, {"any": []}]}
    counted = count({"version": 1, "rule": rule}, as_of=AS_OF)
    assert counted.nodes == {"": 1, "/all/0": 2, "/all/1": 2, "/all/1/not": 1, "/all/2": 0}
    assert counted.total == 3
