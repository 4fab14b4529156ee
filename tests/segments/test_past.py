"""The past from the log, against a slow and obvious replay of random histories; movement against sets."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from crm.models import Contact
from segments.models import Membership, MembershipChange, Segment
from segments.queries.membership import packed
from segments.queries.membership.movement import MOST, TooManySegments, moved, movement
from segments.queries.membership.past import (
    ids_at,
    known_since,
    left_since,
    members_at,
    moved_between,
    sizes_at,
)

pytestmark = pytest.mark.django_db
Log = dict[int, list[tuple[datetime, int, bool]]]


class History:
    """A drawn history of segments, written as their writers do, and kept aside as plain steps."""

    def __init__(self, seed: int, start: datetime, *, segments: int = 4, people: int = 12) -> None:
        chance = random.Random(seed)
        self.segments = [Segment.objects.create(slug=f"s{n}", name=f"S{n}") for n in range(segments)]
        self.people = [Contact.objects.create(first_name=f"P{n}").pk for n in range(people)]
        self.steps: Log = defaultdict(list)
        self.start = start
        at = start
        inside: dict[tuple[int, int], datetime] = {}
        for _ in range(chance.randint(0, 80)):
            # Often several changes of one person at the very same instant.
            at += timedelta(minutes=chance.choice((0, 0, 1, 7)))
            segment, person = chance.choice(self.segments).pk, chance.choice(self.people)
            entered = (segment, person) not in inside
            if entered:
                inside[segment, person] = at
            else:
                del inside[segment, person]
            self.steps[segment].append((at, person, entered))
            MembershipChange.objects.create(
                segment_id=segment, contact_id=person, entered=entered, at=at, cause="change", version=1
            )
        self.end = at
        Membership.objects.bulk_create(
            Membership(segment_id=segment, contact_id=person, since=since)
            for (segment, person), since in inside.items()
        )
        for segment in self.segments:
            segment.size = Membership.objects.filter(segment=segment).count()
            segment.save()

    def members(self, segment: Segment, instant: datetime) -> set[int]:
        """The slow way: every step up to the instant, one after the other."""
        found: set[int] = set()
        for at, person, entered in self.steps[segment.pk]:
            if at <= instant:
                (found.add if entered else found.discard)(person)
        return found


@pytest.mark.parametrize("seed", range(25))
def test_the_past_is_the_log_replayed(seed: int, noon: datetime) -> None:
    drawn = History(seed, noon)
    keys = [segment.pk for segment in drawn.segments]
    instants = {at for steps in drawn.steps.values() for at, *_ in steps}
    instants |= {at + timedelta(seconds=30) for at in instants} | {noon - timedelta(days=1), drawn.end}
    for instant, by_segment in zip(sorted(instants), ids_at(keys, sorted(instants)), strict=True):
        sizes = sizes_at(keys, instant)
        for segment in drawn.segments:
            expected = drawn.members(segment, instant)
            assert by_segment[segment.pk].tolist() == sorted(expected)
            found = Contact.objects.filter(pk__in=members_at(segment, instant)).values_list("pk", flat=True)
            assert set(found) == expected
            assert sizes[segment.pk] == len(expected)
            gone = {row["contact_id"] for row in left_since(segment, instant)}
            assert gone <= expected
            assert expected - drawn.members(segment, drawn.end) <= gone


@pytest.mark.parametrize("seed", range(15))
def test_movement_is_exact(seed: int, noon: datetime) -> None:
    drawn = History(1_000 + seed, noon)
    since, until = noon + timedelta(minutes=20), noon + timedelta(minutes=70)
    found = movement(since, until, drawn.segments)
    start = {segment: drawn.members(segment, since) for segment in drawn.segments}
    end = {segment: drawn.members(segment, until) for segment in drawn.segments}
    everyone = set(drawn.people)
    start_sets = [*start.items(), (None, everyone - set().union(*start.values()))]
    end_sets = [*end.items(), (None, everyone - set().union(*end.values()))]
    for source, before in start_sets:
        for target, after in end_sets:
            if source is None and target is None:
                continue
            assert found.people(source, target) == len(before & after)
            ids = moved(since, until, drawn.segments, source=source, target=target)
            assert set(ids.tolist()) == before & after
    assert found.start == {segment.pk: len(ids) for segment, ids in start.items()}
    assert found.end == {segment.pk: len(ids) for segment, ids in end.items()}
    assert all(flow.people > 0 for flow in found.flows)


def test_movement_asks_five_times(django_assert_num_queries: Any, noon: datetime) -> None:
    drawn = History(3, noon)
    packed.members_of(drawn.segments)
    with django_assert_num_queries(5):
        movement(noon, drawn.end, drawn.segments)


def test_too_many_segments_are_refused(noon: datetime) -> None:
    with pytest.raises(TooManySegments, match="at most 20"):
        movement(noon, noon, [Segment(pk=n, slug=str(n)) for n in range(MOST + 1)])


def test_no_segments_have_no_flows(noon: datetime) -> None:
    assert movement(noon, noon, []).flows == []


def test_entries_and_exits_of_a_period(contact: Callable[..., Contact], noon: datetime) -> None:
    segment, ada = Segment.objects.create(slug="s", name="S"), contact("Ada")
    assert known_since(segment) is None
    for hours, entered in ((0, True), (1, False), (2, True)):
        MembershipChange.objects.create(
            segment=segment,
            contact=ada,
            entered=entered,
            at=noon + timedelta(hours=hours),
            cause="change",
            version=1,
        )
    assert moved_between(segment, noon, noon + timedelta(hours=1)) == (0, 1)
    assert moved_between(segment, noon - timedelta(hours=1), noon + timedelta(hours=2)) == (2, 1)
    assert known_since(segment) == noon
    assert np.array_equal(ids_at([segment.pk], [noon])[0][segment.pk], [ada.pk])
