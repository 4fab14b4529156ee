"""What is the matter with segments: each mark where it belongs and nowhere else; the list's orders; side by side."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm.kit import clock
from crm.models import Consent, Identifier
from segments.engine.statistics import bits
from segments.engine.statistics.drifting import drift_of
from segments.engine.statistics.overlap import near_twins
from segments.models import Membership, Segment, SegmentReview, SegmentSize, Vote
from segments.queries.insight.health import marks


def test_a_usual_size_is_no_drift():
    assert drift_of([100, 102, 99, 101] * 5, 104) is None
    assert drift_of([100] * 10, 500) is None, "ten days are too few"
    assert drift_of([100] * 20, 115) is None, "a seventh more is not far"


def test_a_leap_is_a_drift_and_a_steady_rise_is_none():
    found = drift_of([100, 102, 99, 101] * 5, 180)
    assert (found.usual, found.size) == (99, 180)
    assert drift_of(list(range(100, 200, 2)), 200) is None
    assert drift_of([*range(100, 200, 2)], 60).change < 0


def test_one_odd_day_in_the_past_does_not_hide_a_drift():
    assert drift_of([100] * 15 + [5_000] + [100] * 10, 200) is not None


def test_near_twins_are_found_whatever_their_order():
    import numpy as np

    groups = [np.arange(1, 101), np.arange(1, 51), np.arange(1, 98), np.zeros(0, int)]
    assert near_twins(bits.packed(groups), 0.95) == [(2, 0, 97)]


@pytest.fixture
def make(contact, noon, people):
    """A segment by rule of Germany with so many members of `people`, counted just now."""

    def build(slug, inside=4, **more):
        given = {
            "name": slug.title(),
            "evaluated_at": clock.now(),
            "size": inside,
            "shown_as_badge": True,
        } | more
        rule = {"version": 1, "rule": {"attribute": "country", "op": "is", "value": slug}}
        segment = Segment.objects.create(slug=slug, **({"rule": rule} | given))
        for one in people[:inside]:
            Membership.objects.create(segment=segment, contact=one, since=noon)
        return segment

    return build


def kinds_of(segment):
    return {mark.kind for mark in marks(at=clock.now()).get(segment.pk, [])}


def test_a_well_segment_has_no_mark(make):
    assert kinds_of(make("well")) == set()


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("problem", {"problem": "‘Shoe’ is gone."}),
        ("empty", {"inside": 0}),
        ("stale", {"evaluated_at": clock.now() - timedelta(days=3)}),
        ("unused", {"shown_as_badge": False}),
    ],
)
def test_what_a_segment_shows_by_itself(make, kind, more):
    assert kinds_of(make("odd", **more)) == {kind}


def test_a_leap_in_size_drifts(make):
    segment = make("leap")
    for ago in range(1, 30):
        SegmentSize.objects.create(segment=segment, on=clock.now().date() - timedelta(days=ago), size=50)
    assert kinds_of(segment) == {"drifting"}


def test_the_same_people_and_the_same_rule_are_told_of_each_other(make):
    one, other = make("one"), make("other")
    assert {kinds_of(one).pop(), kinds_of(other).pop()} == {"twin"}
    mark = marks(at=clock.now())[one.pk][0]
    assert mark.other == "other"
    assert "Other" in mark.advice


def test_who_cannot_be_mailed_is_hardly_reachable(make, people, contact, noon):
    mute, heard = make("mute", 2), make("heard", 4)
    Consent.objects.create(contact=people[3], channel="email", purpose="offers", granted=True, since=noon)
    Identifier.objects.create(contact=people[3], kind="email", value="d@x.example", shown="d@x.example")
    assert kinds_of(mute) == {"unreachable"}
    assert kinds_of(heard) == set()


def test_a_segment_that_another_names_is_used(make):
    plain = make("plain", 3, shown_as_badge=False)
    make("above", 2, rule={"version": 1, "rule": {"segment": "plain", "op": "in"}})
    assert kinds_of(plain) == set()


def listed(answer):
    return [one.row.segment.slug for one in answer.context["rows"]]


def test_the_list_is_narrowed_by_what_is_the_matter(signed_in, make):
    make("fine"), make("bare", 0)
    client = signed_in("marketer")
    assert listed(client.get("/segments/?health=empty")) == ["bare"]
    assert listed(client.get("/segments/?health=well")) == ["fine"]
    assert "Empty (1)" in client.get("/segments/").text


def test_the_look_is_remembered(signed_in, make):
    make("fine")
    client = signed_in("service")
    assert client.get("/segments/").context["view"] == "table"
    assert client.get("/segments/?view=cards").context["view"] == "cards"
    assert client.get("/segments/").context["view"] == "cards"
    assert client.get("/segments/?view=nonsense").context["view"] == "cards"


def test_accuracy_sorts_by_what_is_sure(signed_in, make, people, person, noon):
    lucky, proven, never = make("lucky", 1), make("proven", 2), make("never", 3)
    for segment, number in ((lucky, 1), (proven, 4)):
        for one in people[:number]:
            Vote.objects.create(
                segment=segment,
                contact=one,
                right=True,
                version=1,
                at=noon,
                by=person("service"),
                voter=f"v{one.pk}",
            )
    assert listed(signed_in("marketer").get("/segments/?sort=accuracy")) == ["proven", "lucky", "never"]
    assert never.pk


def test_value_sorts_by_what_members_bought(signed_in, make, people):
    from crm.models import Interaction

    poor, rich = make("poor", 1), make("rich", 3)
    Interaction.objects.create(
        contact=people[2],
        kind="purchase",
        at=clock.now() - timedelta(days=1),
        amount=50,
        source="t",
        message_id="1",
    )
    answer = signed_in("marketer").get("/segments/?sort=value")
    assert listed(answer) == ["rich", "poor"]
    assert [one.value for one in answer.context["rows"]] == [50, 0]
    assert (poor.size, rich.size) == (1, 3)


def test_side_by_side(signed_in, make):
    make("one", 2), make("other", 3), make("third", 1)
    client = signed_in("marketer")
    asked = "/segments/compare/?s=one&s=other&s=third&s=nobody"
    assert "hx-get=" in client.get(asked).text
    part = client.get(asked, HTTP_HX_REQUEST="true")
    assert [one.segment.slug for one, _ in part.context["columns"]] == ["one", "other", "third"]
    insight = client.get("/segments/compare/insight/?s=one&s=other")
    assert insight.text.count("Too few people to compare") == 2


@pytest.mark.parametrize(
    "query", ["", "?s=one", "?s=nobody&s=nothing", "?" + "&".join(f"s=s{n}" for n in range(6))]
)
def test_fewer_than_two_or_more_than_four_are_asked_again(signed_in, make, query):
    make("one", 1)
    for number in range(6):
        make(f"s{number}", 1)
    page = signed_in("service").get(f"/segments/compare/{query}", HTTP_HX_REQUEST="true")
    assert "Choose 2 to 4 segments" in page.text


def test_the_head_of_a_page_does_not_call_well_what_is_in_review(signed_in, germans, noon):
    germans.evaluated_at = clock.now()
    germans.save()
    client = signed_in("marketer")
    assert client.get("/segments/germans/").context["health"].words == "Healthy"
    SegmentReview.objects.create(segment=germans, version=1, opened_at=noon, cause="Five say no.")
    assert client.get("/segments/germans/feedback/").context["health"].words == "In review"


def test_votes_come_as_a_file_with_who_said_what_and_why(signed_in, germans, person, noon):
    voter = person("service")
    member = Membership.objects.get(segment=germans).contact
    Vote.objects.create(
        segment=germans, contact=member, version=germans.version, voter=f"user {voter.pk}", by=voter, right=False,
        reason="=Lives in Spain", at=noon,
    )  # fmt: skip
    answer = signed_in("marketer").get("/segments/germans/feedback.csv")
    lines = b"".join(answer).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "no,'=Lives in Spain,Service Person" in lines[1]
    assert signed_in("service").get("/segments/germans/feedback.csv").status_code == 403
