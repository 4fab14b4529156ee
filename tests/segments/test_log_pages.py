"""Pages of a log: the same lines in the same order, however many of them were written at one instant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from segments.models import MembershipChange, Segment
from segments.queries.membership import log
from segments.queries.membership.log import Asked, log_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("crowd", [2, 20_000])
def test_pages_are_the_log_backwards(crowd: int, contact: Any, noon: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(log, "CROWD", crowd)
    segments = [Segment.objects.create(slug=f"s{n}", name=f"S{n}") for n in range(2)]
    people = [contact(f"P{n}") for n in range(12)]
    for hours, some in ((0, people), (1, people[:2]), (1, people[2:7]), (3, people[:1])):
        for one in some:
            for segment in segments:
                MembershipChange.objects.create(
                    segment=segment, contact=one, entered=hours != 1, at=noon + timedelta(hours=hours),
                    cause="time", version=1,
                )  # fmt: skip
    wanted = list(
        MembershipChange.objects.filter(segment=segments[0]).order_by("-pk").values_list("pk", flat=True)
    )
    seen: list[int] = []
    after = ""
    while True:
        page = log_of(segments[0], Asked(after=after), size=3)
        seen += [line.pk for line in page.rows]
        after = page.next_key
        if not after:
            break
    assert seen == wanted


def test_a_crowded_page_looks_twice_before_it_reads(
    contact: Any, noon: Any, monkeypatch: Any, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(log, "CROWD", 2)
    segment = Segment.objects.create(slug="s", name="S")
    for number in range(8):
        MembershipChange.objects.create(
            segment=segment, contact=contact(f"P{number}"), entered=True, at=noon, cause="time", version=1
        )
    with django_assert_num_queries(3):
        log_of(segment, Asked(), size=3)
