"""What a run that died, failed or was never sent has left is begun at once, and only then."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from crm.kit.processes import HOST, this_worker
from segments.actions.building.saving import create_segment
from segments.actions.running.overdue import overdue
from segments.actions.running.reconciling import COMPARE
from segments.models import Run, Segment
from segments.queries.running.troubles import troubles

pytestmark = pytest.mark.django_db

DEAD = f"{HOST}:99999999:1-dead"
RULE = {"version": 1, "rule": {"attribute": "first_name", "op": "is", "value": "Bob"}}


def ran(state: str, at: datetime, **more: object) -> Run:
    told = {"worker": "elsewhere:1:1-a", "heartbeat_at": at, "finished_at": at, **more}
    return Run.objects.create(state=state, as_of=at, cause="time", started_at=at, **told)


def found(at: datetime) -> str | None:
    return overdue(at, worker=this_worker())


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def test_before_the_first_run_nothing_is_overdue(noon: datetime) -> None:
    assert found(noon) is None


def test_a_sweep_at_work_is_left_alone_and_one_whose_process_is_gone_is_not(noon: datetime) -> None:
    run = ran(Run.RUNNING, noon, finished_at=None)
    assert found(noon + seconds(29)) is None
    assert found(noon + seconds(31)) == "time"  # no sign of life for half a minute
    Run.objects.filter(pk=run.pk).update(worker=DEAD)
    assert found(noon) == "time"
    Run.objects.filter(pk=run.pk).update(kind=Run.RULE)
    assert found(noon) == "rule"


def test_a_sweep_that_was_never_sent_is_overdue_five_seconds_after_its_minute(noon: datetime) -> None:
    ran(Run.DONE, noon)
    assert found(noon + seconds(64)) is None
    assert found(noon + seconds(65)) == "time"
    assert found(noon - seconds(3600)) == "time"  # the clock was set back


def test_a_run_over_some_segments_is_no_sweep(noon: datetime) -> None:
    ran(Run.DONE, noon)
    ran(Run.DONE, noon + seconds(60), kind=Run.RULE)
    assert found(noon + seconds(70)) == "time"


@pytest.mark.parametrize("state", [Run.FAILED, Run.ABANDONED])
def test_what_fails_is_tried_again_soon_and_then_ever_more_rarely(noon: datetime, state: str) -> None:
    ran(Run.DONE, noon)
    pauses = []
    for _ in range(7):
        ran(state, noon)
        pauses.append(next(pause for pause in range(100) if found(noon + seconds(pause)) == "time"))
    assert pauses == [2, 4, 8, 16, 32, 60, 60]


def test_a_rule_that_was_saved_and_not_judged_is_overdue_once_the_way_is_free(noon: datetime) -> None:
    create_segment(name="Bob", rule=RULE, by=None, at=noon)
    run = ran(Run.RUNNING, noon)
    assert found(noon) is None
    Run.objects.filter(pk=run.pk).update(state=Run.DONE)
    assert found(noon) == "rule"
    Segment.objects.update(evaluated_version=1, evaluated_at=noon)
    assert found(noon) is None


def test_a_comparison_whose_worker_died_is_given_up(noon: datetime) -> None:
    ran(Run.DONE, noon)
    lost = ran(Run.RUNNING, noon, finished_at=None, lane=COMPARE, kind=Run.RECONCILE)
    assert found(noon + seconds(29)) is None
    lost.refresh_from_db()
    assert lost.state == Run.RUNNING
    assert found(noon + seconds(31)) is None
    lost.refresh_from_db()
    assert (lost.state, lost.finished_at) == (Run.ABANDONED, noon + seconds(31))
    assert "comparison" in " ".join(trouble.key for trouble in troubles(noon + seconds(31)))
