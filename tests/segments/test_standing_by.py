"""A process of the quick queue judges somebody for nothing as it begins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from crm.kit.processes import this_worker
from crm.models import Contact
from segments import tasks
from segments.actions.building.saving import create_segment
from segments.actions.running.recomputing import recompute
from segments.actions.running.verdicts import rehearse
from segments.models import Membership, Run

NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_folder(settings: object, tmp_path: Path) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_a_rehearsal_judges_somebody_and_writes_nothing(contact: Callable[..., Contact]) -> None:
    contact("Ada", city="Paris")
    rule = {"version": 1, "rule": {"attribute": "city", "op": "is", "value": "Paris"}}
    create_segment(name="Paris", rule=rule, by=None, at=NOON)
    assert rehearse(as_of=NOON) is None  # the first run has the engine compiled
    assert recompute(cause="schedule", as_of=lambda: NOON, worker=this_worker()) is not None
    before = list(Membership.objects.values()), Run.objects.count()
    verdicts = rehearse(as_of=NOON)
    assert verdicts is not None
    assert {slug: bits.tolist() for slug, bits in verdicts.truths.items()} == {"paris": [True]}
    assert (list(Membership.objects.values()), Run.objects.count()) == before


@pytest.mark.django_db
def test_where_nobody_is_there_is_no_rehearsal() -> None:
    assert rehearse(as_of=NOON) is None


def test_it_waits_for_the_first_run(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[object] = [None, None, "verdicts"]
    asked: list[float] = []
    monkeypatch.setattr(tasks, "rehearse", lambda as_of: answers.pop(0))
    monkeypatch.setattr(tasks, "sleep", asked.append)
    monkeypatch.setattr(tasks, "connection", SimpleNamespace(close=lambda: asked.append(0)))
    tasks._rehearse()
    assert asked == [tasks.LINGER, tasks.LINGER, 0]
    answers[:] = [None]
    monkeypatch.setattr(tasks, "AWAITED", -1.0)
    tasks._rehearse()
    assert answers == []


@pytest.mark.parametrize("queue", ["quick", "celery"])
def test_who_serves_the_quick_queue_stands_by(queue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rehearsed: list[str] = []
    monkeypatch.setattr(tasks.current_app.amqp.queues, "_consume_from", {queue: object()})
    monkeypatch.setattr(tasks, "_rehearse", lambda: rehearsed.append(queue))
    monkeypatch.setattr(tasks, "Thread", lambda target, **_: SimpleNamespace(start=target))
    tasks.stand_by()
    assert rehearsed == (["quick"] if queue == "quick" else [])
