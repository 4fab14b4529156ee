"""Patches over a snapshot say what a fresh snapshot says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from crm.actions.touching import touch
from crm.models import Contact, ContactTouch, Interaction
from segments.mirror import compacting, everyone, patches, snapshots, store
from segments.models import MirrorState
from segments.queries.building.counting import count
from tests.segments.canonical import as_the_database_says, contents
from tests.segments.mirrored import (
    AS_OF,
    PARIS,
    as_a_new_process,
    buy,
    change,
    found,
    is_whole,
    judged_quickly,
    many_changes,
    tracked,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"
    store.want(set(), {"city", "mixed"})
    as_a_new_process()


def test_registered_patches_stand_for_their_contacts(contact: Callable[..., Contact]) -> None:
    ada, bob = contact("Ada", city="Paris"), contact("Bob", city="Rome")
    assert found() == 1
    change(bob, city="Paris")
    number = judged_quickly()
    assert ContactTouch.objects.count() == 0
    assert found() == 2
    change(ada, city="Oslo")
    buy(bob, 1, sku="a")
    judged_quickly()
    buy(bob, 2, sku="b", gift=True)
    assert found() == 1
    is_whole()
    assert patches.covered_since(number) == {ada.pk, bob.pk}
    assert patches.covered_since(number + 1) == frozenset()
    as_a_new_process()
    assert found() == 1
    is_whole()


def test_an_unmoved_state_costs_three_small_queries(
    contact: Callable[..., Contact], django_assert_num_queries: Any
) -> None:
    ada = contact("Ada", city="Paris")
    everyone.now()
    change(ada, city="Rome")
    judged_quickly()
    change(contact("Eve"), city="Paris")
    first = everyone.now(rebuild=False)
    with django_assert_num_queries(3):  # touches, state, declared types
        assert everyone.now(rebuild=False) is first
    assert len(first.live_touches) == 1


def test_those_gone_are_gone_through_patches_too(contact: Callable[..., Contact]) -> None:
    ada, bob, _ = contact("Ada", city="Paris"), contact("Bob", city="Paris"), contact("Eve")
    assert found() == 2
    with transaction.atomic():
        Contact.objects.filter(pk=ada.pk).update(erased_at=AS_OF)
        touch([ada.pk], cause="erasure")
    judged_quickly()
    assert found() == 1
    with transaction.atomic():
        Contact.objects.filter(pk=bob.pk).update(merged_into=ada.pk)
        touch([bob.pk], cause="merge")
    judged_quickly()
    counted = count(PARIS, as_of=AS_OF)
    assert (counted.count, counted.total) == (0, 1)
    with transaction.atomic():
        Contact.objects.filter(pk=bob.pk).update(merged_into=None)
        touch([bob.pk], cause="merge")
    judged_quickly()
    assert found() == 1
    is_whole()


def test_a_patch_that_came_late_is_left_out_where_it_was_overtaken(contact: Callable[..., Contact]) -> None:
    ada, bob = contact("Ada", city="Paris"), contact("Bob", city="Paris")
    everyone.now()
    slow = patches.read_changed([ada.pk, bob.pk])
    change(ada, city="Rome")
    judged_quickly()
    overtaken = patches.covered_since(slow.since)
    assert overtaken == {ada.pk}
    assert slow.without(overtaken).ids.tolist() == [bob.pk]


def test_a_patch_registered_while_a_snapshot_is_read_does_not_overrule_it(
    contact: Callable[..., Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = contact("Ada", city="Paris")
    everyone.now()
    change(ada, city="Rome")
    touched = list(ContactTouch.objects.values_list("pk", flat=True))
    old = patches.read_changed([ada.pk])
    read = snapshots.read_everyone

    def slowly(*args: Any) -> Any:
        change(ada, city="Oslo")  # read by the snapshot, not by the patch
        population = read(*args)
        with transaction.atomic():
            state = MirrorState.objects.locked()
            state.patch = patches.store(old, state.patch + 1)
            ContactTouch.objects.filter(pk__in=touched).delete()
            state.save()
        return population

    monkeypatch.setattr(snapshots, "read_everyone", slowly)
    everyone.snapshot()
    is_whole()
    ContactTouch.objects.all().delete()
    is_whole()


def test_patches_merge_into_bigger_ones(
    contact: Callable[..., Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    many_changes(contact)
    state = MirrorState.objects.current()
    before = everyone.now(rebuild=False)
    assert len(patches.chain(0, state.patch)) == state.patch
    assert everyone.compact()
    assert len(patches.chain(0, state.patch)) == 1
    assert len(patches.chain(0, state.patch, finest=True)) == state.patch
    assert not everyone.compact()
    is_whole()
    as_a_new_process()
    is_whole()
    monkeypatch.setattr(compacting, "KEPT_FOR", timedelta(seconds=-5))
    everyone.compact()
    assert len(patches.listed()) == 1
    as_a_new_process()
    is_whole()
    assert tracked(contents(before)) == tracked(contents(everyone.now()))


def test_patches_become_a_new_snapshot_without_the_database(
    contact: Callable[..., Contact], monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    many_changes(contact)
    old = MirrorState.objects.current()
    everyone.now(rebuild=False)
    monkeypatch.setattr(compacting, "LEAST", 3)
    with django_assert_max_num_queries(8):
        assert everyone.compact()
    new = MirrorState.objects.current()
    assert (new.generation > old.generation, new.patch) == (True, old.patch)
    as_a_new_process()
    seen = everyone.now(rebuild=False)
    assert len(seen.parts) == 1
    assert seen.snapshot.histories.keys() == {"city", "mixed"}
    asked = as_the_database_says([int(key) for key in seen.ids])
    for key, (attributes, rows, histories) in contents(seen).items():
        assert attributes == asked[key][0]
        assert histories.get("city") == asked[key][2].get("city")
        kept = [
            (kind, at, {name: p[name] for name in ("sku", "worth") if name in p})
            for kind, at, p in asked[key][1]
        ]
        assert [(kind, at, {n: p[n] for n in ("sku", "worth") if n in p}) for kind, at, p in rows] == kept
    fresh = snapshots.read_everyone(store.wanted(), store.wanted("histories"))
    for name, column in fresh.attributes.items():
        merged = seen.snapshot.attributes.get(name)
        assert (merged.dictionary.type if merged else None) == column.dictionary.type, name


def test_a_snapshot_of_patches_leaves_out_what_the_one_before_did(
    contact: Callable[..., Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the first left out is not known of everybody; what first came in a patch is."""
    ada, bob, eve = contact("Ada"), contact("Bob"), contact("Eve")
    buy(ada, 1, rare="a")
    monkeypatch.setattr("segments.mirror.bulk.MOST_NAMES", 0)
    everyone.snapshot()
    ContactTouch.objects.all().delete()
    monkeypatch.setattr(compacting, "LEAST", 1)
    monkeypatch.setattr(compacting, "MANY", 1)
    monkeypatch.setattr(compacting, "SHARE", 0)
    buy(bob, 1, rare="b", new="n")
    judged_quickly()
    buy(eve, 1, rare="b", new="n")
    judged_quickly()
    before = store.newest()
    assert everyone.compact()
    newest = store.newest()
    assert newest is not None
    assert newest != before
    assert newest.properties == {"amount", "new"}
    assert newest.left_out() == {"rare"}
    assert newest.lacks({"new", "rare", "nobody has it"}) == {"rare"}


VALUES = [1, 2, "1", "one", "ONE", True, "true", 2.0, ["1", "one"], [1], "2026-03-01", "2026-03-01T10:00:00Z"]
ASKED = [
    ("is", 1),
    ("is", "1"),
    ("is", "one"),
    ("is", True),
    ("is_not", "1"),
    ("in", [1, "one"]),
    ("is", "2026-03-01"),
]


@pytest.mark.parametrize("before", range(0, len(VALUES), 2))
def test_types_are_those_of_a_fresh_snapshot(contact: Callable[..., Contact], before: int) -> None:
    """Values that make a numeric column text, and those that are no longer there, in the snapshot or a patch."""
    people = [contact(f"Person {number}", x=VALUES[before]) for number in range(3)]
    people.append(contact("Odd", x=VALUES[(before + 3) % len(VALUES)]))
    for person in people:
        buy(person, 1, y=person.attributes["x"])
    everyone.now()
    ContactTouch.objects.all().delete()
    for number, value in enumerate(VALUES):
        change(people[number % 4], x=value)
        if number % 3 == 0:
            Interaction.objects.filter(contact=people[number % 4]).update(properties={"y": value})
        if number % 2:
            judged_quickly()
        patched = answers()
        as_a_new_process()
        assert answers() == patched
        snapshots.write(lambda: datetime.now(UTC))
        kept = MirrorState.objects.current()
        as_a_new_process()
        assert answers() == patched, (before, number)
        MirrorState.objects.update(generation=kept.generation)


def answers() -> list[int]:
    return [
        found({"version": 1, "rule": rule})
        for op, value in ASKED
        for rule in (
            {"attribute": "x", "op": op, "value": value},
            {"interaction": "purchase", "where": [{"property": "y", "op": op, "value": value}]},
        )
    ]


def test_a_property_that_came_after_the_snapshot_needs_no_other(contact: Callable[..., Contact]) -> None:
    buy(contact("Ada"), 1, sku="a")
    rule = {"interaction": "purchase", "where": [{"property": "voucher", "op": "is", "value": "x"}]}
    document = {"version": 1, "rule": rule}
    assert found(document) == 0
    generation = MirrorState.objects.current().generation
    buy(contact("Bob"), 2, voucher="x")
    assert found(document) == 1
    judged_quickly()
    assert found(document) == 1
    assert MirrorState.objects.current().generation == generation
