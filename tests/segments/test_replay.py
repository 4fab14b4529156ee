"""The log replays to the members, whoever wrote them: sweeps, the quick judgement, colleagues by hand, edits of rules."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from crm.actions.erasing import erase
from crm.actions.touching import touch
from crm.models import Contact, User
from segments.actions.building.saving import create_segment, save_rule
from segments.actions.membership.fixed import add_people, create_list, remove_people
from segments.actions.membership.placing import place, take_back
from segments.actions.running import checkpoints
from segments.actions.running.judging import judge_changed
from segments.actions.running.recomputing import recompute
from segments.models import Membership, MembershipChange, Segment
from segments.queries.membership.past import ids_at

pytestmark = pytest.mark.django_db
CITIES = ("Paris", "Rome", "Oslo")


def in_city(*names: str) -> dict[str, Any]:
    return {"version": 1, "rule": {"attribute": "city", "op": "in", "value": list(names)}}


def replayed(segment: Segment) -> set[int]:
    """The slow way: every line in the order of its writing; each must change something, and none goes back in time."""
    inside: set[int] = set()
    last = None
    for line in MembershipChange.objects.filter(segment=segment).order_by("pk"):
        assert line.entered != (line.contact_id in inside), "a line that changes nothing"
        assert last is None or line.at >= last
        (inside.add if line.entered else inside.discard)(line.contact_id)
        last = line.at
    return inside


@pytest.mark.parametrize("seed", range(4))
def test_the_log_replays_to_the_members(
    seed: int,
    person: Callable[..., User],
    settings: Any,
    tmp_path: Path,
    noon: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"
    monkeypatch.setattr(checkpoints, "EVERY", timedelta(minutes=30))
    chance, boss, at = random.Random(seed), person("administrator"), noon
    people = [
        Contact.objects.create(first_name=f"P{n}", attributes={"city": chance.choice(CITIES)})
        for n in range(12)
    ]
    dynamic = create_segment(name="South", rule=in_city("Paris", "Rome"), by=boss, at=at)
    on_top = create_segment(
        name="Others", rule={"version": 1, "rule": {"segment": "south", "op": "not_in"}}, by=boss, at=at
    )
    listed = create_list(name="Listed", contacts=[people[0].pk], by=boss, at=at)
    segments = [dynamic, on_top, listed]
    seen: list[tuple[datetime, dict[int, set[int]]]] = []
    for _ in range(25):
        at += timedelta(minutes=chance.choice((1, 5, 60)))
        some = [one.pk for one in chance.sample(people, 3)]
        match chance.randrange(8):
            case 0 | 1:
                for pk in some:
                    with transaction.atomic():
                        Contact.objects.filter(pk=pk).update(attributes={"city": chance.choice(CITIES)})
                        touch([pk], cause="attribute", evidence={"attributes": ["city"]})
                if chance.random() < 0.5:
                    judge_changed(clock=lambda now=at: now, worker="test")
            case 2:
                until = at + timedelta(hours=2) if chance.random() < 0.5 else None
                place(
                    segment=dynamic,
                    contacts=some,
                    included=chance.random() < 0.5,
                    reason="Drawn",
                    until=until,
                    by=boss,
                    at=at,
                )
            case 3:
                take_back(segment=dynamic, contacts=some, by=boss, at=at)
            case 4:
                (add_people if chance.random() < 0.6 else remove_people)(
                    segment=listed, contacts=some, by=boss, at=at
                )
            case 5:
                dynamic.refresh_from_db()
                cities = chance.sample(CITIES, chance.randint(1, 2))
                save_rule(segment=dynamic, rule=in_city(*cities), by=boss, at=at)
                recompute(cause="rule", as_of=at, worker="test")
            case 6:
                recompute(cause="schedule", as_of=at, worker="test")
            case _ if chance.random() < 0.2 and len(people) > 6:
                erase(contact=people.pop(), by=boss, at=at)
        now = {
            one.pk: set(Membership.objects.filter(segment=one).values_list("contact_id", flat=True))
            for one in segments
        }
        for one in segments:
            assert replayed(one) == now[one.pk]
            one.refresh_from_db()
            assert one.size == len(now[one.pk])
        seen.append((at, now))
    for instant, members in seen:
        for one in segments:
            found = ids_at([one.pk], [instant])[0][one.pk]
            assert set(found.tolist()) == members[one.pk], "the erased count in the past as well"
