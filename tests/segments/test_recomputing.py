"""Members come and go with a log; two runs, old verdicts and bad rules do no harm."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from crm.actions.touching import touch
from crm.kit.processes import HOST, this_worker
from crm.models import Contact, OutboxEvent
from segments.actions.building.saving import Outdated, create_segment, save_rule
from segments.actions.running import claiming
from segments.actions.running.recomputing import recompute
from segments.engine.language.refusals import Refused
from segments.models import Membership, MembershipChange, Run, Segment, SegmentSize, SegmentVersion

AS_OF = datetime(2026, 3, 15, 12, tzinfo=UTC)
LATER = AS_OF + timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: object, tmp_path: Path) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"  # type: ignore[attr-defined]


def city(name: str) -> dict[str, object]:
    return {"version": 1, "rule": {"attribute": "city", "op": "is", "value": name}}


def run(at: datetime = AS_OF) -> Run:
    found = recompute(cause="test", as_of=at, worker="test")
    assert found is not None
    return found


def move(contact: Contact, where: str) -> None:
    with transaction.atomic():
        contact.attributes["city"] = where
        contact.save()
        touch([contact.pk], cause="attribute")


@pytest.fixture
def paris(contact: Callable[..., Contact]) -> Segment:
    contact("Ada", city="Paris")
    contact("Bob", city="Rome")
    return create_segment(name="Paris", rule=city("Paris"), by=None, at=AS_OF)


def members(segment: Segment) -> list[str]:
    ids = Membership.objects.filter(segment=segment).values_list("contact_id", flat=True)
    return sorted(Contact.objects.filter(pk__in=ids).values_list("first_name", flat=True))


def test_members_enter_and_leave_with_a_log(paris: Segment) -> None:
    first = run()
    assert (first.entered, first.left, members(paris)) == (1, 0, ["Ada"])
    move(Contact.objects.get(first_name="Bob"), "Paris")
    move(Contact.objects.get(first_name="Ada"), "Rome")
    second = run(LATER)
    assert (second.entered, second.left, members(paris)) == (1, 1, ["Bob"])
    log = MembershipChange.objects.order_by("at", "entered").values_list("entered", "at", "cause")
    assert list(log) == [(True, AS_OF, "rule"), (False, LATER, "attribute"), (True, LATER, "attribute")]
    paris.refresh_from_db()
    assert (paris.size, paris.evaluated_at, paris.problem) == (1, LATER, "")
    size = SegmentSize.objects.get(segment=paris)
    assert (size.size, size.entered, size.left) == (1, 2, 1)
    assert OutboxEvent.objects.filter(name="MembersChanged").count() == 2


def test_a_run_without_changes_writes_nothing_new(paris: Segment) -> None:
    run()
    again = run(LATER)
    assert (again.entered, again.left) == (0, 0)
    assert MembershipChange.objects.count() == 1
    assert OutboxEvent.objects.filter(name="MembersChanged").count() == 1


def test_an_older_verdict_does_not_replace_a_newer_one(paris: Segment) -> None:
    run(LATER)
    move(Contact.objects.get(first_name="Bob"), "Paris")
    run(AS_OF)
    assert members(paris) == ["Ada"]


def test_two_at_once_do_no_harm(paris: Segment) -> None:
    Run.objects.create(as_of=AS_OF, cause="other", heartbeat_at=AS_OF, started_at=AS_OF)
    assert recompute(cause="test", as_of=AS_OF, worker="me") is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.create(as_of=AS_OF, cause="third", heartbeat_at=AS_OF, started_at=AS_OF)


def test_a_run_that_gives_no_sign_of_life_is_taken_over(paris: Segment) -> None:
    stuck = Run.objects.create(as_of=AS_OF, cause="other", heartbeat_at=AS_OF, started_at=AS_OF)
    run(LATER)
    stuck.refresh_from_db()
    assert stuck.state == Run.ABANDONED
    assert members(paris) == ["Ada"]


def test_a_run_whose_process_was_killed_is_taken_over_at_once(paris: Segment) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    worker = f"{HOST}:{ended.pid}"
    stuck = Run.objects.create(
        as_of=AS_OF, cause="other", worker=worker, heartbeat_at=AS_OF, started_at=AS_OF
    )
    assert run().entered == 1
    stuck.refresh_from_db()
    assert stuck.state == Run.ABANDONED


def test_a_bad_segment_keeps_its_members_and_stops_no_other(paris: Segment) -> None:
    run()
    other = create_segment(name="Rome", rule=city("Rome"), by=None, at=AS_OF)
    on_top = create_segment(
        name="On top", rule={"version": 1, "rule": {"segment": "paris", "op": "in"}}, by=None, at=AS_OF
    )
    Segment.objects.filter(pk=paris.pk).update(
        rule={"version": 1, "rule": {"attribute": "shoe", "op": "is", "value": "x"}}
    )
    run(LATER)
    for segment in (paris, other, on_top):
        segment.refresh_from_db()
    assert "shoe" in paris.problem
    assert (members(paris), members(other), other.problem) == (["Ada"], ["Bob"], "")
    assert (members(on_top), on_top.problem) == (["Ada"], ""), "the last good members count"


def test_who_refers_to_one_that_was_never_counted_cannot_be_counted(paris: Segment) -> None:
    unknown = {"version": 1, "rule": {"attribute": "shoe", "op": "is", "value": "x"}}
    Segment.objects.filter(pk=paris.pk).update(rule=unknown)
    not_in = {"version": 1, "rule": {"segment": "paris", "op": "not_in"}}
    outside = create_segment(name="Outside", rule=not_in, by=None, at=AS_OF)
    assert run(LATER).failing == 2
    outside.refresh_from_db()
    assert "It refers to ‘Paris’, which cannot be evaluated" in outside.problem
    assert members(outside) == [], "who is not in it, nobody knows"


def test_a_failed_run_says_so_and_frees_the_way(paris: Segment, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("segments.actions.running.sweeping.write_moves", fail)
    with pytest.raises(RuntimeError):
        run()
    monkeypatch.undo()
    assert Run.objects.get().error == "RuntimeError: the disk is full"
    assert run(LATER).entered == 1


def test_a_segment_of_a_segment_and_of_a_list(paris: Segment) -> None:
    listed = create_segment(name="Friends", kind=Segment.FIXED, by=None, at=AS_OF)
    Membership.objects.create(segment=listed, contact=Contact.objects.get(first_name="Ada"), since=AS_OF)
    rule = {"all": [{"segment": "paris", "op": "in"}, {"segment": "friends", "op": "in"}]}
    both = create_segment(name="Both", rule={"version": 1, "rule": rule}, by=None, at=AS_OF)
    run()
    assert members(both) == ["Ada"]


def test_each_save_is_a_version_and_two_editors_are_told(paris: Segment) -> None:
    save_rule(segment=paris, rule=city("Rome"), note="moved", started_from=1, by=None, at=LATER)
    with pytest.raises(Outdated):
        save_rule(segment=paris, rule=city("Oslo"), started_from=1, by=None, at=LATER)
    assert list(SegmentVersion.objects.filter(segment=paris).values_list("number", "note")) == [
        (2, "moved"),
        (1, "First version"),
    ]
    run(LATER)
    assert members(paris) == ["Bob"]


def test_what_cannot_be_evaluated_is_not_saved() -> None:
    with pytest.raises(Refused):
        create_segment(name="No", rule=city("Paris"), by=None, at=AS_OF)
    with pytest.raises(Refused, match="name"):
        create_segment(name=" ", rule={"version": 1, "rule": {"all": []}}, by=None, at=AS_OF)
    assert not Segment.objects.exists()
    assert not OutboxEvent.objects.exists()


def test_a_run_gives_signs_of_life_while_it_works(paris: Segment, monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[datetime] = []
    monkeypatch.setattr(claiming, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(claiming, "_note", lambda run, at: beats.append(at))
    run_of = claiming.claim(kind=Run.SWEEP, lane=Run.EVERYONE, cause="test", at=AS_OF, worker="here:1:a")
    assert run_of is not None
    with claiming.alive(run_of, lambda: LATER):
        deadline = time.monotonic() + 10
        while not beats and time.monotonic() < deadline:
            time.sleep(0.01)
    assert beats[0] == LATER


def test_a_run_that_this_very_process_gave_up_is_taken_over_at_once(paris: Segment) -> None:
    worker = this_worker()
    Run.objects.create(as_of=AS_OF, cause="lost", worker=worker, heartbeat_at=AS_OF, started_at=AS_OF)
    found = recompute(cause="test", as_of=AS_OF, worker=this_worker())
    assert found is not None
    assert Run.objects.get(cause="lost").state == Run.ABANDONED


def test_old_runs_are_cleared_away_and_the_log_stays(paris: Segment) -> None:
    run()
    Run.objects.create(
        kind=Run.QUICK, lane=Run.CHANGED, state=Run.DONE, as_of=AS_OF, cause="change", heartbeat_at=AS_OF,
        started_at=AS_OF,
    )  # fmt: skip
    assert claiming.clean_runs(at=AS_OF + timedelta(days=4)) == 1
    assert claiming.clean_runs(at=AS_OF + timedelta(days=61)) == 1
    assert MembershipChange.objects.count() == 1
