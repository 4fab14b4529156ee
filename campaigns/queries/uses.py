"""What of campaigns and goals reads a segment, and what an edit of its rule does to them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from django.urls import reverse

from campaigns.domain.campaign_states import ARCHIVED, LOOKS
from campaigns.domain.channels import CHANNELS, PURPOSES
from campaigns.domain.days import day_of
from campaigns.models import Campaign, Goal
from crm.queries.accounts import account_zone
from segments.mirror import everyone
from segments.models import Segment
from segments.queries.building.reaching import reached_by
from segments.uses import Edit, Effect, Ids, Use, Verbs

MOST = 50
RECEIVING = Verbs(
    ("stops receiving it", "stop receiving it"),
    ("begins to receive it", "begin to receive it"),
    "the same people receive it",
)
COUNTING = Verbs(
    ("no longer counts", "no longer count"), ("newly counts", "newly count"), "the same people count"
)


def campaigns_using(segment: Segment) -> list[Use]:
    """Campaigns for the segment that are not archived, in one query."""
    return [
        Use(one.name, reverse("campaign", args=[one.pk]), "send", LOOKS[one.state][0])
        for one in _campaigns(segment)
    ]


def _campaigns(segment: Segment) -> list[Campaign]:
    return list(Campaign.objects.filter(segment=segment).exclude(state=ARCHIVED).order_by("-pk")[:MOST])


def goals_using(segment: Segment) -> list[Use]:
    """Goals on the segment that are not archived, in one query."""
    return [Use(one.name, reverse("goal", args=[one.pk]), "target", _due(one)) for one in _goals(segment)]


def _goals(segment: Segment) -> list[Goal]:
    found = Goal.objects.filter(segment=segment, archived_at__isnull=True)
    return list(found.order_by("due_on", "pk")[:MOST])


def _due(goal: Goal) -> str:
    return f"due {goal.due_on.day} {goal.due_on:%b %Y}"


def campaigns_affected(edit: Edit) -> Iterable[Effect]:
    """For each campaign how many of its people an edit takes and brings: those who may be contacted."""
    campaigns = _campaigns(edit.segment)
    terms = {(one.channel, one.purpose) for one in campaigns}
    if not terms:
        return
    contacts = everyone.now(rebuild=False, wait=False)
    reached = reached_by(terms, contacts=contacts, zone=account_zone(), as_of=edit.as_of)
    numbers = {asked: _numbers(edit, allowed) for asked, allowed in reached.items()}
    for one in campaigns:
        loses, gains, stays = numbers[one.channel, one.purpose]
        channel = CHANNELS[one.channel]
        yield Effect(
            kind="campaign",
            name=one.name,
            url=reverse("campaign", args=[one.pk]),
            icon="send",
            state=LOOKS[one.state][0],
            gains=gains,
            loses=loses,
            stays=stays,
            words=RECEIVING.told(loses, gains),
            counted=f"members who allow {channel.label.lower()} for {PURPOSES[one.purpose]}"
            + (" and have an address for it" if channel.address else ""),
        )


def _numbers(edit: Edit, allowed: Ids) -> tuple[int, int, int]:
    """How many of those who leave, join and stay are among these: by a mark a contact, whatever their number."""
    sides = (edit.leaving, edit.joining, edit.staying)
    most = max((int(ids[-1]) for ids in (*sides, allowed) if len(ids)), default=0)
    marks = np.zeros(most + 1, bool)
    marks[allowed] = True
    leaving, joining, staying = (int(np.count_nonzero(marks[side])) for side in sides)
    return leaving, joining, staying


def goals_affected(edit: Edit) -> Iterable[Effect]:
    """For each goal how many people it is measured on no longer, and newly; one that is over stays as it is."""
    today = day_of(edit.as_of, account_zone())
    for one in _goals(edit.segment):
        over = one.due_on < today
        loses, gains = len(edit.leaving), len(edit.joining)
        yield Effect(
            kind="goal",
            name=one.name,
            url=reverse("goal", args=[one.pk]),
            icon="target",
            state=_due(one),
            gains=None if over else gains,
            loses=None if over else loses,
            stays=None if over else len(edit.staying),
            words="is over: what it came to stays" if over else COUNTING.told(loses, gains),
        )


def used_by_campaigns() -> list[int]:
    """The segments that any campaign that is not archived is for."""
    return list(Campaign.objects.exclude(state=ARCHIVED).values_list("segment_id", flat=True).distinct())


def used_by_goals() -> list[int]:
    """The segments that any goal that is not archived is about."""
    return list(Goal.objects.filter(archived_at__isnull=True).values_list("segment_id", flat=True).distinct())


def new_campaign_with(segment: Segment) -> str:
    """Where a campaign to this segment is planned."""
    return f"{reverse('campaign_new')}?segment={segment.pk}"


def new_goal_on(segment: Segment) -> str:
    """Where a goal on this segment is set."""
    return f"{reverse('goal_new')}?segment={segment.pk}"
