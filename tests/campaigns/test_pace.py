"""How a goal stands, in words and with an honest interval."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from campaigns.domain.goal_chart import goal_chart
from campaigns.domain.pace import Point, State, Terms, assess, on_path, progress, project
from campaigns.domain.student import cumulative, quantile

START, DUE = date(2026, 1, 1), date(2026, 4, 11)  # a hundred days


def terms(baseline: int | None = 100, target: int = 200, **other: object) -> Terms:
    kept = None if baseline is None else Decimal(baseline)
    return Terms(START, DUE, kept, Decimal(target), **other)  # type: ignore[arg-type]


def points(*values: float) -> list[Point]:
    return [Point(START + timedelta(days=day), Decimal(repr(v))) for day, v in enumerate(values)]


@pytest.mark.parametrize(
    ("probability", "freedom", "value"),
    [(0.9, 1, 3.0777), (0.9, 8, 1.3968), (0.975, 10, 2.2281), (0.95, 30, 1.6973), (0.1, 5, -1.4759)],
)
def test_student_agrees_with_the_tables(probability: float, freedom: float, value: float) -> None:
    assert quantile(probability, freedom) == pytest.approx(value, abs=1e-4)
    assert cumulative(value, freedom) == pytest.approx(probability, abs=1e-4)


def test_the_path_is_straight() -> None:
    assert on_path(terms(), START) == 100
    assert on_path(terms(), START + timedelta(days=50)) == 150
    assert on_path(terms(), DUE) == 200
    assert on_path(terms(), DUE + timedelta(days=9)) == 200
    assert on_path(terms(None), DUE) is None


@pytest.mark.parametrize(("value", "share"), [(100, 0.0), (150, 0.5), (200, 1.0), (220, 1.2), (80, -0.2)])
def test_progress_goes_below_zero_when_the_value_moves_away(value: int, share: float) -> None:
    assert progress(terms(), Decimal(value)) == pytest.approx(share)


def test_a_goal_that_shrinks_something_is_met_below_its_target() -> None:
    shrinking = terms(100, 50)
    assert progress(shrinking, Decimal(75)) == pytest.approx(0.5)
    assert assess(shrinking, points(100, 60, 49), today=START + timedelta(days=2)).state is State.MET
    assert assess(shrinking, points(100, 130), today=START + timedelta(days=1)).state is State.OFF_TRACK


def test_a_metric_with_one_good_direction_is_not_turned_round_by_its_target() -> None:
    easy = terms(100, 50, rising=True)
    assert progress(easy, Decimal(120)) == 1
    assert assess(easy, points(100, 120), today=START + timedelta(days=1)).state is State.MET
    assert progress(easy, Decimal(40)) == 0


def test_before_the_start_and_without_points() -> None:
    assert assess(terms(None), [], today=START - timedelta(days=1)).state is State.NOT_STARTED
    assert assess(terms(None), [], today=START).state is State.CANNOT_TELL
    one = assess(terms(), points(100), today=START)
    assert one.state is State.CANNOT_TELL
    assert one.forecast is None


def test_with_few_points_the_path_alone_decides() -> None:
    fifth = START + timedelta(days=4)
    assert assess(terms(), points(100, 101, 102, 103, 104), today=fifth).state is State.ON_TRACK
    behind = assess(terms(), points(100, 101, 102, 103, 103.5), today=fifth)
    assert behind.state is State.AT_RISK
    assert behind.forecast is None
    assert behind.expected == 104


def test_met_says_since_when_it_has_held() -> None:
    pace = assess(terms(), points(100, 201, 150, 200, 205), today=START + timedelta(days=4))
    assert pace.state is State.MET
    assert pace.met_on == START + timedelta(days=3)


def test_past_the_due_day() -> None:
    after = DUE + timedelta(days=5)
    late = [*points(100, 120), Point(DUE, Decimal(199))]
    assert assess(terms(), late, today=after).state is State.MISSED
    assert assess(terms(), late, today=after).forecast is None
    reached_too_late = [*late, Point(DUE + timedelta(days=1), Decimal(300))]
    assert assess(terms(), reached_too_late, today=after).state is State.MISSED
    assert assess(terms(), [*points(100), Point(DUE, Decimal(200))], today=after).state is State.MET
    unmeasured = points(100, 120)
    assert assess(terms(), unmeasured, today=DUE + timedelta(days=1)).state is State.CANNOT_TELL
    assert assess(terms(), unmeasured, today=after).state is State.MISSED


def test_a_trend_needs_ten_points() -> None:
    assert project(terms(), points(*range(100, 109))) is None
    forecast = project(terms(), points(*range(100, 110)))
    assert forecast is not None
    assert forecast.middle == pytest.approx(200)
    assert forecast.likely == 1
    assert forecast.points == 10


def test_the_states_follow_the_likelihood() -> None:
    def state(slope: float) -> State:
        chance = random.Random(7)
        values = [100 + slope * day + chance.gauss(0, 2) for day in range(40)]
        return assess(terms(), points(*values), today=START + timedelta(days=39)).state

    assert state(1.2) is State.ON_TRACK
    assert state(0.95) in (State.AT_RISK, State.OFF_TRACK)
    assert state(0.3) is State.OFF_TRACK
    assert state(-0.5) is State.OFF_TRACK


def test_the_interval_holds_about_as_often_as_it_says() -> None:
    """Independent days: 80 % of the due days must fall into the 80 % interval."""
    chance = random.Random(11)
    held = 0
    for _ in range(400):
        values = [100 + 0.8 * day + chance.gauss(0, 5) for day in range(101)]
        forecast = project(terms(), points(*values[:50]))
        assert forecast is not None
        held += forecast.low <= values[100] <= forecast.high
    assert 0.75 <= held / 400 <= 0.92


def test_the_interval_holds_for_a_value_that_wanders() -> None:
    """The size of a segment is a sum of what came and went: a random walk, not a line with noise."""
    chance = random.Random(5)
    held = 0
    for _ in range(300):
        values = [400.0]
        for _ in range(100):
            values.append(values[-1] + chance.gauss(3, 4))
        forecast = project(terms(400, 900), points(*values[:50]))
        assert forecast is not None
        held += forecast.low <= values[100] <= forecast.high
    assert 0.7 <= held / 300 <= 0.95


def test_days_that_resemble_each_other_make_the_forecast_less_sure() -> None:
    chance = random.Random(3)
    white = [chance.gauss(0, 3) for _ in range(40)]
    sticky, level = [], 0.0
    for step in white:
        level = 0.9 * level + step
        sticky.append(level)
    loose = project(terms(), points(*(100 + day + miss for day, miss in enumerate(white))))
    tight = project(terms(), points(*(100 + day + miss for day, miss in enumerate(sticky))))
    assert loose is not None
    assert tight is not None
    assert tight.high - tight.low > 2 * (loose.high - loose.low)


def test_a_forecast_stays_within_what_the_metric_can_be() -> None:
    share = Terms(START, DUE, Decimal("0.5"), Decimal("0.9"), least=Decimal(0), most=Decimal(1))
    forecast = project(share, points(*(0.5 + 0.02 * day for day in range(12))))
    assert forecast is not None
    assert forecast.high == 1


def test_a_chart_writes_shares_as_texts_do() -> None:
    share = Terms(START, DUE, Decimal("0.5"), Decimal("0.9"), least=Decimal(0), most=Decimal(1))
    measured = points(*(0.5 + 0.02 * day for day in range(12)))
    drawn = goal_chart("returning", share, measured, project(share, measured))
    actual = next(trace for trace in drawn["data"] if trace.get("name") == "actual")
    assert actual["y"] == [50.0 + 2 * day for day in range(12)]
    assert all(50 <= value <= 100 for trace in drawn["data"] for value in trace["y"])
    assert drawn["layout"]["yaxis"]["ticksuffix"] == "\u00a0%"
    assert goal_chart("size", share, measured, None)["data"][-1]["y"][0] == 0.5


def test_the_shared_cases_about_goals(shared_data: Path) -> None:
    cases = json.loads((shared_data / "09_metric_cases" / "metric_cases.json").read_text())["cases"]
    goals = {case["name"]: case["expect"] for case in cases if case["kind"] == "SMART goal"}
    assert len(goals) == 2
    late = assess(terms(), [*points(100), Point(DUE, Decimal(150))], today=DUE + timedelta(days=1))
    assert late.state is State.MISSED, goals["past the deadline and missed"]
    away = assess(terms(), points(100, 80), today=START + timedelta(days=1))
    assert away.progress == pytest.approx(-0.2), goals[
        "moved away from the target (raise 100 to 200, now 80)"
    ]
    assert away.state is State.OFF_TRACK
