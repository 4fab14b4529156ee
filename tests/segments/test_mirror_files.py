"""Whatever happens to the files of the mirror, what is missing, torn or nobody's is not believed."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crm.models import Contact, ContactTouch
from segments.mirror import compacting, everyone, held, packing, patches, snapshots, store
from segments.models import MirrorState
from tests.segments.mirrored import (
    as_a_new_process,
    buy,
    change,
    found,
    is_whole,
    judged_quickly,
    many_changes,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"
    store.want(set(), {"city", "mixed"})
    as_a_new_process()


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
