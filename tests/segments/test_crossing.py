"""Where newcomers came from and where those who left went: drawn histories against a plain replay of the log."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache

from crm.models import Contact
from segments.models import Membership, MembershipChange, Segment
from segments.queries.membership import packed
from segments.queries.membership.crossing import GONE, NEW, NONE, crossing, handovers

NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)
SINCE = NOON - timedelta(days=30)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forgotten():
    cache.clear()


def lived(contact, seed):
    """Four segments and forty people with a drawn log each; who was where at the start and is where now."""
    dice = random.Random(seed)
    segments = [Segment.objects.create(slug=f"s{n}", name=f"S{n}") for n in range(4)]
    people = [contact(f"P{n}") for n in range(40)]
    for one in people:
        Contact.objects.filter(pk=one.pk).update(created_at=NOON - timedelta(days=dice.choice((20, 200))))
    then, now = {s.slug: set() for s in segments}, {s.slug: set() for s in segments}
    lines = []
    for segment in segments:
        for one in people:
            days = sorted((dice.uniform(0, 60) for _ in range(dice.randrange(4))), reverse=True)
            for turn, day in enumerate(days):
                lines.append((NOON - timedelta(days=day), segment, one, turn % 2 == 0))
    for at, segment, one, entered in sorted(lines, key=lambda line: line[0]):
        MembershipChange.objects.create(
            segment=segment, contact=one, at=at, entered=entered, cause="change", version=1
        )
        for state in (now, then) if at <= SINCE else (now,):
            (state[segment.slug].add if entered else state[segment.slug].discard)(one.pk)
    for segment in segments:
        Membership.objects.bulk_create(
            Membership(segment=segment, contact_id=pk, since=NOON) for pk in now[segment.slug]
        )
        segment.size = len(now[segment.slug])
        segment.save()
    return segments, then, now


@pytest.mark.parametrize("seed", range(12))
def test_both_sides_are_those_of_the_replayed_log(contact, seed):
    segments, then, now = lived(contact, seed)
    erased = sorted(then["s0"] - now["s0"])[:1]
    Contact.objects.filter(pk__in=erased).update(erased_at=NOON)
    new = set(Contact.objects.filter(created_at__gt=SINCE).values_list("pk", flat=True))
    found = crossing(segments[0], segments, since=SINCE)
    came, went = now["s0"] - then["s0"], then["s0"] - now["s0"]
    assert set(found.came.people) == came
    assert set(found.went.people) == went
    sources = {s.slug: (came & then[s.slug]) - now[s.slug] - new for s in segments[1:]}
    targets = {s.slug: (went & now[s.slug]) - then[s.slug] - set(erased) for s in segments[1:]}
    assert {s.slug: set(ids) for s, ids in found.came.others} == {k: v for k, v in sources.items() if v}
    assert {s.slug: set(ids) for s, ids in found.went.others} == {k: v for k, v in targets.items() if v}
    assert set(found.came.apart[NEW]) == came & new
    assert set(found.came.apart[NONE]) == came - new - set().union(*sources.values())
    assert set(found.went.apart[GONE]) == set(erased)
    assert set(found.went.apart[NONE]) == went - set(erased) - set().union(*targets.values())
    sizes = [len(ids) for _, ids in found.came.others]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("seed", range(5))
def test_handovers_are_those_of_the_replayed_log(contact, seed):
    segments, then, now = lived(contact, seed)
    wanted = {}
    for a in segments:
        for b in segments:
            both = (then[a.slug] - now[a.slug]) & (now[b.slug] - then[b.slug])
            if a is not b and both:
                wanted[a.slug, b.slug] = len(both)
    found = handovers(segments, since=SINCE, most=100)
    assert {(one.source.slug, one.target.slug): one.people for one in found} == wanted
    assert [one.people for one in found] == sorted(wanted.values(), reverse=True)


def test_the_number_of_queries_does_not_grow_with_segments_and_people(contact, django_assert_max_num_queries):
    segments, _, _ = lived(contact, 3)
    packed.members_of(segments)
    with django_assert_max_num_queries(6):
        crossing(segments[0], segments, since=SINCE)


def test_the_card_leads_to_the_people_of_each_line_and_to_their_file(contact, signed_in, monkeypatch):
    monkeypatch.setattr("crm.kit.clock.now", lambda: NOON)
    segments, _, _ = lived(contact, 5)
    since = (NOON - timedelta(days=30)).replace(hour=0)
    client = signed_in("marketer")
    card = client.get("/segments/s0/crossing/card/").content.decode()
    found = crossing(segments[0], segments, since=since)
    assert f"{len(found.came.people)} came" in card
    assert f"{len(found.went.people)} left" in card
    for way, side in (("came", found.came), ("went", found.went)):
        for key in ["", *(one.slug for one, _ in side.others), *side.apart]:
            page = client.get(f"/segments/s0/crossing/{way}/", {"with": key})
            assert page.context["total"] == len(side.of(key))
            file = b"".join(client.get(f"/segments/s0/crossing/{way}.csv", {"with": key}))
            assert len(file.splitlines()) == 1 + len(side.of(key))


def test_a_line_that_is_none_is_not_found(contact, signed_in):
    lived(contact, 1)
    client = signed_in("service")
    assert client.get("/segments/s0/crossing/came/?with=nobody").status_code == 404
    assert client.get("/segments/s0/crossing/sideways/").status_code == 404
    assert client.get("/segments/s0/crossing/came/?with=s1").status_code == 200
    assert client.get("/segments/s0/crossing/came.csv").status_code == 403
