"""Votes on badges: one a person, customer and version; accuracy with its interval; reviews that they open."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from crm.kit.paging import throughout
from segments.actions.service import voting
from segments.engine.statistics.accuracy import accuracy_of, is_bad
from segments.models import Membership, SegmentReview, Vote
from segments.queries.service import votes


def cast(segment, contact, voter, right, at, reason=""):
    return voting.vote(
        segment=segment, contact=contact, right=right, reason=reason, voter=voter, by=None, at=at
    )


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [
        (56, 60, 0.8407, 0.9738),
        (0, 5, 0.0, 0.4345),
        (5, 5, 0.5655, 1.0),
        (1, 1, 0.2065, 1.0),
        (50, 100, 0.4038, 0.5962),
    ],
)
def test_the_interval_is_wilsons(right, n, low, high):
    found = accuracy_of(right, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_without_votes_anything_is_possible():
    assert accuracy_of(0, 0) == accuracy_of(0, 0).__class__(0.0, 0.0, 1.0, 0)
    assert accuracy_of(0, 0).words == "Nobody has voted yet"
    assert accuracy_of(56, 60).words == "93\u00a0% right (84 to 97\u00a0%), 60 votes"


def test_few_votes_are_never_bad():
    assert not is_bad(accuracy_of(0, 4), floor=0.75)
    assert is_bad(accuracy_of(0, 5), floor=0.75)
    assert not is_bad(accuracy_of(4, 6), floor=0.75)


def test_a_person_votes_once_and_may_change_it(ada, badge, noon):
    segment = badge("Loyal", ada)
    cast(segment, ada, "user 1", True, noon)
    cast(segment, ada, "user 1", False, noon, "Left us in May")
    cast(segment, ada, "user 2", True, noon)
    assert votes.accuracy([segment.pk])[segment.pk] == accuracy_of(1, 2)
    tally = votes.said_of(ada.pk, [segment.pk], voter="user 1")[segment.pk].tally
    assert (tally.right, tally.wrong, tally.mine.reason) == (1, 1, "Left us in May")


def test_the_database_keeps_it_once(ada, badge, noon):
    segment = badge("Loyal", ada)
    cast(segment, ada, "user 1", True, noon)
    with pytest.raises(IntegrityError), transaction.atomic():
        Vote.objects.create(segment=segment, contact=ada, version=1, voter="user 1", right=True, at=noon)


def test_a_new_rule_is_judged_anew(ada, badge, noon):
    segment = badge("Loyal", ada)
    cast(segment, ada, "user 1", False, noon)
    segment.version = 2
    segment.save()
    assert votes.accuracy([segment.pk])[segment.pk].n == 0
    cast(segment, ada, "user 1", True, noon)
    assert Vote.objects.count() == 2
    assert votes.accuracy([segment.pk])[segment.pk] == accuracy_of(1, 1)


def test_only_a_badge_the_customer_carries_is_voted_on(ada, badge, noon):
    hidden = badge("Hidden", ada, shown_as_badge=False)
    left = badge("Left")
    for segment in (hidden, left):
        with pytest.raises(voting.VoteRefused):
            cast(segment, ada, "user 1", True, noon)
    with pytest.raises(voting.VoteRefused, match="500 characters"):
        cast(badge("Loyal", ada), ada, "user 1", True, noon, "x" * 501)


def test_withdrawing_takes_it_back(ada, badge, noon):
    segment = badge("Loyal", ada)
    cast(segment, ada, "user 1", True, noon)
    voting.withdraw(segment=segment, contact=ada, voter="user 1", by=None, at=noon)
    assert votes.accuracy([segment.pk])[segment.pk].n == 0


def test_bad_votes_open_one_review_and_its_end_begins_anew(
    ada, badge, noon, person, django_assert_num_queries
):
    segment = badge("Loyal", ada)
    lead = person("service lead")
    for number in range(7):
        cast(segment, ada, f"user {number}", False, noon, "Never bought")
    review = SegmentReview.objects.get()
    assert "below the account’s floor of 75 %" in review.cause
    with django_assert_num_queries(3):
        page = votes.open_reviews()
    assert [found.review.segment for found in page.rows] == [segment]
    assert page.rows[0].accuracy.n == 7
    assert [vote.reason for vote in page.rows[0].reasons] == ["Never bought"] * 5

    with pytest.raises(voting.VoteRefused, match="what was decided"):
        voting.resolve(review=review, note=" ", by=lead, at=noon)
    voting.resolve(review=review, note="Kept: the five knew him from before.", by=lead, at=noon)
    assert not votes.open_reviews().rows
    later = noon + timedelta(hours=1)
    for number in range(10, 14):
        cast(segment, ada, f"user {number}", False, later)
    assert not votes.open_reviews().rows
    cast(segment, ada, "user 14", False, later)
    assert votes.in_review([segment.pk])[segment.pk].opened_at == later
    with pytest.raises(voting.VoteRefused, match="just now"):
        voting.resolve(review=review, note="Again", by=lead, at=later)


def test_a_review_is_asked_for_by_hand_once(ada, badge, noon, person):
    segment = badge("Loyal", ada)
    voting.ask_for_review(segment=segment, why="Half of them moved", by=person("service lead"), at=noon)
    with pytest.raises(voting.VoteRefused, match="in review already"):
        voting.ask_for_review(segment=segment, why="Again", by=person("service lead"), at=noon)


def test_the_database_wants_a_note_with_a_decision(ada, badge, noon):
    with pytest.raises(IntegrityError), transaction.atomic():
        SegmentReview.objects.create(
            segment=badge("Loyal", ada), version=1, opened_at=noon, cause="x", resolved_at=noon
        )


@pytest.mark.parametrize("size", [1, 2, 9])
def test_votes_are_listed_by_their_newest_word(ada, badge, noon, size):
    segment = badge("Loyal", ada)
    for number in range(4):
        cast(segment, ada, f"user {number}", True, noon + timedelta(minutes=number % 2))
    cast(segment, ada, "user 0", False, noon + timedelta(hours=1))
    found = [vote.voter for vote in throughout(lambda after: votes.votes_on(segment, after=after, size=size))]
    assert found == ["user 0", "user 3", "user 1", "user 2"]
    assert votes.votes_on(segment, after="7 yesterday").first


def test_accuracy_of_many_is_one_query(ada, badge, noon, django_assert_num_queries):
    segments = [badge(f"S{number}", ada) for number in range(5)]
    for segment in segments:
        cast(segment, ada, "user 1", True, noon)
    with django_assert_num_queries(1):
        found = votes.accuracy([segment.pk for segment in segments])
    assert {accuracy.n for accuracy in found.values()} == {1}
    Membership.objects.all().delete()
    assert votes.accuracy([]) == {}


def test_votes_stand_on_the_timeline(ada, badge, noon, signed_in):
    cast(badge("Loyal", ada), ada, "badge key 1: bo", False, noon, "Moved away")
    page = signed_in("service").get(f"/contacts/{ada.pk}/").content.decode()
    assert "Found not right:" in page
    assert "Moved away" in page
