"""From what goes wrong in a run to the alert of whom it concerns, and back to rest."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, transaction

from crm.actions.alerting import tell
from crm.actions.touching import touch
from crm.models import Alert, AttributeDefinition, Contact, ContactTouch, User
from segments import tasks
from segments.actions.building.saving import create_segment
from segments.actions.running import recomputing
from segments.actions.running.judging import judge_changed
from segments.actions.running.recomputing import recompute
from segments.mirror import patches
from segments.models import Membership, Run, Segment
from segments.queries.running.troubles import troubles

NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)
PARIS = {"version": 1, "rule": {"attribute": "city", "op": "is", "value": "Paris"}}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: object, tmp_path: Path) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"  # type: ignore[attr-defined]


@pytest.fixture
def paris(contact: Callable[..., Contact], person: Callable[[str], User]) -> Segment:
    person("administrator")
    AttributeDefinition.objects.create(name="city", label="City", type="text")
    contact("Ada", city="Paris")
    contact("Bob", city="Rome")
    made = create_segment(name="Paris", rule=PARIS, by=person("marketer"), at=NOON)
    sweep(0)
    return made


def sweep(minutes: int) -> Run:
    found = recompute(cause="time", as_of=lambda: NOON + timedelta(minutes=minutes), worker="test:1:a")
    assert found is not None
    return found


def alert(minutes: int) -> list[Alert]:
    """The open alerts after looking once more."""
    at = NOON + timedelta(minutes=minutes)
    tell(troubles=list(troubles(at)), at=at)
    return list(Alert.objects.filter(over_at=None).order_by("id"))


def test_a_retired_attribute_alerts_the_owner_once_and_its_return_closes_it(
    paris: Segment, person: Callable[[str], User]
) -> None:
    assert alert(0) == []
    AttributeDefinition.objects.update(retired_at=NOON)
    for minutes in (1, 2, 3):
        sweep(minutes)
        (one,) = alert(minutes)
    assert one.user == person("marketer")
    assert one.title == "‘Paris’ cannot be evaluated"
    assert "last good members stay" in one.text
    assert "‘City’ is retired. Bring it back under Attributes, or take it out of the rule." in one.text
    assert one.url == "/segments/paris/"
    assert one.at == NOON + timedelta(minutes=1)
    assert Membership.objects.filter(segment=paris).count() == 1
    AttributeDefinition.objects.update(retired_at=None)
    sweep(4)
    assert alert(4) == []
    assert Alert.objects.get().over_at == NOON + timedelta(minutes=4)


def test_a_full_disk_is_a_clear_state_and_recovers(
    paris: Segment, monkeypatch: pytest.MonkeyPatch, person: Callable[[str], User]
) -> None:
    def full(*args: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(patches, "store", full)
        bob = Contact.objects.get(first_name="Bob")
        with transaction.atomic():
            bob.attributes["city"] = "Paris"
            bob.save()
            touch([bob.pk], cause="attribute")
        judge_changed(clock=lambda: NOON + timedelta(minutes=1), worker="test:1:b")
        (one,) = alert(1)
    assert (one.key, one.user) == ("mirror unwritable", person("administrator"))
    assert "No space left on device" in one.text
    assert "Make room" in one.text
    assert Membership.objects.filter(segment=paris, contact=bob).exists()
    sweep(2)
    assert not ContactTouch.objects.exists()
    assert alert(2) == []


def test_a_run_that_fails_alerts_the_administrators_until_one_ends_well(
    paris: Segment, monkeypatch: pytest.MonkeyPatch, person: Callable[[str], User]
) -> None:
    def broken(*args: object, **options: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patched:
        patched.setattr(recomputing, "_carry_out", broken)
        with pytest.raises(OSError, match="Read-only"):
            sweep(1)
    (one,) = alert(1)
    assert (one.title, one.user) == ("The last run over all segments failed", person("administrator"))
    assert "mount FACET_DATA writable" in one.text
    sweep(2)
    assert alert(2) == []


def test_a_run_taken_over_is_told_and_is_over_an_hour_later(paris: Segment) -> None:
    Run.objects.create(
        as_of=NOON, cause="time", worker="gone:1:x", heartbeat_at=NOON, started_at=NOON, state=Run.RUNNING
    )
    sweep(10)
    (one,) = alert(10)
    assert "1 run taken over" in one.title
    sweep(70)
    assert alert(70) == []


def test_the_minutes_sweep_comes_again_where_the_way_was_taken(
    paris: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    plain = tasks.recompute

    def taken_once(**told: object) -> Run | None:
        asked.append(told["cause"])
        return None if len(asked) == 1 else plain(**told)

    monkeypatch.setattr(tasks, "recompute", taken_once)
    tasks.recompute_segments.apply(kwargs={"cause": "time"})
    assert asked[:2] == ["time", "time"]
    assert Run.objects.filter(cause="time", state=Run.DONE).count() == 2
    asked.clear()
    tasks.recompute_segments.apply(kwargs={"cause": "rule"})  # who ends the run at work does it
    assert asked == ["rule"]


def test_where_the_database_is_away_the_changed_are_judged_soon_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[int] = []

    def away(**named: object) -> Run | None:
        told.append(1)
        if len(told) < 4:
            raise (OperationalError, DatabaseError)[len(told) % 2]("the database system is starting up")
        return None

    monkeypatch.setattr(tasks, "judge", away)
    assert tasks.judge_changed.apply().successful()
    assert len(told) == 4

    monkeypatch.setattr(
        tasks, "AT_ONCE", ()
    )  # a longer outage: the task is sent again, its slot is free meanwhile
    told.clear()
    assert tasks.judge_changed.apply().successful()
    assert len(told) == 4

    def wrong(**named: object) -> Run | None:
        told.append(1)
        raise IntegrityError("twice")

    monkeypatch.setattr(tasks, "judge", wrong)
    assert tasks.judge_changed.apply().failed()  # a fault is no outage: it is told at once
    assert len(told) == 5


@pytest.mark.parametrize("away", [False, True])
def test_changes_that_never_cease_are_handed_on_so_that_a_worker_can_end(
    away: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [Run(contacts=3, started_at=NOON, finished_at=NOON + timedelta(seconds=s)) for s in (1, 31, 1)]
    sent: list[int] = []

    def send(**named: object) -> None:
        sent.append(1)
        if away:
            raise OSError("no broker")

    monkeypatch.setattr(tasks, "judge", lambda **named: runs.pop(0) if runs else None)
    monkeypatch.setattr(tasks.judge_changed, "apply_async", send)
    assert tasks.judge_changed.run() == ("9 judged" if away else "6 judged")
    assert sent == [1]
