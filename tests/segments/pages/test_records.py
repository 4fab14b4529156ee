"""The pages of what is done by hand and of what was: rights, empty states, figures, files, spoilt addresses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from crm.actions.merging.merging import merge
from crm.actions.touching import touch
from crm.kit.clock import now
from crm.models import Contact, ContactChange, Identifier, Interaction, User
from segments.actions.building.archiving import StillUsed, archive, delete
from segments.actions.building.saving import create_segment, save_rule
from segments.actions.membership.fixed import NotKnownThen, create_list, snapshot
from segments.actions.membership.placing import place
from segments.actions.running.recomputing import recompute
from segments.models import Filling, Membership, MembershipChange, Placement, Segment, SegmentVersion
from segments.queries.membership.hindsight import held_then
from tests.segments.pages.conftest import in_country

THEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def lived(people: list[Contact], person: Callable[..., User]) -> Segment:
    """Germany: Ada and Bea since March 1st; Cem by hand since the 3rd; Bea kept out since the 5th; version 2 adds France."""
    me = person("marketer")
    made = create_segment(name="Germans", slug="germans", rule=in_country("Germany"), by=me, at=THEN)
    recompute(cause="test", as_of=THEN, worker="test")
    bea, cem = people[1:3]
    place(segment=made, contacts=[cem.pk], included=True, reason="Moves soon", by=me, at=THEN + 2 * DAY)
    place(segment=made, contacts=[bea.pk], included=False, reason="Asked us", by=me, at=THEN + 4 * DAY)
    made.refresh_from_db()
    save_rule(segment=made, rule=in_country("Germany", "France"), note="And France", by=me, at=THEN + 6 * DAY)
    recompute(cause="rule", as_of=THEN + 6 * DAY, worker="test")
    made.refresh_from_db()
    return made


PAGES = (
    "hand/",
    "hand/?past=1",
    "past/",
    "past/?on=2026-03-02",
    "past/value/?on=2026-03-02",
    "past/rule/?on=2026-03-02&rule=1",
    "log/",
    "log/?cause=manual&way=in&from=2026-03-01&to=2026-03-09",
    "versions/",
    "versions/compare/",
)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", ["marketer", "service", "manager"])
def test_everybody_who_sees_segments_sees_them(
    signed_in: Callable[..., Client], lived: Segment, page: str, role: str
) -> None:
    assert signed_in(role).get(f"/segments/germans/{page}").status_code == 200


@pytest.mark.parametrize(
    "door",
    [
        "hand/",
        "hand/marked/",
        "hand/back/",
        "versions/1/rehearsal/",
        "delete/",
        "people/remove/",
        "people/add/",
    ],
)
def test_service_changes_nothing(signed_in: Callable[..., Client], lived: Segment, door: str) -> None:
    assert signed_in("service").post(f"/segments/germans/{door}").status_code == 403
    assert signed_in("service").post("/segments/place/").status_code == 403
    assert signed_in("service").get("/segments/germans/past/members.csv").status_code == 403
    assert signed_in("service").get("/segments/germans/log.csv").status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "on=tomorrow",
        "on=2099-01-01",
        "on=0001-01-01",
        "on=9999-12-31",
        "on=2026-02-30",
        "after=x",
        "on=2026-03-02T25:99",
    ],
)
def test_spoilt_moments_are_answered(signed_in: Callable[..., Client], lived: Segment, query: str) -> None:
    for page in ("past/", "past/value/", "past/rule/", "log/"):
        assert (
            signed_in("marketer").get(f"/segments/germans/{page}?{query}&from={query[3:]}").status_code == 200
        )


def test_the_time_machine_tells_who_left_and_why(signed_in: Callable[..., Client], lived: Segment) -> None:
    page = signed_in("marketer").get("/segments/germans/past/?on=2026-03-02").content.decode()
    assert "Members then</h2><strong>2<" in page
    assert "Bea Two" in page
    assert "Asked us" in page
    assert "Ada One" not in page.split("In it then, not now", 1)[1]
    file = b"".join(signed_in("marketer").get("/segments/germans/past/members.csv?on=2026-03-02")).decode()  # type: ignore[arg-type]
    assert "Ada" in file
    assert "Bea" in file
    assert "Cem" not in file


def test_a_segment_without_a_past_says_so(signed_in: Callable[..., Client], db: None) -> None:
    Segment.objects.create(slug="young", name="Young")
    assert "No past yet" in signed_in("marketer").get("/segments/young/past/").content.decode()
    assert signed_in("marketer").get("/segments/young/past/value/").status_code == 404


def test_hindsight_uses_the_attributes_and_interactions_of_then(
    lived: Segment, people: list[Contact], contact: Callable[..., Contact]
) -> None:
    ada = people[0]
    ContactChange.objects.create(
        contact=ada, at=THEN - DAY, source="test", changes={"country": [None, "France"]}
    )
    ContactChange.objects.create(
        contact=ada, at=THEN + DAY, source="test", changes={"country": ["France", "Germany"]}
    )
    then = held_then(in_country("Germany"), as_of=THEN)
    assert then.members.tolist() == [people[1].pk]
    assert "log of its changes" in " ".join(then.known)
    Interaction.objects.create(contact=ada, kind="visit", at=THEN + DAY, source="test", message_id="1")
    with transaction.atomic():
        touch([ada.pk], cause="interaction")
    visited = {"version": 1, "rule": {"interaction": "visit"}}
    assert held_then(visited, as_of=THEN).members.tolist() == []
    assert held_then(visited, as_of=THEN + DAY).members.tolist() == [ada.pk]
    inside = {"version": 1, "rule": {"segment": "germans", "op": "in", "for": [1, "day"]}}
    assert held_then(inside, as_of=THEN + 2.5 * DAY).members.tolist() == [people[0].pk, people[1].pk]


@pytest.mark.parametrize("held", [{}, {"for": [1, "day"]}])
def test_hindsight_has_the_survivor_in_place_of_a_merged_member(
    held: dict[str, Any], lived: Segment, people: list[Contact], contact: Callable[..., Contact]
) -> None:
    dora = contact("Dora")
    merge(survivor=dora.pk, merged=people[1].pk, by=None, at=THEN + 7 * DAY)
    inside = {"version": 1, "rule": {"segment": "germans", "op": "in", **held}}
    assert held_then(inside, as_of=THEN + 1.5 * DAY).members.tolist() == [people[0].pk, dora.pk]
    assert (
        held_then(inside, as_of=THEN + DAY / 2).members.tolist() == [[people[0].pk, dora.pk], []][bool(held)]
    )


def test_the_log_says_cause_and_evidence(signed_in: Callable[..., Client], lived: Segment) -> None:
    page = signed_in("marketer").get("/segments/germans/log/").content.decode()
    assert "Moves soon" in page
    assert "The rule was changed" in page
    only = signed_in("marketer").get("/segments/germans/log/?cause=manual&way=out").content.decode()
    assert "Bea Two" in only
    assert "Cem Three" not in only
    line = MembershipChange.objects.filter(segment=lived, cause="manual").first()
    assert line is not None
    assert "By hand" in signed_in("marketer").get(f"/segments/germans/log/{line.pk}/").content.decode()
    file = b"".join(signed_in("marketer").get("/segments/germans/log.csv")).decode()  # type: ignore[arg-type]
    assert file.count("\n") == 1 + MembershipChange.objects.filter(segment=lived).count()


def test_versions_keep_what_they_changed_and_compare(
    signed_in: Callable[..., Client], lived: Segment
) -> None:
    second = SegmentVersion.objects.get(segment=lived, number=2)
    assert (second.joins, second.leaves, second.stays) == (0, 0, 2), (
        "Cem was in by hand already, Bea is kept out"
    )
    page = signed_in("marketer").get("/segments/germans/versions/compare/?a=1&b=2").content.decode()
    assert "<del>" in page
    assert "<ins>" in page
    assert "France" in page
    rehearsal = signed_in("marketer").get("/segments/germans/versions/1/rehearsal/").content.decode()
    assert "Bring version 1 back?" in rehearsal
    signed_in("marketer").post("/segments/germans/versions/1/rehearsal/", {"version": "2"})
    lived.refresh_from_db()
    assert (lived.version, lived.rule) == (3, in_country("Germany"))
    assert SegmentVersion.objects.get(segment=lived, number=3).restored_from == 1
    late = signed_in("marketer").post("/segments/germans/versions/2/rehearsal/", {"version": "2"})
    assert "Somebody saved this segment meanwhile" in late.content.decode()


def test_saving_without_a_change_is_no_version(lived: Segment) -> None:
    save_rule(segment=lived, rule=in_country("Germany", "France"), note="Again", by=None, at=now())
    assert SegmentVersion.objects.filter(segment=lived).count() == 2


def test_marked_members_are_kept_out(
    signed_in: Callable[..., Client], lived: Segment, people: list[Contact]
) -> None:
    client, ada = signed_in("marketer"), people[0]
    asks = client.post("/segments/germans/hand/marked/", {"contact": [ada.pk], "do": "out"}).content.decode()
    assert "Ada One" in asks
    sent = {"contact": [ada.pk], "segment": "germans", "way": "out"}
    assert client.post("/segments/place/", {**sent, "reason": ""}).status_code == 422
    client.post("/segments/place/", {**sent, "reason": "Asked", "until": "2099-01-01"})
    assert not Membership.objects.filter(segment=lived, contact=ada).exists()
    assert Placement.objects.open().get(contact=ada).until == datetime(2099, 1, 2, tzinfo=UTC)
    client.post("/segments/germans/hand/back/", {"contact": [ada.pk]})
    assert Membership.objects.filter(segment=lived, contact=ada).exists()


def test_people_are_placed_by_their_address_and_kept_when_wrong(
    signed_in: Callable[..., Client], lived: Segment, people: list[Contact]
) -> None:
    Identifier.objects.create(
        contact=people[3], kind="email", value="dan@example.com", shown="dan@example.com"
    )
    client = signed_in("marketer")
    sent = {"entries": "dan@example.com", "way": "in", "reason": "Lives there now"}
    wrong = client.post("/segments/germans/hand/", {**sent, "entries": "nobody@example.com"})
    assert wrong.status_code == 422
    assert "Lives there now" in wrong.content.decode()
    client.post("/segments/germans/hand/", sent)
    assert Membership.objects.filter(segment=lived, contact=people[3]).exists()


def test_a_list_from_a_file_keeps_what_was_not_found(
    signed_in: Callable[..., Client], people: list[Contact]
) -> None:
    Identifier.objects.create(
        contact=people[0], kind="email", value="ada@example.com", shown="Ada@example.com"
    )
    file = SimpleUploadedFile("guests.csv", b"Name;E-Mail\nAda;ADA@example.com\nX;=who@example.com\n")
    client = signed_in("marketer")
    client.post("/segments/new/list/", {"name": "Guests", "file": file})
    made = Segment.objects.get(slug="guests")
    filling = Filling.objects.get(segment=made)
    assert (filling.source, filling.given, filling.found, filling.added) == ("file", 2, 1, 1)
    assert filling.unknown == [[3, "=who@example.com"]]
    assert "line 3" in client.get("/segments/guests/versions/").content.decode()
    lines = b"".join(client.get(f"/segments/guests/filled/{filling.pk}.csv")).decode()  # type: ignore[arg-type]
    assert "'=who@example.com" in lines


def test_a_list_from_those_marked_in_a_search(
    signed_in: Callable[..., Client], people: list[Contact]
) -> None:
    client = signed_in("marketer")
    asks = client.post("/segments/new/found/?q=ada", {"contact": [people[0].pk]}).content.decode()
    assert "Ada One" in asks
    client.post(
        "/segments/new/found/?q=ada", {"contact": [people[0].pk, people[1].pk], "name": "Both", "segment": ""}
    )
    made = Segment.objects.get(slug="both")
    assert made.size == 2
    client.post("/segments/new/found/", {"contact": [people[2].pk], "name": "", "segment": "both"})
    made.refresh_from_db()
    assert made.size == 3
    assert client.post("/segments/new/found/", {"contact": [1], "name": "", "segment": ""}).status_code == 422


def test_a_snapshot_of_a_past_moment(
    lived: Segment, people: list[Contact], person: Callable[..., User]
) -> None:
    me = person("marketer")
    taken = snapshot(segment=lived, name="Then", as_of=THEN + 3 * DAY, by=me, at=now())
    ids = Membership.objects.filter(segment=taken).values_list("contact_id", flat=True)
    assert set(ids) == {person.pk for person in people[:3]}
    for instant, sentence in ((THEN - DAY, "are known from"), (now() + DAY, "The future")):
        with pytest.raises(NotKnownThen, match=sentence):
            snapshot(segment=lived, name="Never", as_of=instant, by=me, at=now())


def test_only_the_archived_and_unused_are_deleted(lived: Segment, person: Callable[..., User]) -> None:
    me = person("marketer")
    with pytest.raises(StillUsed, match="archive it first"):
        delete(segment=lived, by=me, at=now())
    archive(segment=lived, by=me, at=now())
    rule = {"version": 1, "rule": {"segment": "germans", "op": "in"}}
    on_top = Segment.objects.create(slug="top", name="On top", rule=rule)
    with pytest.raises(StillUsed, match="the segment ‘On top’"):
        delete(segment=lived, by=me, at=now())
    on_top.delete()
    delete(segment=lived, by=me, at=now())
    assert not Segment.objects.filter(slug="germans").exists()
    assert not MembershipChange.objects.exists()


def test_movement_is_a_table_with_its_people(
    signed_in: Callable[..., Client], lived: Segment, people: list[Contact], person: Callable[..., User]
) -> None:
    create_list(name="Guests", contacts=[people[1].pk], by=person("marketer"), at=THEN + 5 * DAY)
    client = signed_in("service")
    query = "from=2026-03-02&to=2026-03-08&in=germans&in=guests"
    page = client.get(f"/segments/movement/?{query}").content.decode()
    assert "Who went where" in page
    who = client.get(f"/segments/movement/people/?{query}&source=germans&target=guests").content.decode()
    assert "Bea Two" in who
    assert "Ada One" not in who
    assert "Germans,Guests,1" in b"".join(client.get(f"/segments/movement.csv?{query}")).decode()  # type: ignore[arg-type]
    for spoilt in (
        "from=x&to=y",
        "from=2026-03-08&to=2026-03-01",
        "in=none",
        "from=0001-01-01&to=9999-12-31",
        "source=x",
    ):
        assert client.get(f"/segments/movement/?{spoilt}").status_code == 200
        assert client.get(f"/segments/movement/people/?{spoilt}").status_code == 200


@pytest.mark.parametrize(
    ("page", "most"), [("log/", 14), ("past/?on=2026-03-02", 20), ("hand/", 12), ("versions/", 12)]
)
def test_pages_need_few_queries(
    signed_in: Callable[..., Client],
    lived: Segment,
    django_assert_max_num_queries: Any,
    page: str,
    most: int,
) -> None:
    client = signed_in("marketer")
    client.get(f"/segments/germans/{page}")
    with django_assert_max_num_queries(most):
        client.get(f"/segments/germans/{page}")


CARDS = ("differences/card/", "crossing/card/", "overlap/card/", "reach/tile/", "value/tile/")


def test_until_a_saved_rule_is_counted_its_page_says_whose_members_these_are(
    lived: Segment, signed_in: Callable[..., Client]
) -> None:
    client = signed_in("marketer")
    save_rule(segment=lived, rule=in_country("Austria"), by=None, at=THEN + 7 * DAY)
    Segment.objects.filter(pk=lived.pk).update(evaluated_version=2)
    page = client.get("/segments/germans/").content.decode()
    assert "Version 3 is being counted" in page
    assert "are still those of version 2" in page
    assert all(card in page for card in CARDS)
    assert "Healthy" not in page
    assert "HX-Refresh" not in client.get("/segments/germans/counted/").headers
    recompute(cause="test", as_of=now(), worker="test")
    assert client.get("/segments/germans/counted/").headers["HX-Refresh"] == "true"
    assert "being counted" not in client.get("/segments/germans/").content.decode()


@pytest.mark.parametrize("tab", ["members/", "differences/", "value/", "overlap/", "log/"])
def test_other_pages_say_whose_members_these_are_and_stand_still(
    lived: Segment, signed_in: Callable[..., Client], tab: str
) -> None:
    save_rule(segment=lived, rule=in_country("Austria"), by=None, at=THEN + 7 * DAY)
    Segment.objects.filter(pk=lived.pk).update(evaluated_version=2)
    page = signed_in("marketer").get(f"/segments/germans/{tab}").content.decode()
    assert "are still those of version 2" in page
    assert "/segments/germans/counted/" not in page, (
        "what somebody types here is not taken away by a new page"
    )


def test_a_segment_waits_for_its_first_count_in_sight(
    people: list[Contact], signed_in: Callable[..., Client]
) -> None:
    create_segment(name="Fresh", slug="fresh", rule=in_country("Germany"), by=None, at=THEN)
    page = signed_in("marketer").get("/segments/fresh/").content.decode()
    assert "Its members are being worked out" in page
    assert page.count("not counted yet") == 4
    assert "nobody is in it" not in page
    for card in CARDS:
        assert card not in page, "nothing is said of members whom nobody knows yet"
    members = signed_in("marketer").get("/segments/fresh/members/").content.decode()
    assert "appear with its first count" in members
    assert "Nobody is in it" not in members
    Segment.objects.update(problem="It cannot be read.")
    assert (
        "Its members are being worked out"
        not in signed_in("marketer").get("/segments/fresh/").content.decode()
    )


def test_a_segment_of_nobody_shows_no_shares_of_nobody(
    people: list[Contact], signed_in: Callable[..., Client]
) -> None:
    create_segment(name="Nobody", slug="nobody", rule=in_country("Atlantis"), by=None, at=THEN)
    recompute(cause="test", as_of=now(), worker="test")
    client = signed_in("marketer")
    assert "nobody is in it" in client.get("/segments/nobody/reach/tile/").content.decode()
    assert "<strong>0</strong>" in client.get("/segments/nobody/").content.decode()
    assert "<strong>0 0</strong>" not in client.get("/segments/nobody/").content.decode()
