"""Labels of segments: spelled once, searched, filtered, renamed everywhere, taken off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from crm.models import AuditEntry
from segments.models import Segment

from .conftest import in_country
from .test_builder import Ask

ODD = "<b>=1+1</b> \u202eevil 👩‍👩‍👧"


def test_a_label_is_spelled_as_it_is_in_use(ask: Ask, germans: Segment) -> None:
    Segment.objects.update(label="Behavioural")
    ask("/segments/new/", name="French", label=" behavioural ", document=in_country("France"))
    ask("/segments/new/", name="Others", label="life cycle", document=in_country("Spain"))
    assert set(Segment.objects.values_list("label", flat=True)) == {"Behavioural", "Life cycle"}


def test_a_label_is_found_filtered_and_renamed_everywhere(
    signed_in: Callable[..., Client], germans: Segment
) -> None:
    Segment.objects.update(label="Old")
    client = signed_in("marketer")
    for query in ({"q": "old"}, {"label": "Old"}):
        assert "Germans" in client.get("/segments/", query).content.decode()
    answer = client.post("/segments/labels/", {"label": "Old", "name": f"  {ODD} "}, follow=True)
    assert Segment.objects.get().label == ODD
    assert "<b>=1+1</b>" not in answer.content.decode()
    assert "Germans" in answer.content.decode()
    line = AuditEntry.objects.get(action="segments.label_renamed")
    assert (line.detail["before"], line.detail["after"], line.detail["segments"]) == ("Old", ODD, 1)
    client.post("/segments/labels/", {"label": ODD, "name": ""})
    assert Segment.objects.get().label == ""


def test_a_new_name_in_another_case_is_taken_as_it_is_written(
    signed_in: Callable[..., Client], germans: Segment
) -> None:
    Segment.objects.update(label="old")
    signed_in("marketer").post("/segments/labels/", {"label": "old", "name": "OLD"})
    assert Segment.objects.get().label == "OLD"


@pytest.mark.parametrize("name", ["x" * 41])
def test_a_label_too_long_is_refused_with_a_sentence(
    signed_in: Callable[..., Client], germans: Segment, name: str
) -> None:
    Segment.objects.update(label="Old")
    page = signed_in("marketer").post("/segments/labels/", {"label": "Old", "name": name}, follow=True)
    assert "40 characters at most" in page.content.decode()
    assert Segment.objects.get().label == "Old"


def test_only_who_edits_segments_renames_labels(signed_in: Callable[..., Client], germans: Segment) -> None:
    assert signed_in("service").post("/segments/labels/", {"label": "a", "name": "b"}).status_code == 403
