"""Who moved between segments that overlap: only those who were not in the target before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from segments.models import Membership, MembershipChange, Segment
from segments.queries.membership.movement import movement

NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)


def test_who_was_in_both_all_the_time_did_not_move(contact):
    a, b = (Segment.objects.create(slug=slug, name=slug, size=2) for slug in "ab")
    both, mover, newcomer = contact("Both"), contact("Mover"), contact("New")

    def enter(segment, one, days, left=None):
        at = NOON - timedelta(days=days)
        row = {"segment": segment, "contact": one}
        MembershipChange.objects.create(**row, entered=True, at=at, cause="change", version=1)
        if left is None:
            Membership.objects.create(**row, since=at)
        else:
            gone = NOON - timedelta(days=left)
            MembershipChange.objects.create(**row, entered=False, at=gone, cause="change", version=1)

    enter(a, both, 90), enter(b, both, 90)
    enter(a, mover, 90, left=5), enter(b, mover, 5)
    enter(a, newcomer, 3)
    found = movement(NOON - timedelta(days=30), NOON, [a, b])
    moved = {
        (flow.source and flow.source.slug, flow.target and flow.target.slug): flow.people
        for flow in found.came
    }
    assert found.people(a, b) == 2
    assert moved == {("a", "b"): 1, (None, "a"): 1}
