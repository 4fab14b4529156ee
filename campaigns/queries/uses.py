"""What of campaigns and goals reads a segment, for the segment's page."""

from __future__ import annotations

from django.urls import reverse

from campaigns.domain.campaign_states import ARCHIVED, LOOKS
from campaigns.models import Campaign, Goal
from segments.models import Segment
from segments.uses import Use

MOST = 50


def campaigns_using(segment: Segment) -> list[Use]:
    """Campaigns for the segment that are not archived, in one query."""
    found = Campaign.objects.filter(segment=segment).exclude(state=ARCHIVED).order_by("-pk")[:MOST]
    return [Use(one.name, reverse("campaign", args=[one.pk]), "send", LOOKS[one.state][0]) for one in found]


def goals_using(segment: Segment) -> list[Use]:
    """Goals on the segment that are not archived, in one query."""
    found = Goal.objects.filter(segment=segment, archived_at__isnull=True).order_by("due_on", "pk")[:MOST]
    return [
        Use(one.name, reverse("goal", args=[one.pk]), "target", f"due {one.due_on.day} {one.due_on:%b %Y}")
        for one in found
    ]


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
