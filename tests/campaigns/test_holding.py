"""A segment that is put away is used by nothing: neither what comes back from the archive nor what is made meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from campaigns.actions.campaigns import change_state
from campaigns.actions.goals import archive_goal, restore_goal
from campaigns.domain.refusals import Refused
from campaigns.models import Campaign, Goal
from crm.models import User
from segments.actions.building.archiving import StillUsed, archive, restore
from segments.models import Segment
from tests.campaigns.conftest import NOON


def test_nothing_comes_back_for_an_archived_segment(
    segment: Segment,
    campaign: Callable[..., Campaign],
    goal: Callable[..., Goal],
    person: Callable[[str], User],
    signed_in: Callable[[str], Client],
) -> None:
    boss = person("administrator")
    mail, aim = campaign(), goal()
    with pytest.raises(StillUsed):
        archive(segment=segment, by=boss, at=NOON)
    change_state(campaign=mail, to="archived", by=boss, at=NOON)
    archive_goal(goal=aim, by=boss, at=NOON)
    archive(segment=segment, by=boss, at=NOON)
    with pytest.raises(Refused, match="‘Buyers’ is archived: restore it first"):
        change_state(campaign=mail, to="draft", by=boss, at=NOON)
    with pytest.raises(Refused, match="‘Buyers’ is archived: restore it first"):
        restore_goal(goal=aim, by=boss, at=NOON)
    client = signed_in("administrator")
    page = client.post(f"/goals/{aim.pk}/archive/", {"what": "restore"}, follow=True)
    assert "‘Buyers’ is archived: restore it first" in page.content.decode()
    assert not Goal.objects.filter(archived_at=None).exists()

    restore(segment=segment, by=boss, at=NOON)
    change_state(campaign=mail, to="draft", by=boss, at=NOON)
    restore_goal(goal=aim, by=boss, at=NOON)


def test_what_is_made_for_a_segment_that_was_archived_a_moment_ago_is_refused(
    segment: Segment, campaign: Callable[..., Campaign], goal: Callable[..., Goal]
) -> None:
    segment.archived_at = None  # so the page saw it
    Segment.objects.filter(pk=segment.pk).update(archived_at=NOON)
    for make in (campaign, goal):
        with pytest.raises(Refused, match="is archived") as refusal:
            make()
        assert refusal.value.field == "segment"
    assert not Campaign.objects.exists()
    assert not Goal.objects.exists()
