"""A mirror read anew because a colleague asked: a run of its own, whatever came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from crm.models import Contact
from segments.actions.running.overdue import overdue
from segments.actions.running.rebuilding import READING, rebuild
from segments.mirror import everyone, snapshots, store
from segments.models import MirrorState, Run
from segments.queries.running.runs import shown
from segments.queries.running.troubles import troubles
from segments.tasks import rebuild_mirror

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"


def titles(at: datetime) -> list[str]:
    return [trouble.title for trouble in troubles(at)]


def test_it_is_recorded_with_instant_phases_and_outcome(
    contact: Callable[..., Contact], noon: datetime, signed_in: Callable[[str], Client]
) -> None:
    contact("Ada"), contact("Bob")
    everyone.snapshot()
    before = MirrorState.objects.current().generation
    made = rebuild(clock=lambda: noon, worker="here:1")
    assert made is not None
    run = Run.objects.get()
    generation = store.newest()
    assert generation is not None
    assert generation.number > before
    assert (run.kind, run.lane, run.state, run.cause) == (Run.REBUILD, READING, Run.DONE, "asked")
    assert (run.as_of, run.contacts, run.started_at) == (generation.built_at, 2, noon)
    assert [one.name for one in shown(run).phases] == ["wait", "read", "write", "register"]
    assert run.finished_at is not None
    assert shown(run).kind == "Mirror read anew"
    page = signed_in("manager").get(reverse("operations_run", args=[run.pk])).content.decode()
    assert "0 interactions of 2 customers were read" in page
    assert "Nobody moved" not in page
    assert not titles(noon)


def test_one_that_fails_says_so_until_one_succeeds(
    contact: Callable[..., Contact], noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact("Ada")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(store, "write", full)
        with pytest.raises(snapshots.Unwritable):
            rebuild(clock=lambda: noon, worker="here:1")
    run = Run.objects.get()
    assert (run.kind, run.state) == (Run.REBUILD, Run.FAILED)
    assert "No space left on device" in run.error
    assert "The mirror could not be rebuilt" in titles(noon)
    assert rebuild(clock=lambda: noon + timedelta(minutes=1), worker="here:1") is not None
    assert "The mirror could not be rebuilt" not in titles(noon)


def test_two_at_once_are_one_and_one_whose_worker_died_is_given_up(
    contact: Callable[..., Contact], noon: datetime
) -> None:
    contact("Ada")
    terms: dict[str, Any] = {"kind": Run.REBUILD, "lane": READING, "cause": "asked", "worker": "x"}
    lost = Run.objects.create(as_of=noon, heartbeat_at=noon, started_at=noon, **terms)
    assert rebuild(clock=lambda: noon + timedelta(seconds=20), worker="here:1") is None
    assert overdue(noon + timedelta(seconds=31), worker="here:1") is None
    lost.refresh_from_db()
    assert (lost.state, lost.finished_at) == (Run.ABANDONED, noon + timedelta(seconds=31))


def test_everybody_is_judged_by_it_in_the_run_that_follows(contact: Callable[..., Contact]) -> None:
    contact("Ada")
    assert "read anew: 0 in, 0 out" in rebuild_mirror()
    assert list(Run.objects.order_by("pk").values_list("kind", "cause", "state")) == [
        ("rebuild", "asked", "done"),
        ("sweep", "asked", "done"),
    ]
