"""Patches over a snapshot say what a fresh snapshot says, whatever happened to the files between."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import transaction

from crm.actions.touching import touch
from crm.models import Contact, ContactChange, ContactTouch, Interaction
from segments.mirror import compacting, everyone, held, packing, patches, snapshots, store
from segments.models import MirrorState
from segments.queries.building.counting import count
from tests.segments.canonical import as_the_database_says, contents

AS_OF = datetime(2026, 3, 15, 12, tzinfo=UTC)
PARIS = {"version": 1, "rule": {"attribute": "city", "op": "is", "value": "Paris"}}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"
    store.want(set(), {"city", "mixed"})
    as_a_new_process()


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


def test_a_file_above_the_registered_number_is_nobodys(contact: Callable[..., Contact]) -> None:
    ada = contact("Ada", city="Paris")
    assert found() == 1
    change(ada, city="Rome")
    stray = patches.read_changed([ada.pk])
    patches.store(stray, 1)  # a worker that died before its transaction
    change(ada, city="Paris")
    assert found() == 1
    assert judged_quickly() == 1
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


@pytest.mark.parametrize("harm", ["torn", "gone", "foreign", "another"])
def test_a_patch_not_to_be_believed_means_a_full_snapshot(contact: Callable[..., Contact], harm: str) -> None:
    ada = contact("Ada", city="Paris")
    assert found() == 1
    change(ada, city="Rome")
    judged_quickly()
    change(ada, city="Paris")
    judged_quickly()
    first, second = patches.listed()
    data = bytearray(second.path.read_bytes())
    if harm == "torn":
        second.path.write_bytes(data[:-100])
    elif harm == "gone":
        second.path.unlink()
    elif harm == "foreign":
        second.path.write_bytes(
            b"something else altogether, and long enough to look like a header of something"
        )
    else:
        shutil.copy(first.path, second.path)
    as_a_new_process()
    generation = MirrorState.objects.current().generation
    assert found() == 1
    is_whole()
    assert MirrorState.objects.current().generation > generation


def test_one_changed_byte_is_noticed(contact: Callable[..., Contact]) -> None:
    ada = contact("Ada", city="Paris")
    path = Path(store.folder.whole()) / "some"
    packing.write(path, patches.read_changed([ada.pk]).layer, {"first": 1})
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        harmed = bytearray(whole)
        harmed[place] ^= 0x20
        path.write_bytes(harmed)
        try:
            layer, _ = packing.read(path)
        except (packing.Torn, ValueError):
            continue
        assert whole[place:][:1].isspace() or place < 64, place
        assert layer.ids.tolist() == [ada.pk]


def test_a_missing_folder_is_made_again(contact: Callable[..., Contact], settings: Any) -> None:
    ada = contact("Ada", city="Paris")
    assert found() == 1
    change(ada, city="Rome")
    judged_quickly()
    shutil.rmtree(settings.MIRROR_DIR)
    as_a_new_process()
    assert found() == 0
    is_whole()


def test_a_mirror_of_another_database_is_not_believed(contact: Callable[..., Contact], settings: Any) -> None:
    contact("Ada", city="Paris")
    assert found() == 1
    contact("Eve", city="Paris")
    MirrorState.objects.all().delete()  # as a database that was made anew
    as_a_new_process()
    assert found() == 2


def test_a_full_disk_is_said_and_mends_itself(
    contact: Callable[..., Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = contact("Ada", city="Paris")
    assert found() == 1
    change(ada, city="Rome")
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def refused(*_: object, **__: object) -> None:
        raise full

    with monkeypatch.context() as patched:
        patched.setattr(np, "save", refused)
        patched.setattr("pathlib.Path.open", refused)
        with pytest.raises(everyone.Unwritable, match="No space left on device"):
            everyone.snapshot()
        with pytest.raises(OSError, match="No space"):
            judged_quickly()
    assert ContactTouch.objects.count() == 1
    assert found() == 0  # from the snapshot there is, and the database
    judged_quickly()
    everyone.snapshot()
    assert not list(Path(store.folder.whole()).glob(".*"))
    is_whole()


def test_a_small_patch_is_cheap(contact: Callable[..., Contact]) -> None:
    people = [contact(f"Person {number}", city="Paris", age=number) for number in range(100)]
    everyone.now()
    patch = patches.read_changed([person.pk for person in people])
    number = patches.store(patch, 1)
    assert patches.load(patches.listed()[0]).ids.tolist() == patch.ids.tolist()
    assert (number, len(patches.listed())) == (1, 1)
    assert patches.listed()[0].path.stat().st_size < 40_000


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


def test_a_page_does_not_wait_for_the_first_reading_of_many(
    contact: Callable[..., Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    buy(contact("Ada", city="Paris"), 1)
    monkeypatch.setattr(everyone, "WAITED_FOR", 0)
    with pytest.raises(everyone.Preparing, match="all customers"):
        found()
    everyone.now()  # the sweep
    assert found() == 1


def test_two_who_find_no_mirror_make_one(
    contact: Callable[..., Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    contact("Ada", city="Paris")
    first = []
    write = snapshots.write_unless

    def meanwhile(there_is_one: Any, clock: Any) -> None:
        if not first:
            first.append(everyone.snapshot()[0])  # another process was quicker
        write(there_is_one, clock)

    monkeypatch.setattr(snapshots, "write_unless", meanwhile)
    assert everyone.now(rebuild=False).generation == first[0].number
    assert len(list(store.newest_first())) == 1


def test_who_did_not_look_for_long_opens_what_was_merged_meanwhile(
    contact: Callable[..., Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    people = many_changes(contact)
    idle = held.mirror()
    generation = everyone.now(rebuild=False).generation
    held.forget()  # other processes go on
    for number in range(12):
        change(people[number], city="Oslo")
        judged_quickly()
    monkeypatch.setattr(compacting, "KEPT_FOR", timedelta(seconds=-5))
    everyone.compact()
    assert len(patches.listed()) == 1
    held._mirrors[str(store.folder.whole())] = idle
    is_whole()
    assert everyone.now(rebuild=False).generation == generation


def test_a_generation_that_nobody_registered_does_not_count(
    contact: Callable[..., Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = contact("Ada", city="Paris")
    counts = everyone.now().generation
    change(ada, city="Rome")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(snapshots, "register", killed)
        for _ in range(3):
            with pytest.raises(KeyboardInterrupt):
                everyone.snapshot()
    as_a_new_process()
    assert everyone.now(rebuild=False).generation == counts
    is_whole()
    everyone.snapshot()
    assert everyone.now(rebuild=False).generation > counts
    is_whole()


def test_a_merge_cut_off_at_any_file_leaves_the_mirror_whole(
    contact: Callable[..., Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    many_changes(contact)
    monkeypatch.setattr(compacting, "LEAST", 3)
    monkeypatch.setattr(compacting, "KEPT_FOR", timedelta(seconds=-5))
    rename, done = Path.rename, []

    def killed(self: Path, target: Path) -> Path:
        done.append(self)
        if len(done) == deadline:
            raise KeyboardInterrupt
        return rename(self, target)

    for deadline in (1, 2):  # noqa: B007 - read by `killed`
        done.clear()
        with monkeypatch.context() as patched:
            patched.setattr(Path, "rename", killed)
            with pytest.raises(KeyboardInterrupt):
                everyone.compact()
        as_a_new_process()
        is_whole()
    everyone.compact()
    as_a_new_process()
    assert not list(Path(store.folder.whole()).glob(".*"))
    is_whole()


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


def test_a_new_snapshot_is_checked_beside_the_work(
    contact: Callable[..., Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = contact("Ada", city="Paris")
    first = everyone.snapshot()[0]
    here = held.mirror()
    assert found() == 1
    change(ada, city="Rome")
    second = everyone.snapshot()[0]
    store._looked_at.discard(second.path)  # as in a process that did not write it
    checked: list[int] = []
    with monkeypatch.context() as patched:
        patched.setattr(store, "verify_soon", lambda one: checked.append(one.number))
        assert found() == 0
        assert held.mirror() is here
        assert everyone.now(rebuild=False).generation == first.number
        opened = store.open_newest()
        assert opened is not None
        assert opened[0].number in (first.number, second.number)
    assert set(checked) == {second.number}
    store._verified.cache_clear()
    assert store.verify(second)
    assert everyone.now(rebuild=False).generation == second.number
    is_whole()
