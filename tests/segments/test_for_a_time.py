"""Segments that ask how long somebody has been in another: its change counts in the run that brings it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crm.actions.touching import touch
from crm.models import Contact
from segments.actions.building.saving import create_segment
from segments.actions.running.judging import judge_changed
from segments.actions.running.recomputing import recompute
from segments.actions.running.reconciling import reconcile
from segments.models import Membership
from segments.queries.building.counting import count
from segments.queries.explaining import explain_segment
from segments.queries.judging import matching

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
RULES = {
    "paris": {"attribute": "city", "op": "is", "value": "Paris"},
    "settled": {"segment": "paris", "op": "in", "for": [2, "hour"]},
    "reader": {"segment": "paris", "op": "in"},
    "outside": {"segment": "settled", "op": "not_in"},
}


@pytest.fixture
def ada(settings: Any, tmp_path: Path, contact: Callable[..., Contact], noon: datetime) -> Contact:
    """In Paris since noon; it is three o'clock."""
    settings.MIRROR_DIR = tmp_path / "mirror"
    made = contact("Ada", city="Paris")
    for slug, rule in RULES.items():
        create_segment(name=slug, rule={"version": 1, "rule": rule}, by=None, at=noon)
    for hours in (0, 3):
        sweep(noon + hours * HOUR)
    return made


def sweep(at: datetime) -> None:
    assert recompute(cause="time", as_of=lambda: at, worker="sweep") is not None


def quick(at: datetime) -> None:
    assert judge_changed(clock=lambda: at, worker="quick") is not None


def moves(contact: Contact, city: str) -> None:
    contact.attributes = {"city": city}
    contact.save()
    touch([contact.pk], cause="attribute", evidence={"attributes": ["city"]})


def segments_of(contact: Contact) -> set[str]:
    return set(Membership.objects.filter(contact=contact).values_list("segment__slug", flat=True))


@pytest.mark.parametrize("run", [sweep, quick])
def test_who_leaves_leaves_all_that_read_it_in_the_same_run(
    ada: Contact, noon: datetime, run: Callable[[datetime], None]
) -> None:
    assert segments_of(ada) == {"paris", "settled", "reader"}
    moves(ada, "Rome")
    run(noon + 4 * HOUR)
    assert segments_of(ada) == {"outside"}


@pytest.mark.parametrize("run", [sweep, quick])
def test_who_comes_back_comes_into_all_that_read_it_and_has_not_been_there_for_long(
    ada: Contact, noon: datetime, run: Callable[[datetime], None]
) -> None:
    moves(ada, "Rome")
    run(noon + 4 * HOUR)
    moves(ada, "Paris")
    run(noon + 5 * HOUR)
    assert segments_of(ada) == {"paris", "reader", "outside"}
    sweep(noon + 7 * HOUR)
    assert segments_of(ada) == {"paris", "reader", "settled"}
    found = reconcile(clock=lambda: noon + 7 * HOUR, worker="night")
    assert found is not None
    assert not found.drifts


def test_counts_and_answers_know_of_a_change_that_no_run_has_seen_yet(ada: Contact, noon: datetime) -> None:
    moves(ada, "Rome")
    at = noon + 4 * HOUR
    for slug in ("settled", "reader"):
        assert not len(count({"version": 1, "rule": RULES[slug]}, as_of=at).members), slug
        segment = Membership.objects.get(segment__slug=slug).segment
        assert matching(segment, [ada.pk], as_of=at) == set(), slug
        why = explain_segment(ada, segment, as_of=at, see_sensitive=True).why
        assert why is not None
        assert not why.holds, slug


def test_who_just_came_in_is_told_no_day_since_when(ada: Contact, noon: datetime) -> None:
    moves(ada, "Rome")
    sweep(noon + 4 * HOUR)
    moves(ada, "Paris")
    segment = create_segment(
        name="later", rule={"version": 1, "rule": RULES["settled"]}, by=None, at=noon + 5 * HOUR
    )
    found = explain_segment(ada, segment, as_of=noon + 5 * HOUR, see_sensitive=True)
    assert found.why is not None
    assert not found.why.holds
    assert found.changes_at == noon + 7 * HOUR
    assert "1970" not in str(found.why)
