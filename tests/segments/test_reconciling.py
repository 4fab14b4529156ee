"""The nightly comparison finds what is wrong with members, sizes and mirror, says so and mends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crm.kit.processes import this_worker
from crm.models import Contact, OutboxEvent
from segments.actions.building.saving import create_segment
from segments.actions.running import reconciling
from segments.actions.running.recomputing import recompute
from segments.actions.running.reconciling import Reconciled, reconcile
from segments.mirror import everyone, store
from segments.models import Membership, MembershipChange, Run, Segment
from tests.segments.mirrored import buy
from tests.segments.test_judging import city, move, names, quick

NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def paris(settings: object, tmp_path: Path, contact: Callable[..., Contact]) -> Segment:
    settings.MIRROR_DIR = tmp_path / "mirror"  # type: ignore[attr-defined]
    contact("Ada", city="Paris")
    contact("Bob", city="Rome")
    contact("Cleo", city="Paris")
    made = create_segment(name="Paris", rule=city("Paris"), by=None, at=NOON)
    recompute(cause="schedule", as_of=lambda: NOON, worker=this_worker())
    return made


def compared(at: datetime = NOON + timedelta(hours=1)) -> Reconciled:
    found = reconcile(clock=lambda: at, worker=this_worker())
    assert found is not None
    return found


def test_where_nothing_is_wrong_it_says_what_was_compared(paris: Segment) -> None:
    found = compared()
    assert not found.drifts
    run = Run.objects.get(kind=Run.RECONCILE)
    assert run.state == Run.DONE
    assert "No difference: 2 memberships of 1 segments" in run.note
    assert not OutboxEvent.objects.filter(name="DriftFound").exists()


def test_wrong_rows_are_reported_and_mended_in_the_log(paris: Segment) -> None:
    Membership.objects.filter(segment=paris, contact__first_name="Ada").delete()
    Membership.objects.create(segment=paris, contact=Contact.objects.get(first_name="Bob"), since=NOON)
    Segment.objects.filter(pk=paris.pk).update(size=7)
    (drift,) = compared().drifts
    assert drift.sentence() == "‘Paris’: 1 missing, 1 too many, its size told off by +5"
    assert names(paris) == ["Ada", "Cleo"]
    paris.refresh_from_db()
    assert paris.size == 2
    mended = MembershipChange.objects.filter(cause="reconcile").values_list("contact__first_name", "entered")
    assert set(mended) == {("Ada", True), ("Bob", False)}
    assert OutboxEvent.objects.filter(name="DriftFound").count() == 1
    assert not compared(NOON + timedelta(hours=2)).drifts


def test_a_mirror_that_missed_a_change_is_written_anew(paris: Segment) -> None:
    bob = Contact.objects.get(first_name="Bob")
    bob.attributes["city"] = "Paris"
    bob.save()  # and no touch: what must not happen
    (drift,) = compared().drifts
    assert "judged wrongly by the mirror" in drift.sentence()
    assert names(paris) == ["Ada", "Bob", "Cleo"]
    assert not compared(NOON + timedelta(hours=2)).drifts


def test_who_changes_while_everybody_is_read_is_left_out(
    paris: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = reconciling.read_everyone

    def slow(*args: object) -> object:
        read = whole(*args)  # type: ignore[arg-type]
        move(Contact.objects.get(first_name="Bob"), "Paris")
        quick(NOON + timedelta(hours=1, seconds=5))
        move(Contact.objects.get(first_name="Ada"), "Rome")
        return read

    monkeypatch.setattr(reconciling, "read_everyone", slow)
    found = compared()
    assert not found.drifts
    assert found.left_out == 2


def test_two_comparisons_at_once_do_the_work_once(paris: Segment) -> None:
    Run.objects.create(
        kind=Run.RECONCILE,
        lane=reconciling.COMPARE,
        as_of=NOON,
        cause="x",
        heartbeat_at=NOON,
        started_at=NOON,
    )
    assert reconcile(clock=lambda: NOON, worker=this_worker()) is None


def test_a_property_that_first_came_with_a_patch_is_compared_too(
    paris: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody had it, so no column was asked for; then somebody has, and it is not among the most frequent ones."""
    monkeypatch.setattr("segments.mirror.bulk.MOST_NAMES", 0)
    everyone.snapshot()
    where = [{"property": "gift", "op": "is", "value": "rose"}]
    rule = {"version": 1, "rule": {"interaction": "purchase", "where": where}}
    gifts = create_segment(name="Gifts", rule=rule, by=None, at=NOON)
    recompute(cause="schedule", as_of=lambda: NOON, worker=this_worker())
    assert "gift" not in store.wanted()
    buy(Contact.objects.get(first_name="Ada"), 1, gift="rose")
    quick(NOON + timedelta(minutes=1))
    assert names(gifts) == ["Ada"]
    assert not compared().drifts
    assert names(gifts) == ["Ada"]
