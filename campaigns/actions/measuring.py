"""Writes what goals have come to, a point a goal a day."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from campaigns.domain.days import day_end, day_of, days_between
from campaigns.domain.metrics import NotMeasurable, parse_options
from campaigns.models import Goal, GoalPoint
from campaigns.queries.measuring import measure
from crm.queries.accounts import account_zone, current_account
from segments.queries.membership.past import known_since

log = logging.getLogger(__name__)
KEPT_AT_ONCE = 30


def measure_goals(*, as_of: datetime) -> int:
    """Write the points of every goal in use that are missing up to `as_of`; how many were written.

    Called again it writes nothing new, but for the day that is not over: its point is measured again each time. One
    goal that cannot be measured stops no other.
    """
    written = 0
    for goal in Goal.objects.filter(archived_at__isnull=True).select_related("segment"):
        try:
            written += measure_goal(goal=goal, as_of=as_of)
        except NotMeasurable as problem:
            log.warning("Goal %s was not measured: %s", goal.pk, problem)
    return written


def measure_goal(*, goal: Goal, as_of: datetime) -> int:
    """Write the missing points of one goal, and its baseline once the first is there; how many were written.

    A month is kept at a time, so that a kill loses little. Where somebody changes what is measured meanwhile, the rest
    is left to the measuring that this change asks for.
    """
    zone = account_zone()
    days = missing_days(goal, as_of=as_of, zone=zone)
    written = 0
    for start in range(0, len(days), KEPT_AT_ONCE):
        found = points(goal, days[start : start + KEPT_AT_ONCE], as_of=as_of, zone=zone)
        with transaction.atomic():
            now = Goal.objects.select_for_update().filter(pk=goal.pk).first()
            if now is None or what_is_measured(now) != what_is_measured(goal):
                return written
            save_points(goal, found)
        written += len(found)
    return written


def what_is_measured(goal: Goal) -> tuple[object, ...]:
    """The terms that make points what they are; a change of these means measuring afresh."""
    return (goal.segment_id, goal.metric, goal.options, goal.starts_on)


def missing_days(goal: Goal, *, as_of: datetime, zone: ZoneInfo) -> list[date]:
    """The days from the start to today or the due day without a final point, as far back as members are known."""
    known = known_since(goal.segment)
    if known is None:
        return []
    kept = GoalPoint.objects.filter(goal=goal).values_list("on", "measured_at")
    final = {on for on, measured_at in kept if measured_at >= day_end(on, zone)}
    first = max(goal.starts_on, day_of(known, zone))
    last = min(goal.due_on, day_of(as_of, zone))
    return [on for on in days_between(first, last) if on not in final]


def points(goal: Goal, days: Iterable[date], *, as_of: datetime, zone: ZoneInfo) -> list[GoalPoint]:
    """The points of these days, not saved yet. A day on which there was nothing to measure has none."""
    options = parse_options(goal.metric, goal.options)
    currency = current_account().currency
    found = []
    for on in days:
        measured = measure(goal.metric, options, goal.segment, on=on, now=as_of, zone=zone, currency=currency)
        if measured.value is not None:
            found.append(
                GoalPoint(goal=goal, on=on, value=measured.value, members=measured.members, measured_at=as_of)
            )
    return found


def save_points(goal: Goal, found: list[GoalPoint]) -> None:
    """Write points, a day's newer one over its older, and keep the baseline equal to the first day's value."""
    GoalPoint.objects.bulk_create(
        found,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["goal", "on"],
        update_fields=["value", "members", "measured_at"],
    )
    first = GoalPoint.objects.filter(goal=goal).order_by("on").values_list("value", flat=True).first()
    if first != goal.baseline:
        goal.baseline = first
        goal.save(update_fields=["baseline"])
