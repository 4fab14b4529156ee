"""Badges on the customer's page: votes, playbooks, reviews, their order, and who may do what."""

from __future__ import annotations

import pytest

from crm.domain.roles import Role
from segments.actions.service import playbooks, voting
from segments.models import Playbook, SegmentReview, Vote
from segments.queries.service.playbooks import playbooks_of
from segments.queries.service.standing import who_they_are, with_feedback

READ = ("/segments/loyal/playbook/", "/segments/loyal/feedback/")


def vote_address(ada):
    return f"/segments/loyal/badge/{ada.pk}/vote/"


def test_a_vote_by_a_plain_form_comes_back_to_the_customer(ada, badge, signed_in):
    badge("Loyal", ada)
    client = signed_in("service")
    answer = client.post(vote_address(ada), {"right": "no"})
    assert (answer.status_code, answer["Location"]) == (302, f"/contacts/{ada.pk}/")
    page = client.get(f"/contacts/{ada.pk}/").content.decode()
    assert "You said no, thank you" in page
    client.post(vote_address(ada), {"right": "no", "reason": "Moved to <b>France</b>"})
    page = client.get(f"/contacts/{ada.pk}/").content.decode()
    assert "Moved to &lt;b&gt;France&lt;/b&gt;" in page
    client.post(vote_address(ada), {"right": ""})
    assert not Vote.objects.exists()


def test_a_vote_by_htmx_answers_with_its_line(ada, badge, signed_in):
    badge("Loyal", ada)
    answer = signed_in("service").post(vote_address(ada), {"right": "yes"}, headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert text.lstrip().startswith('<div class="vote" id="vote-loyal"')
    assert "You said yes" in text
    assert "100\u00a0% right (21 to 100\u00a0%), 1 vote" in text


def test_a_refused_vote_says_why(ada, badge, signed_in):
    badge("Loyal")
    answer = signed_in("service").post(vote_address(ada), {"right": "yes"}, headers={"HX-Request": "true"})
    assert "has left this segment meanwhile" in answer.content.decode()


def test_an_archived_or_hidden_segment_takes_no_votes(ada, badge, signed_in):
    badge("Loyal", ada, shown_as_badge=False)
    assert signed_in("service").post(vote_address(ada), {"right": "yes"}).status_code == 404


def test_badges_stand_in_the_order_of_what_matters(ada, badge, contact, signed_in, person, noon):
    others = [contact("B", str(number)) for number in range(3)]
    badge("Common", ada, *others)
    badge("Rare", ada)
    badge("First", ada, *others, badge_rank=1)
    badge("Aside", ada, badge_rank=4)
    seen = who_they_are(ada, person("service"), noon)
    assert [standing.told.segment.name for standing in seen["standings"]] == [
        "First",
        "Rare",
        "Common",
        "Aside",
    ]


def test_feedback_of_badges_is_two_queries(ada, badge, django_assert_num_queries, noon):
    from segments.queries.explaining import explain_segments

    segments = [badge(f"S{number}", ada) for number in range(4)]
    told = explain_segments(ada.pk, segments, as_of=noon, see_sensitive=False)
    with django_assert_num_queries(2):
        with_feedback(ada.pk, told, voter="user 1")


def write(segment, by, at, started_from=0, **parts):
    return playbooks.write(segment=segment, parts=parts, note="", started_from=started_from, by=by, at=at)


def test_a_playbook_stands_at_the_badge(ada, badge, signed_in):
    badge("Loyal", ada)
    client = signed_in("service lead")
    sent = {
        "started_from": "0",
        "do": "Thank them\n\n  Ask for <i>Stefan</i> ",
        "avoid": "=cmd()",
        "tone": "Warm",
    }
    assert client.post("/segments/loyal/playbook/", sent).status_code == 302
    page = client.get(f"/contacts/{ada.pk}/").content.decode()
    assert "Ask for &lt;i&gt;Stefan&lt;/i&gt;" in page
    assert "=cmd()" in page
    assert "Warm" in page


def test_versions_of_a_playbook_are_kept_and_restored(ada, badge, person, noon, signed_in):
    segment = badge("Loyal", ada)
    lead = person("service lead")
    write(segment, lead, noon, do="Thank them")
    write(segment, lead, noon, started_from=1, do="Thank them twice")
    assert write(segment, lead, noon, started_from=2, do="Thank them twice").number == 2
    with pytest.raises(playbooks.PlaybookRefused, match="newer version"):
        write(segment, lead, noon, started_from=1, do="Mine")
    assert signed_in("marketer").post("/segments/loyal/playbook/1/restore/").status_code == 302
    current = playbooks_of([segment.pk])[segment.pk]
    assert (current.number, current.do, current.note) == (3, "Thank them", "Restored from version 1")
    assert list(Playbook.objects.filter(current=True).values_list("number", flat=True)) == [3]
    page = signed_in("service").get("/segments/loyal/playbook/").content.decode()
    assert "Thank them twice" in page
    assert "Use version" not in page


def test_an_outdated_playbook_keeps_what_was_written(ada, badge, person, noon, signed_in):
    write(badge("Loyal", ada), person("service lead"), noon, do="Thank them")
    answer = signed_in("marketer").post("/segments/loyal/playbook/", {"started_from": "0", "do": "Mine"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Mine" in text
    assert "newer version" in text
    assert 'name="started_from" value="1"' in text


def test_an_empty_first_playbook_and_a_long_part_are_refused(ada, badge, signed_in):
    badge("Loyal", ada)
    client = signed_in("service lead")
    assert client.post("/segments/loyal/playbook/", {"started_from": "0"}).status_code == 422
    answer = client.post("/segments/loyal/playbook/", {"started_from": "0", "tone": "x" * 1001})
    assert "1,000 characters at most" in answer.content.decode()


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("address", READ)
def test_everyone_reads(ada, badge, signed_in, role, address):
    badge("Loyal", ada)
    assert signed_in(role).get(address).status_code == 200


@pytest.mark.parametrize(
    ("role", "status"),
    [("service", 403), ("manager", 403), ("marketer", 302), ("service lead", 302), ("administrator", 302)],
)
def test_who_writes_playbooks(ada, badge, signed_in, role, status):
    badge("Loyal", ada)
    sent = {"started_from": "0", "do": "Thank them"}
    assert signed_in(role).post("/segments/loyal/playbook/", sent).status_code == status
    assert Playbook.objects.count() == (status == 302)


@pytest.mark.parametrize("role", list(Role))
def test_who_reviews(ada, badge, signed_in, role):
    segment = badge("Loyal", ada)
    client = signed_in(role)
    allowed = role is not Role.SERVICE
    assert client.get("/reviews/").status_code == (200 if allowed else 403)
    client.post("/segments/loyal/review/", {"why": "Half of them moved"})
    assert SegmentReview.objects.count() == allowed
    page = client.get("/segments/loyal/feedback/").content.decode()
    assert ("In review since" in page) is allowed
    if allowed:
        review = SegmentReview.objects.get()
        assert "Half of them moved" in client.get("/reviews/").content.decode()
        assert client.post(f"/reviews/{review.pk}/", {"note": ""}).status_code == 422
        assert client.post(f"/reviews/{review.pk}/", {"note": "Kept"}).status_code == 302
        assert "Kept" in client.get("/segments/loyal/feedback/").content.decode()
    assert voting.SegmentReview.objects.filter(segment=segment, resolved_at__isnull=True).count() == 0


def test_a_stranger_is_asked_to_sign_in(client, ada, badge):
    badge("Loyal", ada)
    for address in (*READ, "/reviews/"):
        assert client.get(address).status_code == 302
    assert client.post(vote_address(ada), {"right": "yes"})["Location"].startswith("/sign-in/")
    assert not Vote.objects.exists()


def test_a_rank_is_set_on_the_settings_page(ada, badge, signed_in):
    segment = badge("Loyal", ada)
    sent = {"name": "Loyal", "hue": "2", "shown_as_badge": "on", "badge_rank": "1"}
    assert signed_in("marketer").post("/segments/loyal/settings/", sent).status_code == 302
    segment.refresh_from_db()
    assert segment.badge_rank == 1


def test_a_kept_reason_is_said_once_and_can_be_changed(ada, badge, signed_in):
    badge("Loyal", ada)
    client = signed_in("service")
    client.post(vote_address(ada), {"right": "no", "reason": "Moved away"})
    page = client.get(f"/contacts/{ada.pk}/").content.decode()
    card = page[page.index('id="vote-loyal"') :].partition("</article>")[0]
    assert card.count("Moved away") == 1
    assert "your reason is kept" in card
    assert "Change<span" in card
