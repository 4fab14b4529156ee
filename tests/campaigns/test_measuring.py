"""Metrics against counts made by hand, and the members of a past day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError

from campaigns.actions.goals import archive_goal, edit_goal, restore_goal
from campaigns.actions.measuring import measure_goal, measure_goals
from campaigns.domain.metrics import METRICS, NotMeasurable, parse_options
from campaigns.domain.refusals import Refused
from campaigns.models import Goal, GoalPoint
from campaigns.queries.measuring import measure
from crm.actions.merging.merging import merge
from crm.models import AuditEntry, Contact, OutboxEvent, User
from segments.models import Segment
from segments.queries.membership.past import members_at
from tests.campaigns.conftest import NOON, days_ago

TODAY = date(2026, 3, 15)
Make = Callable[..., Contact]


@pytest.fixture
def value(segment: Segment) -> Callable[..., Decimal | None]:
    def work_out(metric: str, on: date = TODAY, **options: object) -> Decimal | None:
        parsed = parse_options(metric, options)
        return measure(metric, parsed, segment, on=on, now=NOON, zone=ZoneInfo("UTC"), currency="EUR").value

    return work_out


def names(segment: Segment, ago: float) -> set[str]:
    found = Contact.objects.filter(pk__in=members_at(segment, days_ago(ago)))
    return set(found.values_list("first_name", flat=True))


def test_members_of_a_past_instant(segment: Segment, contact: Make, enter: Make) -> None:
    enter(contact("Always"), 50)
    enter(contact("Left"), 50, left=10)
    enter(contact("New"), 5)
    back = enter(contact("Back"), 40, left=20)
    enter(back, 3)
    enter(contact("Brief"), 8, left=7)
    assert names(segment, 60) == set()
    assert names(segment, 30) == {"Always", "Left", "Back"}
    assert names(segment, 15) == {"Always", "Left"}
    assert names(segment, 10) == {"Always"}, "at the instant of leaving one is out"
    assert names(segment, 8) == {"Always", "Brief"}, "at the instant of entering one is in"
    assert names(segment, 0) == {"Always", "New", "Back"}


def test_members_of_another_segment_do_not_count(segment: Segment, contact: Make, enter: Make) -> None:
    enter(contact("Ours"), 50)
    other = Segment.objects.create(slug="other", name="Other")
    assert names(other, 0) == set()


def test_each_metric_counted_by_hand(
    contact: Make,
    enter: Make,
    does: Callable[..., object],
    says: Callable[..., None],
    value: Callable[..., Decimal | None],
) -> None:
    ada, bob, cleo, stranger = contact("Ada"), contact("Bob"), contact("Cleo"), contact("Stranger")
    for member in (ada, bob, cleo):
        enter(member, 50)
    does(ada, 1, amount="10.10")
    does(ada, 2, amount="20.20")
    does(bob, 40, amount="100")
    does(bob, 3, amount="7", currency="USD")
    does(stranger, 1, amount="999")
    does(cleo, 4, kind="ticket")
    says(ada, True, 20)
    says(bob, True, 30)
    says(bob, False, 10)
    says(cleo, True, 20, purpose="service")
    assert value("size") == 3
    assert value("revenue", days=30) == Decimal("30.300000")
    assert value("revenue", days=60) == Decimal("130.300000")
    assert value("revenue_per_member", days=30) == Decimal("10.100000")
    assert value("purchases_per_member", days=30) == 1
    assert value("average_order", days=30) == Decimal("15.150000")
    assert value("conversion", kind="ticket", days=30) == Decimal("0.333333")
    assert value("consent", channel="email", purpose="offers") == Decimal("0.333333")
    assert value("consent", on=date(2026, 2, 28), channel="email", purpose="offers") == Decimal("0.666667")
    assert value("returning") == Decimal("0.666667")
    assert value("lapsing", days=30) == Decimal("0.333333")


def test_a_past_day_knows_nothing_of_later(
    contact: Make, enter: Make, does: Callable[..., object], value: Callable[..., Decimal | None]
) -> None:
    ada = enter(contact("Ada"), 50)
    does(ada, 1, amount="10")
    does(ada, 20, amount="5")
    assert value("revenue", on=date(2026, 3, 1), days=30) == 5
    assert value("returning", on=date(2026, 3, 1)) == 0


def test_what_a_merged_member_did_counts_for_the_survivor(
    contact: Make,
    enter: Make,
    does: Callable[..., object],
    says: Callable[..., None],
    value: Callable[..., Decimal | None],
    person: Callable[[str], User],
) -> None:
    """Ada and Bob were members then; Bob became Ada, and Cleo became Dora, who was none."""
    ada, bob, cleo, dora = contact("Ada"), contact("Bob"), contact("Cleo"), contact("Dora")
    for member in (ada, bob, cleo):
        enter(member, 50)
    does(ada, 20, amount="1")
    does(bob, 18, amount="10")
    does(cleo, 17, amount="100")
    does(dora, 16, amount="1000")
    says(bob, True, 30)
    says(cleo, True, 30)
    then = date(2026, 3, 1)
    everything = {"on": then, "days": 30}
    assert value("revenue", **everything) == 111
    for survivor, merged in ((ada, bob), (dora, cleo)):
        merge(survivor=survivor.pk, merged=merged.pk, by=person("manager"), at=NOON)
    assert value("size", on=then) == 3, "so many were counted then"
    assert value("revenue", **everything) == 1111
    assert value("revenue_per_member", **everything) == Decimal("555.5")
    assert value("purchases_per_member", **everything) == 2
    assert value("conversion", kind="purchase", **everything) == 1
    assert value("returning", on=then) == 1
    assert value("lapsing", **everything) == 0
    assert value("consent", on=then, channel="email", purpose="offers") == 1
    assert value("revenue", days=30) == 11, "the rule has not been asked of Dora"


def test_a_window_is_whole_days_of_the_zone(
    segment: Segment, contact: Make, enter: Make, does: Callable[..., object]
) -> None:
    """In Vienna a day begins an hour before UTC: 23:30 UTC on the 14th is the 15th there."""
    ada = enter(contact("Ada"), 50)
    does(ada, 0.520834, amount="1")  # 14 March, 23:30 UTC
    one = parse_options("revenue", {"days": 1})

    def in_zone(name: str) -> Decimal | None:
        return measure("revenue", one, segment, on=TODAY, now=NOON, zone=ZoneInfo(name), currency="EUR").value

    assert in_zone("Europe/Vienna") == 1
    assert in_zone("UTC") == 0


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_nothing_to_divide_by_is_no_value(
    metric: str, segment: Segment, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    given = {"days": 30, "kind": "ticket", "channel": "email", "purpose": "offers"}
    options = parse_options(metric, {key.value: given[key] for key in METRICS[metric].options})
    with django_assert_max_num_queries(2):  # type: ignore[attr-defined]
        found = measure(metric, options, segment, on=TODAY, now=NOON, zone=ZoneInfo("UTC"), currency="EUR")
    assert found.members == 0
    assert found.value in (None, Decimal(0))


@pytest.mark.parametrize(
    ("metric", "options", "said"),
    [
        ("fame", {}, "no metric"),
        ("revenue", {}, "number of days"),
        ("revenue", {"days": 0}, "between 1 and"),
        ("revenue", {"days": "soon"}, "between 1 and"),
        ("size", {"days": 3}, "does not ask for days"),
        ("consent", {"channel": "pigeon", "purpose": "offers"}, "Choose a channel"),
        ("conversion", {"days": 3, "kind": ""}, "kind of interaction"),
    ],
)
def test_wrong_options_are_refused_in_a_sentence(metric: str, options: dict[str, object], said: str) -> None:
    with pytest.raises(NotMeasurable, match=said):
        parse_options(metric, options)


def test_the_baseline_is_measured(contact: Make, enter: Make, goal: Callable[..., Goal]) -> None:
    enter(contact("A"), 50)
    enter(contact("B"), 2)
    made = goal()
    assert made.baseline == 1
    assert OutboxEvent.objects.get(name="GoalSaved").payload == {"goal": made.pk}
    assert AuditEntry.objects.get(action="goal.created").subject == f"goal {made.pk}"


def test_measuring_fills_every_day_once(contact: Make, enter: Make, goal: Callable[..., Goal]) -> None:
    enter(contact("A"), 50)
    enter(contact("B"), 2)
    made = goal()
    assert measure_goals(as_of=NOON) == 10
    kept = list(GoalPoint.objects.filter(goal=made).values_list("on", "value"))
    assert [value for _, value in kept] == [1] * 8 + [2] * 3
    assert kept[0][0] == made.starts_on
    assert kept[-1][0] == TODAY
    assert measure_goals(as_of=NOON) == 1, "only the day that is not over"
    assert list(GoalPoint.objects.filter(goal=made).values_list("on", "value")) == kept
    tomorrow = datetime(2026, 3, 16, 1, tzinfo=UTC)
    assert measure_goals(as_of=tomorrow) == 2
    assert measure_goals(as_of=tomorrow) == 1


def test_days_before_the_members_are_known_have_no_point(
    contact: Make, enter: Make, goal: Callable[..., Goal]
) -> None:
    enter(contact("A"), 3)
    made = goal()
    measure_goals(as_of=NOON)
    first = GoalPoint.objects.filter(goal=made).earliest("on")
    assert first.on == date(2026, 3, 12)
    made.refresh_from_db()
    assert made.baseline == first.value


def test_a_goal_in_the_future_has_no_baseline_yet(
    contact: Make, enter: Make, goal: Callable[..., Goal]
) -> None:
    enter(contact("A"), 3)
    made = goal(starts_on=date(2026, 3, 20))
    assert made.baseline is None
    assert measure_goals(as_of=NOON) == 0
    assert measure_goals(as_of=datetime(2026, 3, 20, 9, tzinfo=UTC)) == 1
    made.refresh_from_db()
    assert made.baseline == 1


def test_nothing_is_measured_after_the_due_day(contact: Make, enter: Make, goal: Callable[..., Goal]) -> None:
    enter(contact("A"), 50)
    made = goal(starts_on=date(2026, 3, 1), due_on=date(2026, 3, 8))
    measure_goals(as_of=NOON)
    assert GoalPoint.objects.filter(goal=made).count() == 8
    assert measure_goals(as_of=NOON) == 0


def test_archived_goals_rest_and_a_broken_one_stops_no_other(
    contact: Make, enter: Make, goal: Callable[..., Goal], person: Callable[[str], User]
) -> None:
    enter(contact("A"), 50)
    resting, broken, sound = goal(name="Resting"), goal(name="Broken"), goal(name="Sound")
    archive_goal(goal=resting, by=person("manager"), at=NOON)
    Goal.objects.filter(pk=broken.pk).update(metric="fame")
    assert measure_goals(as_of=NOON) == 10
    assert GoalPoint.objects.filter(goal=sound).count() == 11
    restore_goal(goal=resting, by=person("manager"), at=NOON)
    assert measure_goals(as_of=NOON) == 11
    actions = AuditEntry.objects.filter(subject=f"goal {resting.pk}").values_list("action", flat=True)
    assert list(actions) == ["goal.created", "goal.archived", "goal.restored"]


def test_new_terms_measure_afresh_and_a_new_target_does_not(
    contact: Make, enter: Make, goal: Callable[..., Goal], person: Callable[[str], User]
) -> None:
    enter(contact("A"), 50)
    made = goal()
    measure_goals(as_of=NOON)
    same = {
        "name": made.name,
        "segment": made.segment,
        "objective": made.objective,
        "due_on": made.due_on,
        "owner": made.owner,
        "by": person("manager"),
        "at": NOON,
    }
    edit_goal(goal=made, metric="size", options={}, starts_on=made.starts_on, target=Decimal(20), **same)
    assert GoalPoint.objects.filter(goal=made).count() == 11
    edit_goal(
        goal=made, metric="returning", options={}, starts_on=made.starts_on, target=Decimal("0.5"), **same
    )
    assert GoalPoint.objects.filter(goal=made).count() == 1
    assert made.baseline == 0


def test_points_of_terms_changed_meanwhile_are_not_kept(
    contact: Make, enter: Make, goal: Callable[..., Goal]
) -> None:
    enter(contact("A"), 50)
    made = goal()
    stale = Goal.objects.select_related("segment").get(pk=made.pk)
    Goal.objects.filter(pk=made.pk).update(metric="returning")
    assert measure_goal(goal=stale, as_of=NOON) == 0
    assert GoalPoint.objects.count() == 1


def test_a_long_past_is_kept_a_month_at_a_time(contact: Make, enter: Make, goal: Callable[..., Goal]) -> None:
    enter(contact("A"), 200)
    made = goal(starts_on=date(2025, 12, 1))
    assert measure_goal(goal=made, as_of=NOON) == 104
    assert GoalPoint.objects.filter(goal=made).count() == 105


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"name": "  "}, "name"),
        ({"metric": "fame"}, "metric"),
        ({"due_on": date(2026, 3, 5)}, "due_on"),
        ({"metric": "returning", "target": Decimal(34)}, "target"),
        ({"target": Decimal(-1)}, "target"),
    ],
)
def test_what_is_no_goal_is_refused(goal: Callable[..., Goal], terms: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        goal(**terms)
    assert refusal.value.field == field
    assert not Goal.objects.exists()


def test_the_database_keeps_one_point_a_day(goal: Callable[..., Goal]) -> None:
    made = goal()
    terms = {"goal": made, "on": date(2026, 3, 10), "value": 1, "members": 1, "measured_at": NOON}
    GoalPoint.objects.create(**terms)
    with pytest.raises(IntegrityError):
        GoalPoint.objects.create(**terms)


@pytest.mark.parametrize("change", [{"name": ""}, {"due_on": date(2026, 3, 5)}])
def test_the_database_keeps_goals_sound(goal: Callable[..., Goal], change: dict[str, object]) -> None:
    made = goal()
    with pytest.raises(IntegrityError):
        Goal.objects.filter(pk=made.pk).update(**change)
