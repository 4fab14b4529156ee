"""What people do with goals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from campaigns.actions.holding import hold_in_use
from campaigns.actions.measuring import points, save_points, what_is_measured
from campaigns.domain.days import day_of
from campaigns.domain.metrics import METRICS, NotMeasurable, Unit, parse_options
from campaigns.domain.refusals import Refused
from campaigns.models import Goal, GoalPoint
from crm.actions.auditing import record
from crm.actions.publishing import publish
from crm.models import User
from crm.queries.accounts import account_zone
from segments.models import Segment
from segments.queries.membership.past import known_since


def create_goal(
    *,
    name: str,
    segment: Segment,
    metric: str,
    options: Mapping[str, Any],
    objective: str,
    starts_on: date,
    due_on: date,
    target: Decimal,
    owner: User | None,
    by: User | None,
    at: datetime,
) -> Goal:
    """A new goal with its baseline measured, if its first day has come; the days since follow by a task.

    `target` of a share is a share: 0.34 is 34 %. Raises `Refused`.
    """
    goal = Goal(name=name.strip(), segment=segment, metric=metric, options=dict(options), objective=objective)
    goal.starts_on, goal.due_on, goal.target, goal.owner = starts_on, due_on, Decimal(target), owner
    check(goal)
    first = _first_point(goal, at=at)
    with transaction.atomic():
        hold_in_use(segment)
        goal.save()
        save_points(goal, first)
        record(action="goal.created", subject=f"goal {goal.pk}", by=by, at=at, **_terms(goal))
        publish("GoalSaved", goal=goal.pk)
    return goal


def edit_goal(
    *,
    goal: Goal,
    name: str,
    segment: Segment,
    metric: str,
    options: Mapping[str, Any],
    objective: str,
    starts_on: date,
    due_on: date,
    target: Decimal,
    owner: User | None,
    by: User | None,
    at: datetime,
) -> Goal:
    """The goal with new terms. Where what is measured changes, its points and baseline are worked out afresh."""
    before, measured = _terms(goal), what_is_measured(goal)
    goal.name, goal.segment, goal.metric, goal.options = name.strip(), segment, metric, dict(options)
    goal.objective, goal.starts_on, goal.due_on = objective, starts_on, due_on
    goal.target, goal.owner = Decimal(target), owner
    check(goal)
    afresh = what_is_measured(goal) != measured
    first = _first_point(goal, at=at) if afresh else []
    with transaction.atomic():
        hold_in_use(segment)
        goal.save()
        if afresh:
            GoalPoint.objects.filter(goal=goal).delete()
        save_points(goal, first)
        after = _terms(goal)
        changes = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
        record(action="goal.edited", subject=f"goal {goal.pk}", by=by, at=at, changes=changes)
        publish("GoalSaved", goal=goal.pk)
    return goal


def archive_goal(*, goal: Goal, by: User | None, at: datetime) -> None:
    """Take a goal off the dashboard; its points stay. Archived already: nothing happens."""
    with transaction.atomic():
        if Goal.objects.filter(pk=goal.pk, archived_at__isnull=True).update(archived_at=at):
            record(action="goal.archived", subject=f"goal {goal.pk}", by=by, at=at)


def restore_goal(*, goal: Goal, by: User | None, at: datetime) -> None:
    """Bring an archived goal back; the days it missed are measured by a task. Raises `Refused`."""
    with transaction.atomic():
        hold_in_use(goal.segment)
        if Goal.objects.filter(pk=goal.pk, archived_at__isnull=False).update(archived_at=None):
            record(action="goal.restored", subject=f"goal {goal.pk}", by=by, at=at)
            publish("GoalSaved", goal=goal.pk)


def check(goal: Goal) -> None:
    """Raise `Refused` where the terms make no goal: it must be specific, measurable and time-bound."""
    if not goal.name:
        raise Refused("Give the goal a name.", field="name")
    try:
        goal.options = parse_options(goal.metric, goal.options).document()
    except NotMeasurable as problem:
        raise Refused(str(problem), field="metric") from problem
    if goal.due_on <= goal.starts_on:
        raise Refused("The due day must be after the first day.", field="due_on")
    if METRICS[goal.metric].unit is Unit.SHARE and not 0 <= goal.target <= 1:
        raise Refused("A share lies between 0 and 100 %.", field="target")
    if METRICS[goal.metric].unit in (Unit.COUNT, Unit.PER_MEMBER) and goal.target < 0:
        raise Refused("This target cannot be below 0.", field="target")


def _first_point(goal: Goal, *, at: datetime) -> list[GoalPoint]:
    """The point of the first day; none where that day is to come or the members of then are not known."""
    zone = account_zone()
    known = known_since(goal.segment)
    if known is None or goal.starts_on > day_of(at, zone):
        return []
    first = max(goal.starts_on, day_of(known, zone))
    return points(goal, [first] if first <= goal.due_on else [], as_of=at, zone=zone)


def _terms(goal: Goal) -> dict[str, Any]:
    return {
        "name": goal.name,
        "segment": goal.segment_id,
        "metric": goal.metric,
        "options": goal.options,
        "objective": goal.objective,
        "starts_on": goal.starts_on.isoformat(),
        "due_on": goal.due_on.isoformat(),
        "target": f"{goal.target:f}",
        "owner": goal.owner_id,
    }
