"""Who refers to a segment that cannot be evaluated goes on with its last good members, and says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from crm.actions.touching import touch
from crm.models import Contact
from segments.actions.building.saving import create_segment, save_rule
from segments.actions.running.judging import judge_changed
from segments.actions.running.recomputing import recompute
from segments.actions.running.reconciling import reconcile
from segments.models import Membership, Run, Segment
from segments.queries.building.counting import count
from segments.queries.building.previewing import compare
from segments.queries.insight.health import marks
from segments.queries.running.troubles import troubles

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
RULES: dict[str, dict[str, Any]] = {
    "Paris": {"attribute": "city", "op": "is", "value": "Paris"},
    "Top": {"segment": "paris", "op": "in"},
    "Outside": {"not": {"segment": "paris", "op": "in"}},
    "Settled": {"segment": "paris", "op": "in", "for": [3, "minute"]},
}


def document(rule: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "rule": rule}


def sweep(at: datetime) -> Run:
    run = recompute(cause="time", as_of=at, worker="test")
    assert run is not None
    return run


def move(name: str, city: str, at: datetime) -> None:
    one = Contact.objects.get(first_name=name)
    one.attributes = {"city": city}
    one.save()
    touch([one.pk], cause="attribute")
    assert judge_changed(clock=lambda: at, worker="quick") is not None


def members(name: str) -> list[str]:
    rows = Membership.objects.filter(segment__name=name).order_by("contact__first_name")
    return list(rows.values_list("contact__first_name", flat=True))


@pytest.fixture
def paris(settings: Any, tmp_path: Path, contact: Callable[..., Contact], noon: datetime) -> Segment:
    """Red since a minute past noon, with Ada as its last good member; Bob is in Rome."""
    settings.MIRROR_DIR = tmp_path / "mirror"
    cache.clear()
    contact("Ada", city="Paris")
    contact("Bob", city="Rome")
    made = [create_segment(name=name, rule=document(rule), by=None, at=noon) for name, rule in RULES.items()]
    sweep(noon)
    Segment.objects.filter(pk=made[0].pk).update(rule=document({"colour": "red"}))
    assert sweep(noon + MINUTE).failing == 1
    made[0].refresh_from_db()
    assert made[0].problem.startswith("Its rule cannot be read: ")
    return made[0]


def test_the_others_go_on_by_sweep_and_quick_path_until_it_is_mended(paris: Segment, noon: datetime) -> None:
    move("Ada", "Rome", noon + 2 * MINUTE)
    move("Bob", "Paris", noon + 2 * MINUTE)
    assert members("Paris") == members("Top") == ["Ada"]
    assert members("Outside") == ["Bob"]
    assert members("Settled") == []
    sweep(noon + 3 * MINUTE)
    assert members("Settled") == ["Ada"], "time goes on, too"
    compared = reconcile(clock=lambda: noon + 4 * MINUTE, worker="night")
    assert compared is not None
    assert compared.drifts == []
    save_rule(segment=paris, rule=document(RULES["Paris"]), by=None, at=noon + 4 * MINUTE)
    assert sweep(noon + 5 * MINUTE).failing == 0
    assert members("Paris") == members("Top") == ["Bob"]
    assert members("Outside") == ["Ada"]


def test_it_is_said_wherever_its_members_count(
    paris: Segment, noon: datetime, signed_in: Callable[..., Client]
) -> None:
    red = next(one for one in troubles(noon) if one.title.startswith("‘Paris’"))
    assert red.text.endswith("until that is mended, and count so in ‘Outside’, ‘Settled’, ‘Top’.")
    marked = marks(at=noon)
    top, outside = (Segment.objects.get(name=name) for name in ("Top", "Outside"))
    assert [one.kind for one in marked[top.pk]][:1] == ["leaning"]
    assert "refers to ‘Paris’" in marked[outside.pk][0].advice
    marketer, ada = signed_in("marketer"), Contact.objects.get(first_name="Ada")
    page = marketer.get(f"/segments/top/why/{ada.pk}/").content.decode()
    assert "its last good members count in this segment" in page
    draft = document({"segment": "paris", "op": "not_in"})
    assert count(draft, as_of=noon).count == 1
    listed = Segment.objects.create(slug="listed", name="Listed", kind=Segment.FIXED, evaluated_at=noon)
    Membership.objects.create(segment=listed, contact=ada, since=noon)
    Segment.objects.create(slug="new", name="New", rule=document({"colour": "red"}))
    drafts = {
        "a": draft,
        "b": document({"segment": "listed", "op": "in"}),
        "c": document({"segment": "new", "op": "in"}),
    }
    assert compare(drafts, as_of=noon) == {"a": 1, "b": 1}, "of the new one nobody knows"
    sent = {"document": draft, "draft": True}
    answer = marketer.post("/segments/preview/", sent, content_type="application/json").json()
    assert answer["as_of_words"].endswith(", ‘Paris’ with the last good members (it cannot be evaluated now)")
