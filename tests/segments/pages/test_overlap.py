"""Overlap of segments: every count against sets of Python, and the page that shows them."""

from __future__ import annotations

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from segments.engine.statistics import bits, overlap
from segments.models import Membership, MembershipChange, Segment
from segments.queries.insight.overlapping import combinations, matrix
from segments.queries.membership import packed

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.mark.parametrize("seed", range(5))
def test_pairs_and_combinations_are_those_of_sets(seed):
    dice = np.random.default_rng(seed)
    groups = [np.unique(dice.integers(1, 500, dice.integers(0, 300))).astype(np.int64) for _ in range(6)]
    sets = [set(ids.tolist()) for ids in groups]
    found = overlap.pair_counts(bits.packed(groups))
    for row, one in enumerate(sets):
        for column, other in enumerate(sets):
            assert found[row, column] == len(one & other)
    exact = overlap.combinations(bits.packed(groups))
    for mask in range(1, 64):
        inside = [one for bit, one in enumerate(sets) if mask >> bit & 1]
        outside = set().union(*(one for bit, one in enumerate(sets) if not mask >> bit & 1))
        assert exact[mask] == len(set.intersection(*inside) - outside)
    assert exact.sum() == len(set().union(*sets))


def test_more_than_six_are_refused():
    with pytest.raises(ValueError, match="at most 6"):
        overlap.combinations(bits.packed([np.array([1])] * 7))


def test_nobody_overlaps_with_nobody():
    nobody = np.zeros(0, np.int64)
    assert overlap.pair_counts(bits.packed([nobody, nobody])).tolist() == [[0, 0], [0, 0]]
    assert overlap.jaccard(0, 0, 0) == 0


@pytest.fixture
def three(contact, noon):
    """A: 1-4, B: 3-6, C: 1-4 and 5 (nearly A)."""
    everybody = [contact(f"P{number}") for number in range(6)]
    made = {}
    for slug, inside in (("a", range(4)), ("b", range(2, 6)), ("c", range(5))):
        made[slug] = Segment.objects.create(
            slug=slug,
            name=slug.upper(),
            size=len(inside),
            evaluated_at=noon,
            rule={"version": 1, "rule": {"all": []}},
        )
        for place in inside:
            Membership.objects.create(segment=made[slug], contact=everybody[place], since=noon)
    return made, everybody


def test_matrix_beside_one(three):
    made, _ = three
    pairs = matrix(list(made.values())).beside(made["a"])
    assert [(pair.other.slug, pair.both, pair.mine, pair.theirs) for pair in pairs] == [
        ("c", 4, 4, 5),
        ("b", 2, 4, 4),
    ]
    assert pairs[0].jaccard == pytest.approx(0.8)


def test_combinations_with_anybody(three):
    made, _ = three
    found = {
        tuple(one.slug for one in part.inside): part.people for part in combinations(list(made.values()))
    }
    assert found == {("a", "c"): 2, ("a", "b", "c"): 2, ("b", "c"): 1, ("b",): 1}


def test_members_follow_the_log(three, noon):
    made, everybody = three
    assert len(packed.members_of([made["a"]])[made["a"].pk]) == 4
    for place, entered in ((0, False), (5, True), (4, True), (4, False)):
        row = {"segment": made["a"], "contact": everybody[place]}
        MembershipChange.objects.create(**row, entered=entered, at=noon, cause="change", version=1)
        if entered:
            Membership.objects.create(**row, since=noon)
        else:
            Membership.objects.filter(**row).delete()
    with CaptureQueriesContext(connection) as seen:
        found = packed.members_of([made["a"]])[made["a"].pk]
    assert found.tolist() == sorted(one.pk for one in (*everybody[1:4], everybody[5]))
    assert len(seen) == 2, "the newest line, and the lines since"


def test_the_page_shows_combinations_and_their_people(signed_in, three):
    client = signed_in("marketer")
    page = client.get("/segments/a/overlap/")
    assert 'hx-get="/segments/a/overlap/"' in page.text
    part = client.get("/segments/a/overlap/", **HTMX)
    row = part.context["rows"][0]
    assert client.get(row.people_url).context["total"] == row.combination.people
    for _, url in part.context["pairs"]:
        assert client.get(url).status_code == 200
    assert "New segment" in part.text
    assert "New segment" not in signed_in("service").get("/segments/a/overlap/", **HTMX).text


def test_chosen_segments_are_combined(signed_in, three):
    part = signed_in("marketer").get("/segments/a/overlap/?with=b&with=nobody", **HTMX)
    assert [one.slug for one in part.context["chosen"]] == ["a", "b"]


def test_an_only_segment_says_what_is_missing(signed_in, germans):
    assert "the only segment" in signed_in("marketer").get("/segments/germans/overlap/", **HTMX).text
    assert "no other segment" in signed_in("marketer").get("/segments/germans/overlap/card/").text


def test_the_card_and_the_file(signed_in, three):
    assert "100" in signed_in("marketer").get("/segments/a/overlap/card/").text
    answer = signed_in("marketer").get("/segments/a/overlap.csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[1].startswith("C,5,4,1.0,0.8,0.8")


def test_part_takes_a_fixed_number_of_queries(signed_in, three):
    client = signed_in("marketer")
    client.get("/segments/a/overlap/", **HTMX)
    with CaptureQueriesContext(connection) as seen:
        client.get("/segments/a/overlap/", **HTMX)
    assert len(seen) <= 9
