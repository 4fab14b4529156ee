"""Changed contacts are judged at once, once, and with the reason; nobody who is slower undoes it."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import transaction

from crm.actions.erasing import erase
from crm.actions.publishing import ATTENDED
from crm.actions.touching import touch
from crm.kit.processes import this_worker
from crm.models import Contact, ContactTouch, Interaction, OutboxEvent, User
from segments.actions.building.saving import create_segment, save_rule
from segments.actions.running import judging, sweeping, verdicts
from segments.actions.running.judging import judge_changed
from segments.actions.running.recomputing import recompute
from segments.mirror import patches
from segments.models import Checkpoint, Membership, MembershipChange, MirrorState, Run, Segment
from segments.queries.running.stale import waiting_cause

NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: object, tmp_path: Path) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"  # type: ignore[attr-defined]


def city(name: str) -> dict[str, object]:
    return {"version": 1, "rule": {"attribute": "city", "op": "is", "value": name}}


BUYERS = {"version": 1, "rule": {"interaction": "purchase", "window": {"last": [30, "day"]}}}


def sweep(at: datetime = NOON) -> Run:
    found = recompute(cause="schedule", as_of=lambda: at, worker=this_worker())
    assert found is not None
    return found


def quick(at: datetime = NOON) -> Run | None:
    return judge_changed(clock=lambda: at, worker=this_worker())


def move(contact: Contact, where: str) -> None:
    with transaction.atomic():
        contact.attributes["city"] = where
        contact.save()
        touch([contact.pk], cause="attribute", evidence={"attributes": ["city"]})


def names(segment: Segment) -> list[str]:
    ids = Membership.objects.filter(segment=segment).values_list("contact_id", flat=True)
    return sorted(Contact.objects.filter(pk__in=ids).values_list("first_name", flat=True))


@pytest.fixture
def world(contact: Callable[..., Contact]) -> dict[str, Segment]:
    contact("Ada", city="Paris")
    contact("Bob", city="Rome")
    made = {
        "paris": create_segment(name="Paris", rule=city("Paris"), by=None, at=NOON),
        "top": create_segment(
            name="Top", rule={"version": 1, "rule": {"segment": "paris", "op": "in"}}, by=None, at=NOON
        ),
    }
    sweep()
    OutboxEvent.objects.all().delete()
    return made


def test_a_change_is_judged_at_once_with_cause_and_evidence_through_segments_of_segments(
    world: dict[str, Segment],
) -> None:
    move(Contact.objects.get(first_name="Bob"), "Paris")
    move(Contact.objects.get(first_name="Ada"), "Rome")
    later = NOON + timedelta(minutes=1)
    run = quick(later)
    assert run is not None
    assert (run.entered, run.left, run.contacts, run.state) == (2, 2, 2, Run.DONE)
    assert names(world["paris"]) == names(world["top"]) == ["Bob"]
    rows = MembershipChange.objects.filter(run=run).values_list("cause", "evidence", "at", "version")
    assert list(rows) == [("attribute", {"attributes": ["city"]}, later, 1)] * 4
    assert not ContactTouch.objects.exists()
    assert OutboxEvent.objects.filter(name="MembersChanged").count() == 1
    world["paris"].refresh_from_db()
    assert world["paris"].size == 1
    state = MirrorState.objects.current()
    assert state.patch == 1
    assert state.log == MembershipChange.objects.order_by("-pk").values_list("pk", flat=True)[0]


def test_nothing_waits_nothing_is_run(world: dict[str, Segment]) -> None:
    assert quick() is None
    move(Contact.objects.get(first_name="Bob"), "Paris")
    assert quick() is not None
    assert quick() is None
    assert Run.objects.filter(kind=Run.QUICK).count() == 1


def test_two_at_once_do_the_work_once(world: dict[str, Segment]) -> None:
    move(Contact.objects.get(first_name="Bob"), "Paris")
    Run.objects.create(
        kind=Run.QUICK, lane=Run.CHANGED, as_of=NOON, cause="x", heartbeat_at=NOON, started_at=NOON
    )
    assert quick() is None
    assert names(world["paris"]) == ["Ada"]
    assert sweep() is not None  # the other lane is free


def test_a_sweep_that_read_before_does_not_undo_a_quick_verdict(
    world: dict[str, Segment], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = sweeping.Sweep._compare

    def slow(*args: object) -> object:
        moves = whole(*args)  # type: ignore[arg-type]
        move(Contact.objects.get(first_name="Bob"), "Paris")
        quick(NOON + timedelta(seconds=1))
        return moves

    move(Contact.objects.get(first_name="Bob"), "Oslo")
    monkeypatch.setattr(sweeping.Sweep, "_compare", slow)
    sweep(NOON + timedelta(minutes=1))
    assert names(world["paris"]) == names(world["top"]) == ["Ada", "Bob"]
    monkeypatch.undo()
    assert sweep(NOON + timedelta(minutes=2)).entered == 0
    assert not ContactTouch.objects.exists()


def test_a_quick_verdict_that_a_sweep_overtook_is_not_written(
    world: dict[str, Segment], monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    folder = settings.MIRROR_DIR  # type: ignore[attr-defined]
    bob = Contact.objects.get(first_name="Bob")
    move(bob, "Paris")
    whole = verdicts.judge_apart

    def slow(*args: object) -> object:
        verdicts = whole(*args)  # type: ignore[arg-type]
        monkeypatch.undo()
        settings.MIRROR_DIR = folder  # type: ignore[attr-defined]
        move(bob, "Rome")
        sweep(NOON + timedelta(minutes=1))
        return verdicts

    monkeypatch.setattr(verdicts, "judge_apart", slow)
    quick()
    assert names(world["paris"]) == ["Ada"]
    assert not ContactTouch.objects.exists()


def test_a_rule_saved_meanwhile_is_what_counts(
    world: dict[str, Segment], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = verdicts.judge_apart
    saved = []

    def slow(*args: object) -> object:
        verdicts = whole(*args)  # type: ignore[arg-type]
        if not saved:
            saved.append(save_rule(segment=world["paris"], rule=city("Oslo"), by=None, at=NOON))
        return verdicts

    move(Contact.objects.get(first_name="Bob"), "Oslo")
    monkeypatch.setattr(verdicts, "judge_apart", slow)
    quick()
    assert names(world["paris"]) == ["Ada", "Bob"]  # Bob by the new rule; Ada leaves with the rebuild
    recompute(cause="rule", as_of=lambda: NOON, worker=this_worker())
    assert names(world["paris"]) == names(world["top"]) == ["Bob"]
    last = MembershipChange.objects.order_by("-pk")[:2]
    assert {(row.cause, row.version, row.entered) for row in last} == {
        ("rule", 2, False),
        ("segment", 1, False),
    }


def test_an_interaction_names_itself_as_evidence(contact: Callable[..., Contact]) -> None:
    ada = contact("Ada")
    buyers = create_segment(name="Buyers", rule=BUYERS, by=None, at=NOON)
    sweep()
    with transaction.atomic():
        bought = Interaction.objects.create(
            contact=ada, kind="purchase", at=NOON, source="shop", message_id="1"
        )
        touch([ada.pk], cause="interaction", evidence={ada.pk: {"interactions": [bought.pk]}})
    quick(NOON + timedelta(seconds=1))
    row = MembershipChange.objects.get(segment=buyers)
    assert (row.cause, row.evidence) == ("interaction", {"interactions": [bought.pk]})
    sweep(NOON + timedelta(days=31))
    row = MembershipChange.objects.get(segment=buyers, entered=False)
    assert (row.cause, row.evidence) == ("time", None)


def test_a_full_disk_keeps_the_verdicts_and_the_touches_and_recovers(
    world: dict[str, Segment], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(patches, "store", full)
    bob = Contact.objects.get(first_name="Bob")
    move(bob, "Paris")
    run = quick()
    assert run is not None
    assert "No space left on device" in Run.objects.get(pk=run.pk).note
    assert names(world["paris"]) == ["Ada", "Bob"]
    assert ContactTouch.objects.count() == 1
    assert quick() is None  # judged already: it waits for room, not for a verdict
    note = sweep(NOON + timedelta(minutes=1)).note
    assert "No space left on device" in note
    monkeypatch.undo()
    assert sweep(NOON + timedelta(minutes=2)).note == ""
    assert not ContactTouch.objects.exists()


def test_the_packed_members_are_what_the_tables_hold_or_are_read_again(
    world: dict[str, Segment], settings: object
) -> None:
    folder = Path(settings.MIRROR_DIR)  # type: ignore[attr-defined]
    (packed,) = folder.glob("members-*")
    packed.write_bytes(packed.read_bytes()[:-1])
    move(Contact.objects.get(first_name="Bob"), "Paris")
    run = sweep(NOON + timedelta(minutes=1))
    assert run.entered == 2
    assert "tables were read" in run.note
    named = {MirrorState.objects.current().packed, *Checkpoint.objects.values_list("packed", flat=True)}
    assert {path.name.removeprefix("members-") for path in folder.glob("members-*")} == named
    Membership.objects.filter(segment=world["paris"], contact__first_name="Ada").delete()
    move(Contact.objects.get(first_name="Ada"), "Rome")
    run = sweep(NOON + timedelta(minutes=2))
    assert "members were to leave" in run.note
    assert names(world["paris"]) == names(world["top"]) == ["Bob"]


def test_a_clock_that_was_set_back_stops_nothing_and_no_log_goes_back(world: dict[str, Segment]) -> None:
    ahead = NOON + timedelta(hours=5)
    move(Contact.objects.get(first_name="Bob"), "Paris")
    quick(ahead)
    sweep(ahead)
    move(Contact.objects.get(first_name="Bob"), "Rome")
    run = sweep(NOON + timedelta(minutes=1))
    assert names(world["paris"]) == ["Ada"]
    assert "set back" in run.note
    instants = MembershipChange.objects.filter(segment=world["paris"]).order_by("pk")
    assert [row.at for row in instants] == sorted(row.at for row in instants)
    move(Contact.objects.get(first_name="Bob"), "Paris")
    quick(NOON + timedelta(minutes=2))
    assert names(world["paris"]) == ["Ada", "Bob"]


def test_a_rule_that_breaks_the_engine_spoils_no_other(
    world: dict[str, Segment], monkeypatch: pytest.MonkeyPatch
) -> None:
    rome = create_segment(name="Rome", rule=city("Rome"), by=None, at=NOON)
    whole = sweeping.Everyone.judge

    def breaks(self: object, rules: dict[str, object], **options: object) -> object:
        if "paris" in rules:
            raise ZeroDivisionError("division by zero")
        return whole(self, rules, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(sweeping.Everyone, "judge", breaks)
    run = sweep(NOON + timedelta(minutes=1))
    assert (run.failing, names(rome), names(world["paris"])) == (2, ["Bob"], ["Ada"])
    world["paris"].refresh_from_db()
    assert "ZeroDivisionError" in world["paris"].problem
    assert world["paris"].failed_at == NOON + timedelta(minutes=1)
    assert OutboxEvent.objects.filter(name="SegmentFailed").count() == 2
    monkeypatch.undo()
    sweep(NOON + timedelta(minutes=2))
    world["paris"].refresh_from_db()
    assert (world["paris"].problem, world["paris"].failed_at) == ("", None)
    assert OutboxEvent.objects.filter(name="SegmentMended").count() == 2


def test_the_erased_leave_in_the_log_and_past_figures_stay(
    world: dict[str, Segment], person: Callable[..., User]
) -> None:
    bob = Contact.objects.get(first_name="Bob")
    move(bob, "Paris")
    quick(NOON + timedelta(minutes=1))
    erase(contact=bob, by=person("administrator"), at=NOON + timedelta(minutes=2))
    assert names(world["paris"]) == names(world["top"]) == ["Ada"]
    world["paris"].refresh_from_db()
    assert world["paris"].size == 1
    rows = MembershipChange.objects.filter(contact=bob, segment=world["paris"]).order_by("pk")
    assert [(row.entered, row.cause, row.evidence) for row in rows] == [
        (True, "attribute", None),
        (False, "erasure", None),
    ]
    run = quick(NOON + timedelta(minutes=3))
    assert run is not None
    assert (run.entered, run.left) == (0, 0)
    assert sweep(NOON + timedelta(minutes=4)).left == 0


def test_where_files_of_the_mirror_are_gone_it_is_left_to_the_sweep(
    world: dict[str, Segment], monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    folder = settings.MIRROR_DIR  # type: ignore[attr-defined]
    move(Contact.objects.get(first_name="Bob"), "Paris")
    monkeypatch.setattr(patches, "covered_since", lambda *args: None)
    run = quick()
    assert run is not None
    assert run.contacts == 0
    assert names(world["paris"]) == ["Ada"]
    monkeypatch.undo()
    settings.MIRROR_DIR = folder  # type: ignore[attr-defined]
    assert sweep(NOON + timedelta(minutes=1)).entered == 2


def test_what_waited_for_the_way_is_done_by_who_frees_it(world: dict[str, Segment]) -> None:
    assert waiting_cause(NOON) is None
    save_rule(segment=world["paris"], rule=city("Rome"), by=None, at=NOON)
    assert waiting_cause(NOON + timedelta(seconds=30)) == "rule"
    assert waiting_cause(NOON + timedelta(seconds=60)) == "time"
    sweep(NOON + timedelta(seconds=61))
    assert waiting_cause(NOON + timedelta(seconds=62)) is None


def test_while_it_lingers_a_change_that_comes_is_judged_and_nobody_is_woken_for_it(
    world: dict[str, Segment], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changes come in while it rests between two looks; the run is one, and then it says that it left."""
    rests: list[bool] = []

    def rest(seconds: float) -> None:
        rests.append(bool(cache.get(ATTENDED + judging.CHANGED)))
        if len(rests) <= 2:
            move(Contact.objects.get(first_name="Bob"), ["Paris", "Rome"][len(rests) - 1])

    monkeypatch.setattr(judging, "sleep", rest)
    move(Contact.objects.get(first_name="Ada"), "Rome")
    run = judge_changed(clock=lambda: NOON + timedelta(minutes=1), worker=this_worker(), linger=0.05)
    assert run is not None
    assert (run.contacts, run.entered, run.left) == (3, 2, 4)
    assert len(rests) > 2
    assert all(rests)
    assert cache.get(ATTENDED + judging.CHANGED) is None
    assert not ContactTouch.objects.exists()
    assert Run.objects.filter(kind=Run.QUICK).count() == 1


def test_types_are_looked_at_again_beside_the_work(
    world: dict[str, Segment], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = judging._Looked()
    before = looked.settled()
    monkeypatch.setattr(judging, "LOOKED", 0.0)
    begun: list[object] = []
    monkeypatch.setattr(judging, "Thread", lambda **told: begun.append(told["args"]) or Idle())
    assert looked.settled() is before
    assert begun == [(looked.mirror,)]


class Idle:
    """A thread that never begins."""

    def start(self) -> None:
        pass
