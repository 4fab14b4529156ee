"""Memberships, placements and votes when two customers become one, and are parted again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crm.actions.merging.merging import merge
from crm.actions.merging.undoing import undo
from crm.models import Contact, User
from segments.actions.building.saving import create_segment
from segments.actions.membership.fixed import create_list, snapshot
from segments.actions.membership.placing import place
from segments.actions.running.judging import judge_changed
from segments.actions.running.recomputing import recompute
from segments.actions.running.reconciling import reconcile
from segments.models import Membership, MembershipChange, Placement, Segment, Vote
from segments.queries.membership.past import ids_at

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"


@pytest.fixture
def pair(contact: Callable[..., Contact]) -> tuple[Contact, Contact]:
    return contact("Ada", city="Paris"), contact("A.", visits=7)


@pytest.fixture
def by(person: Callable[..., User]) -> User:
    return person("service lead")


def rule(name: str, condition: dict[str, Any], at: datetime) -> Segment:
    return create_segment(name=name, rule={"version": 1, "rule": condition}, by=None, at=at)


def run(at: datetime) -> None:
    assert recompute(cause="test", as_of=at, worker="test") is not None


def judged(at: datetime) -> None:
    assert judge_changed(clock=lambda: at, worker="quick") is not None


def segments_of(contact: Contact) -> set[str]:
    rows = Membership.objects.filter(contact=contact)
    return set(rows.values_list("segment__name", flat=True))


def test_the_merged_one_leaves_all_and_the_survivor_is_judged_anew_because_of_it(
    pair: Any, by: User, noon: datetime
) -> None:
    first, second = pair
    rule("Paris", {"attribute": "city", "op": "is", "value": "Paris"}, noon)
    rule("Often", {"attribute": "visits", "op": "gte", "value": 5}, noon)
    both = [
        {"attribute": "city", "op": "is", "value": "Paris"},
        {"attribute": "visits", "op": "gte", "value": 5},
    ]
    rule("Both", {"all": both}, noon)
    guests = create_list(name="Guests", contacts=[second.pk], by=by, at=noon)
    run(noon + HOUR)
    assert (segments_of(first), segments_of(second)) == ({"Paris"}, {"Often", "Guests"})
    merge(survivor=first.pk, merged=second.pk, by=by, at=noon + 2 * HOUR)
    assert segments_of(second) == set()
    assert segments_of(first) == {"Paris", "Guests"}
    judged(noon + 2 * HOUR)
    assert segments_of(first) == {"Paris", "Guests", "Often", "Both"}
    news = MembershipChange.objects.filter(at__gte=noon + 2 * HOUR)
    assert set(news.values_list("cause", flat=True)) == {"merge"}
    said = f"Customer {second.pk} was merged into customer {first.pk}."
    assert {row.evidence["reason"] for row in news} == {said}
    # The past is as it was counted then, and sizes are those of now.
    then = ids_at([guests.pk], [noon + HOUR])[0][guests.pk].tolist()
    assert then == [second.pk]
    for segment in Segment.objects.all():
        assert segment.size == Membership.objects.filter(segment=segment).count()
    run(noon + 3 * HOUR)
    assert segments_of(first) == {"Paris", "Guests", "Often", "Both"}


def test_undone_both_are_members_as_before_and_nothing_drifted(pair: Any, by: User, noon: datetime) -> None:
    first, second = pair
    rule("Paris", {"attribute": "city", "op": "is", "value": "Paris"}, noon)
    rule("Often", {"attribute": "visits", "op": "gte", "value": 5}, noon)
    create_list(name="Guests", contacts=[second.pk], by=by, at=noon)
    create_list(name="Friends", contacts=[first.pk, second.pk], by=by, at=noon)
    run(noon + HOUR)
    before = segments_of(first), segments_of(second)
    made = merge(survivor=first.pk, merged=second.pk, by=by, at=noon + 2 * HOUR)
    judged(noon + 2 * HOUR)
    undo(merge=made, by=by, at=noon + 3 * HOUR)
    judged(noon + 3 * HOUR)
    assert (segments_of(first), segments_of(second)) == before
    compared = reconcile(clock=lambda: noon + 4 * HOUR, worker="test")
    assert compared is not None
    assert not compared.drifts


def test_of_two_placements_the_newer_word_stands(pair: Any, by: User, noon: datetime) -> None:
    first, second = pair
    paris = rule("Paris", {"attribute": "city", "op": "is", "value": "Paris"}, noon)
    often = rule("Often", {"attribute": "visits", "op": "gte", "value": 5}, noon)
    run(noon)
    place(segment=paris, contacts=[first.pk], included=True, reason="asked", by=by, at=noon + HOUR)
    place(segment=paris, contacts=[second.pk], included=False, reason="moved", by=by, at=noon + 2 * HOUR)
    place(segment=often, contacts=[second.pk], included=False, reason="staff", by=by, at=noon + HOUR)
    made = merge(survivor=first.pk, merged=second.pk, by=by, at=noon + 3 * HOUR)
    open_now = Placement.objects.open()
    assert {(row.segment.name, row.contact_id, row.included) for row in open_now} == {
        ("Paris", first.pk, False),
        ("Often", first.pk, False),
    }
    judged(noon + 3 * HOUR)
    assert segments_of(first) == set()
    undo(merge=made, by=by, at=noon + 4 * HOUR)
    assert {(row.segment.name, row.contact_id, row.included) for row in Placement.objects.open()} == {
        ("Paris", first.pk, True),
        ("Paris", second.pk, False),
        ("Often", second.pk, False),
    }
    judged(noon + 4 * HOUR)
    assert segments_of(first) == {"Paris"}


def test_votes_go_over_and_one_voter_counts_once(pair: Any, by: User, noon: datetime) -> None:
    first, second = pair
    paris = rule("Paris", {"attribute": "city", "op": "is", "value": "Paris"}, noon)
    terms = {"segment": paris, "version": 1, "by": by}
    Vote.objects.create(contact=first, voter="user 1", right=True, at=noon, **terms)
    Vote.objects.create(contact=second, voter="user 1", right=False, at=noon + HOUR, **terms)
    Vote.objects.create(contact=second, voter="user 2", right=True, at=noon, **terms)
    before = set(Vote.objects.values_list("contact_id", "voter", "right"))
    made = merge(survivor=first.pk, merged=second.pk, by=by, at=noon + 2 * HOUR)
    assert set(Vote.objects.values_list("contact_id", "voter", "right")) == {
        (first.pk, "user 1", False),
        (first.pk, "user 2", True),
    }
    undo(merge=made, by=by, at=noon + 3 * HOUR)
    assert set(Vote.objects.values_list("contact_id", "voter", "right")) == before


def test_a_merge_that_fails_on_its_way_leaves_everything_as_it_was(
    pair: Any, by: User, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm.actions.merging import merging as acting

    first, second = pair
    create_list(name="Guests", contacts=[second.pk], by=by, at=noon)
    log = MembershipChange.objects.count()

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(acting, "tell", killed)
    with pytest.raises(KeyboardInterrupt):
        merge(survivor=first.pk, merged=second.pk, by=by, at=noon + HOUR)
    second.refresh_from_db()
    assert second.merged_into_id is None
    assert (segments_of(first), segments_of(second)) == (set(), {"Guests"})
    assert MembershipChange.objects.count() == log


def test_a_placement_that_has_ended_does_not_stand_before_one_in_force(
    pair: Any, by: User, noon: datetime
) -> None:
    first, second = pair
    rome = rule("Rome", {"attribute": "city", "op": "is", "value": "Rome"}, noon)
    run(noon)
    place(segment=rome, contacts=[first.pk], included=True, reason="A guest", by=by, at=noon)
    ends = noon + HOUR
    place(segment=rome, contacts=[second.pk], included=False, reason="Away", until=ends, by=by, at=noon)
    run(noon + 2 * HOUR)
    done = merge(survivor=first.pk, merged=second.pk, by=by, at=noon + 3 * HOUR)
    judged(noon + 3 * HOUR)
    run(noon + 4 * HOUR)
    assert segments_of(first) == {"Rome"}
    undo(merge=done, by=by, at=noon + 5 * HOUR)
    assert Placement.objects.open().filter(included=True, contact=first).exists()


def test_a_snapshot_of_then_has_the_survivor(pair: Any, by: User, noon: datetime) -> None:
    first, second = pair
    often = rule("Often", {"attribute": "visits", "op": "gte", "value": 5}, noon)
    run(noon)
    merge(survivor=first.pk, merged=second.pk, by=by, at=noon + HOUR)
    Contact.objects.filter(pk=first.pk).update(attributes={})
    taken = snapshot(segment=often, name="Then", as_of=noon, by=by, at=noon + 2 * HOUR)
    assert list(Membership.objects.filter(segment=taken).values_list("contact_id", flat=True)) == [first.pk]
