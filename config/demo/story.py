"""Tells Nordwand's last year: segments made then, their members worked out week by week, goals measured day by day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from campaigns.actions import campaigns, goals, measuring
from campaigns.domain.metrics import METRICS, Unit
from campaigns.domain.pace import Point, State, Terms, assess
from campaigns.models import Campaign, Goal, GoalPoint
from config.demo import records
from config.demo.aims import AIMS, MESSAGES, Aim, Message
from config.demo.groups import GROUPS, LISTED
from config.demo.twins import make_twins
from crm.domain.roles import Role
from crm.models import Contact, User
from segments.actions.building.saving import create_segment
from segments.actions.membership.fixed import create_list
from segments.actions.running.recomputing import recompute
from segments.models import Segment

WEEKS = 52
AMBITIONS = tuple(number / 200 for number in range(1, 121))  # the share by which a target may differ
STEPS = {
    Campaign.DRAFT: (),
    Campaign.READY: (Campaign.READY,),
    Campaign.APPROVED: (Campaign.READY, Campaign.APPROVED),
}


def tell(*, as_of: datetime) -> None:
    """Make what the team made, each through the action that a colleague's click would call."""
    marketer = User.objects.get(role=Role.MARKETER)
    manager = User.objects.get(role=Role.MANAGER)
    opening = as_of - timedelta(weeks=WEEKS)
    for group in GROUPS:
        create_segment(
            name=group.name,
            slug=group.slug,
            label=group.label,
            description=group.description,
            shown_as_badge=group.badge,
            rule={"version": 1, "rule": group.rule},
            by=marketer,
            at=opening,
        )
    for instant in instants(as_of):
        records.change_rules(instant, as_of=as_of, by=marketer)
        recompute(cause="schedule", as_of=instant, worker="demo")
    _list_guides(marketer, as_of)
    records.place_people(as_of=as_of, by=marketer)
    make_twins(as_of=as_of, by=marketer)
    for message in MESSAGES:
        _write(message, marketer, manager, as_of)
    for aim in AIMS:
        _aim(aim, manager, as_of)


def instants(as_of: datetime) -> Iterator[datetime]:
    """Each week of the year past, each day of its last two weeks, and now."""
    week, day = timedelta(weeks=1), timedelta(days=1)
    yield from (as_of - week * number for number in range(WEEKS, 2, -1))
    yield from (as_of - day * number for number in range(14, -1, -1))


def _list_guides(by: User, at: datetime) -> None:
    name, description = LISTED
    chosen = [
        contact.pk
        for contact in Contact.objects.filter(attributes__has_key="tags")
        .only("id", "attributes")
        .order_by("id")
        if {"Guide", "Ambassador"} & set(contact.attributes["tags"])
    ]
    listed = create_list(name=name, contacts=chosen[:60], by=by, at=at - timedelta(days=40))
    Segment.objects.filter(pk=listed.pk).update(description=description)


def _write(message: Message, by: User, approver: User, as_of: datetime) -> None:
    at = as_of - timedelta(days=25)
    campaign = campaigns.create_campaign(
        name=message.name,
        segment=Segment.objects.get(slug=message.segment),
        objective=message.objective,
        channel=message.channel,
        purpose="offers",
        subject=message.subject,
        message=message.body,
        owner=by,
        by=by,
        at=at,
    )
    for number, state in enumerate(STEPS[message.state], start=1):
        person = approver if state == Campaign.APPROVED else by
        campaigns.change_state(campaign=campaign, to=state, by=person, at=at + timedelta(days=2 * number))


def _aim(aim: Aim, by: User, as_of: datetime) -> None:
    """Set the goal as of its first day, measure every day since, and only then say how far it aims."""
    goal = goals.create_goal(
        name=aim.name,
        segment=Segment.objects.get(slug=aim.segment),
        metric=aim.metric,
        options=aim.options,
        objective=aim.objective,
        starts_on=(as_of - timedelta(days=aim.began)).date(),
        due_on=(as_of + timedelta(days=aim.due)).date(),
        target=Decimal(0),
        owner=by,
        by=by,
        at=as_of,
    )
    measuring.measure_goal(goal=goal, as_of=as_of)
    goal.target = _target(goal, aim, as_of)
    goal.save(update_fields=["target"])


def _target(goal: Goal, aim: Aim, as_of: datetime) -> Decimal:
    """The target in the middle of those that leave the goal where the story wants it; else a tenth more or less."""
    points = [
        Point(on, value)
        for on, value in GoalPoint.objects.filter(goal=goal).order_by("on").values_list("on", "value")
    ]
    candidates = {_rounded(goal, step if aim.upwards else -step) for step in AMBITIONS}
    fitting = [target for target in sorted(candidates) if _state(goal, target, points, as_of) is aim.stands]
    return fitting[len(fitting) // 2] if fitting else _rounded(goal, 0.1 if aim.upwards else -0.1)


def _state(goal: Goal, target: Decimal, points: list[Point], as_of: datetime) -> State:
    if not points or target == goal.baseline:
        return State.CANNOT_TELL
    terms = Terms(begins_on=points[0].on, due_on=goal.due_on, baseline=goal.baseline, target=target)
    return assess(terms, points, today=as_of.date()).state


def _rounded(goal: Goal, change: float) -> Decimal:
    """The baseline changed by a share, rounded as people round targets."""
    aimed = float(goal.baseline or 0) * (1 + change)
    unit = METRICS[goal.metric].unit
    digits = {Unit.SHARE: 2, Unit.PER_MEMBER: 2, Unit.COUNT: 0, Unit.MONEY: -2}[unit]
    return Decimal(str(round(min(aimed, 1.0) if unit is Unit.SHARE else aimed, digits)))
