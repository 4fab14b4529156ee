"""Past instants read from packed members that were kept: the same as the log replayed, whatever the clock did."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from crm.actions.touching import touch
from crm.models import Contact
from segments.actions.building.saving import create_segment
from segments.actions.membership.fixed import add_people, create_list, remove_people
from segments.actions.running import checkpoints
from segments.actions.running.checkpoints import superfluous
from segments.actions.running.recomputing import recompute
from segments.mirror import folder
from segments.models import Checkpoint, MembershipChange, MirrorState, Segment
from segments.queries.membership.past import ids_at

pytestmark = pytest.mark.django_db
CITIES = ("Paris", "Rome")


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"


def in_paris() -> dict[str, Any]:
    return {"version": 1, "rule": {"attribute": "city", "op": "is", "value": "Paris"}}


def replayed(instant: datetime) -> dict[int, set[int]]:
    """The slow way: every line up to the instant, in the order of its writing."""
    found: dict[int, set[int]] = defaultdict(set)
    for line in MembershipChange.objects.order_by("pk"):
        if line.at <= instant:
            (found[line.segment_id].add if line.entered else found[line.segment_id].discard)(line.contact_id)
    return found


def lived(person: Any, noon: datetime, seed: int, steps: tuple[int, ...]) -> list[Segment]:
    """Two segments and a draw of changes, sweeps and handwork; `steps` are the minutes the clock may go on by."""
    chance, boss, at = random.Random(seed), person("administrator"), noon
    people = [
        Contact.objects.create(first_name=f"P{n}", attributes={"city": chance.choice(CITIES)})
        for n in range(10)
    ]
    made = [
        create_segment(name="South", rule=in_paris(), by=boss, at=at),
        create_list(name="Listed", contacts=[people[0].pk], by=boss, at=at),
    ]
    for _ in range(40):
        at += timedelta(minutes=chance.choice(steps))
        some = [one.pk for one in chance.sample(people, 3)]
        if chance.random() < 0.3:
            (add_people if chance.random() < 0.5 else remove_people)(
                segment=made[1], contacts=some, by=boss, at=at
            )
        with transaction.atomic():
            for pk in some:
                Contact.objects.filter(pk=pk).update(attributes={"city": chance.choice(CITIES)})
            touch(some, cause="attribute")
        recompute(cause="schedule", as_of=at, worker="test")
    return made


def is_read_rightly(segments: list[Segment]) -> None:
    keys = [one.pk for one in segments]
    instants = {at + timedelta(seconds=late) for at in log_instants() for late in (-1, 0, 30)}
    for instant, found in zip(sorted(instants), ids_at(keys, sorted(instants)), strict=True):
        wanted = replayed(instant)
        assert {key: set(ids.tolist()) for key, ids in found.items()} == {key: wanted[key] for key in keys}


def log_instants() -> list[datetime]:
    return list(MembershipChange.objects.order_by("at").values_list("at", flat=True).distinct())


@pytest.mark.parametrize("seed", range(3))
def test_the_past_by_checkpoints_is_the_log_replayed(
    seed: int, person: Any, noon: datetime, monkeypatch: Any
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY", timedelta(minutes=20))
    made = lived(person, noon, seed, (1, 5, 30))
    assert Checkpoint.objects.count() > 5
    is_read_rightly(made)
    # A file that is gone is done without.
    for path in sorted(folder.whole().glob("members-*"))[::2]:
        path.unlink()
    is_read_rightly(made)


@pytest.mark.parametrize("seed", range(3))
def test_a_clock_that_goes_back_leaves_no_untrue_checkpoint(
    seed: int, person: Any, noon: datetime, monkeypatch: Any
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY", timedelta(minutes=5))
    made = lived(person, noon, seed, (1, 5, 10, -10, -40))
    is_read_rightly(made)
    newest = Checkpoint.objects.order_by("-at").first()
    assert MirrorState.objects.current().kept_at == (newest.at if newest else None)


def test_a_past_instant_reads_only_the_log_up_to_the_next_checkpoint(
    person: Any, noon: datetime, monkeypatch: Any
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY", timedelta(minutes=20))
    made = lived(person, noon, 1, (5, 30))
    ids_at([made[0].pk], [noon])
    kept = Checkpoint.objects.order_by("at")[1]
    instant = kept.at - timedelta(minutes=2)
    with CaptureQueriesContext(connection) as seen:
        ids_at([made[0].pk], [instant])
    read = [query["sql"] for query in seen if "id > " in query["sql"]]
    assert len(read) == 1
    before = Checkpoint.objects.filter(at__lte=instant).order_by("-at")[0]
    assert f"id > {before.log} AND id <= {kept.log} " in read[0]
    assert len(seen) <= 4


def test_files_of_checkpoints_stay_and_others_go(person: Any, noon: datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr(checkpoints, "EVERY", timedelta(minutes=30))
    lived(person, noon, 2, (5, 30))
    there = {path.name.removeprefix("members-") for path in folder.whole().glob("members-*")}
    assert there == checkpoints.kept_names() | {MirrorState.objects.current().packed}


def test_old_checkpoints_stand_further_apart(noon: datetime) -> None:
    every = timedelta(hours=6)
    rows = [(number, noon - timedelta(days=100) + every * number) for number in range(401)]
    gone = set(superfluous(rows, at=noon))
    kept = [at for number, at in rows if number not in gone]
    assert kept[-1] == noon
    assert all(
        b - a >= timedelta(days=7) for a, b in itertools.pairwise(kept) if noon - b > timedelta(days=62)
    )
    assert len([at for at in kept if noon - at < timedelta(days=3)]) == 12
    assert 60 <= len([at for at in kept if noon - at <= timedelta(days=62)]) <= 75
