"""Segments that read each other: no circle and none that is away is named, also where two colleagues save at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from crm.actions.touching import touch
from crm.models import Contact, User
from segments.actions.building import saving
from segments.actions.building.archiving import ReadsArchived, StillUsed, archive, delete, restore
from segments.actions.building.saving import RESERVED, create_segment, save_rule
from segments.actions.running.recomputing import recompute
from segments.engine.language.refusals import Refused
from segments.models import Membership, Segment

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"


@pytest.fixture
def boss(person: Callable[..., User]) -> User:
    return person("administrator")


def reads(slug: str) -> dict[str, Any]:
    return {"version": 1, "rule": {"segment": slug, "op": "in"}}


def made(name: str, at: datetime, rule: dict[str, Any] | None = None) -> Segment:
    everybody = {"version": 1, "rule": {"attribute": "first_name", "op": "is_set"}}
    return create_segment(name=name, rule=rule or everybody, by=None, at=at)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Has somebody do something between the look at a rule and its saving, once."""

    def arrange(act: Callable[[], Any]) -> None:
        def rehearsed(*_: Any) -> None:
            monkeypatch.undo()
            act()

        monkeypatch.setattr(saving, "_rehearsed", rehearsed)

    return arrange


def test_two_saved_at_once_make_no_circle(meanwhile: Any, noon: datetime) -> None:
    first, second = made("First", noon), made("Second", noon)
    meanwhile(lambda: save_rule(segment=second, rule=reads("first"), by=None, at=noon))
    with pytest.raises(Refused, match="in a circle"):
        save_rule(segment=first, rule=reads("second"), by=None, at=noon)
    first.refresh_from_db()
    assert first.version == 1


def test_what_is_archived_meanwhile_is_not_named(meanwhile: Any, boss: User, noon: datetime) -> None:
    base, top = made("Base", noon), made("Top", noon)
    meanwhile(lambda: archive(segment=base, by=boss, at=noon))
    with pytest.raises(Refused, match="no segment ‘base’"):
        save_rule(segment=top, rule=reads("base"), by=None, at=noon)


def test_two_made_at_once_under_one_name_are_two(monkeypatch: pytest.MonkeyPatch, noon: datetime) -> None:
    made("Same", noon)
    free, slugs = saving._free_slug, iter(["same"])
    monkeypatch.setattr(saving, "_free_slug", lambda name: next(slugs, None) or free(name))
    assert made("Same", noon).slug == "same-2"


def test_what_an_archived_segment_reads_is_not_deleted(boss: User, noon: datetime) -> None:
    base, top = made("Base", noon), made("Top", noon, reads("base"))
    for one in (top, base):
        archive(segment=one, by=boss, at=noon)
    with pytest.raises(StillUsed, match="the archived segment ‘Top’"):
        delete(segment=base, by=boss, at=noon)
    delete(segment=top, by=boss, at=noon)
    delete(segment=base, by=boss, at=noon)
    assert not Segment.objects.exists()


def test_one_that_reads_the_archive_is_taken_back_after_that(
    signed_in: Callable[..., Client], boss: User, noon: datetime
) -> None:
    base, top = made("Base", noon), made("Top", noon, reads("base"))
    for one in (top, base):
        archive(segment=one, by=boss, at=noon)
    said = "‘Top’ reads ‘Base’ in the archive: restore that first."
    with pytest.raises(ReadsArchived, match=said):
        restore(segment=top, by=boss, at=noon)
    assert said in signed_in("marketer").post("/segments/top/restore/", follow=True).content.decode()
    for one in (base, top):
        assert restore(segment=one, by=boss, at=noon).archived_at is None


def test_no_segment_is_hidden_by_an_address_of_its_own(noon: datetime) -> None:
    def words(patterns: Any, before: str = "") -> set[str]:
        found = set()
        for one in patterns:
            path = f"{before}{one.pattern}"
            found |= words(one.url_patterns, path) if hasattr(one, "url_patterns") else {path}
        return found

    paths = [path for path in words(get_resolver().url_patterns) if "segments/" in path]
    heads = {path.split("segments/", 1)[1].rstrip("$").split("/")[0] for path in paths}
    plain = {head for head in heads if head and not set("<(.\\") & set(head)}
    assert {"new", "labels", "templates"} <= plain
    assert plain <= RESERVED


@pytest.mark.parametrize("reader", ["first", "second"])
def test_a_circle_that_got_in_is_red_and_stops_nobody_else(
    contact: Callable[..., Contact], noon: datetime, reader: str
) -> None:
    ada = contact("Ada")
    first, second, other = made("First", noon), made("Second", noon), made("Other", noon)
    top = made("Top", noon, reads("first"))
    recompute(cause="time", as_of=noon, worker="test")
    Segment.objects.filter(pk=first.pk).update(
        rule=reads(reader)
    )  # past every check, as by hand in the database
    Segment.objects.filter(pk=second.pk).update(rule=reads("first"))
    Contact.objects.filter(pk=ada.pk).update(first_name="")
    touch([ada.pk], cause="attribute")
    recompute(cause="time", as_of=noon + HOUR, worker="test")
    inside = set(Membership.objects.filter(contact=ada).values_list("segment__slug", flat=True))
    assert inside == {"first", "second", "top"}, "those that cannot be evaluated keep their last good members"
    first.refresh_from_db()
    other.refresh_from_db()
    assert "in a circle: first → " in first.problem
    assert (other.problem, other.size) == ("", 0)
    save_rule(segment=first, rule=other.rule, by=None, at=noon)
    recompute(cause="time", as_of=noon + 2 * HOUR, worker="test")
    assert not Segment.objects.exclude(problem="").exists()
    assert not Membership.objects.filter(segment=top).exists()
