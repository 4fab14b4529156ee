"""The sentence of a segment follows the names and words of today; what its versions said stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crm.models import Contact, User
from segments.actions.building.archiving import describe
from segments.actions.building.retelling import retell_sentences
from segments.actions.building.saving import create_segment
from segments.models import Segment, SegmentVersion

NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: object, tmp_path: Path) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"  # type: ignore[attr-defined]


def test_sentences_are_told_anew_and_history_is_not(
    contact: Callable[..., Contact], person: Callable[[str], User]
) -> None:
    contact("Ada", city="Paris")
    boss = person("manager")
    paris = create_segment(
        name="Paris",
        rule={"version": 1, "rule": {"attribute": "city", "op": "is", "value": "Paris"}},
        by=boss,
        at=NOON,
    )
    others = create_segment(
        name="Others",
        rule={"version": 1, "rule": {"not": {"segment": "paris", "op": "in"}}},
        by=boss,
        at=NOON,
    )
    kept = "Customers who are not in the segment ‘Paris’."
    assert others.sentence == kept
    assert retell_sentences() == 0

    describe(
        segment=paris,
        name="Parisians",
        description="",
        label="",
        hue=1,
        shown_as_badge=True,
        by=boss,
        at=NOON,
    )
    Segment.objects.filter(pk=paris.pk).update(sentence="As an older Facet put it.")
    assert retell_sentences() == 2
    others.refresh_from_db()
    paris.refresh_from_db()
    assert others.sentence == "Customers who are not in the segment ‘Parisians’."
    assert "‘Paris’" in paris.sentence
    assert others.version == 1
    assert SegmentVersion.objects.get(segment=others).sentence == kept


def test_a_rule_that_cannot_be_read_now_keeps_its_last_sentence(contact: Callable[..., Contact]) -> None:
    contact("Ada", city="Paris")
    rule = {"version": 1, "rule": {"attribute": "city", "op": "is_set"}}
    segment = create_segment(name="Placed", rule=rule, by=None, at=NOON)
    Segment.objects.filter(pk=segment.pk).update(
        rule={"version": 1, "rule": {"attribute": "nowhere", "op": "is_set"}}, sentence="As it was."
    )
    assert retell_sentences() == 0
    segment.refresh_from_db()
    assert segment.sentence == "As it was."
