"""Segments, members and badges through the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crm.models import Contact, Identifier, Interaction
from segments.actions.running.recomputing import recompute
from segments.models import Membership, Segment, SegmentVersion
from tests.api.conftest import Caller
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
RULE = {
    "version": 1,
    "rule": {
        "all": [{"attribute": "email", "op": "is_set"}, {"attribute": "city", "op": "is", "value": "London"}]
    },
}


@pytest.fixture
def ada(contact: Callable[..., Contact]) -> Contact:
    made = contact(city="London")
    Identifier.objects.create(contact=made, kind="email", value="ada@example.com", shown="Ada@example.com")
    return made


def test_made_read_changed(caller: Callable[..., Caller], ada: Contact) -> None:
    call = caller()
    made = call.post("/segments/", {"name": "Londoners", "rule": RULE, "label": "geographic", "hue": 4})
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["slug"], told["version"], told["hue"]) == ("londoners", 1, 4)
    assert "London" in told["sentence"]
    assert call.get("/segments/londoners/").json() == told
    assert call.get("/segments/?label=geographic").json()["results"] == [told]
    assert call.get("/segments/?kind=fixed").json()["results"] == []
    changed = call.patch(
        "/segments/londoners/",
        {"rule": {"attribute": "email", "op": "is_set"}, "note": "All", "name": "Reachable"},
    ).json()
    assert (changed["name"], changed["version"], changed["slug"]) == ("Reachable", 2, "londoners")
    assert SegmentVersion.objects.get(number=2).note == "All"
    assert call.patch("/segments/londoners/", {"archived": True}).json()["archived"] is True
    assert call.get("/segments/").json()["results"] == []
    assert len(call.get("/segments/?archived=true").json()["results"]) == 1


@pytest.mark.parametrize("path", ["/segments/", "/segments/preview/"])
def test_a_wrong_rule_is_told_where_it_is_wrong(
    path: str, caller: Callable[..., Caller], ada: Contact
) -> None:
    call = caller()
    rule = {
        "all": [
            {"attribute": "nothing", "op": "is", "value": 1},
            {"attribute": "city", "op": "gt", "value": 1.5},
        ]
    }
    name = {} if "preview" in path else {"name": "Wrong"}
    for sent, where in ((rule, "/rule"), ({"version": 1, "rule": rule}, "/rule/rule")):
        answer = call.post(path, {"rule": sent, **name})
        assert answer.status_code == 400, answer.content
        fields = answer.json()["error"]["fields"]
        assert any(place.startswith(f"{where}/all/0") for place in fields), fields
        assert any(place.startswith(f"{where}/all/1") for place in fields), fields
    for sent in ([], "x", None, {"all": "x"}, {"version": 2, "rule": rule}, {"any": [[]]}, {"x": 1}):
        assert call.post(path, {"rule": sent, **name}).status_code == 400, sent
    assert not Segment.objects.exists()


def test_a_slug_is_given_once(caller: Callable[..., Caller], ada: Contact) -> None:
    call = caller()
    assert call.post("/segments/", {"name": "A", "slug": "same", "rule": RULE}).status_code == 201
    assert call.post("/segments/", {"name": "B", "slug": "same", "rule": RULE}).status_code == 409


def test_preview_counts_exactly(
    caller: Callable[..., Caller], ada: Contact, contact: Callable[..., Contact]
) -> None:
    contact("Grace", city="London")
    told = caller("marketer", "segments:read").post("/segments/preview/", {"rule": RULE, "samples": 2}).json()
    assert (told["count"], told["total"]) == (1, 2)
    assert told["nodes"] == {"": 1, "/all/0": 1, "/all/1": 2}
    assert told["samples"] == [{"id": ada.pk, "name": "Ada Lovelace", "email": "Ada@example.com"}]


def test_preview_rehearses_against_the_saved_members(
    caller: Callable[..., Caller], ada: Contact, contact: Callable[..., Contact]
) -> None:
    grace = contact("Grace", city="London")
    gone = contact("Gone", city="Rome")
    segment = Segment.objects.create(slug="loyal", name="Loyal", rule={"version": 1, "rule": RULE}, size=2)
    for member in (ada, gone):
        Membership.objects.create(segment=segment, contact=member, since=NOON)
    call = caller("marketer", "segments:read")
    body = {"rule": {"attribute": "city", "op": "is", "value": "London"}, "segment": "loyal"}
    told = call.post("/segments/preview/", body).json()
    in_london = {grace.pk} | ({ada.pk} if ada.attributes.get("city") == "London" else set())
    joins, leaves = len(in_london - {ada.pk, gone.pk}), len({ada.pk, gone.pk} - in_london)
    stays = len({ada.pk, gone.pk} & in_london)
    uses = told["rehearsal"].pop("uses")
    assert told["rehearsal"] == {"joins": joins, "leaves": leaves, "stays": stays}
    assert [(use["kind"], use["gains"], use["loses"], use["stays"]) for use in uses] == [
        ("badge", joins, leaves, stays)
    ]
    assert (told["behind"], told["preparing"]) == (False, "")
    assert call.post("/segments/preview/", {"rule": RULE}).json()["rehearsal"] is None
    assert call.post("/segments/preview/", {"rule": RULE, "segment": "nobody"}).status_code == 404


def test_the_newest_question_of_a_sequence_wins(caller: Callable[..., Caller], ada: Contact) -> None:
    call = caller("marketer", "segments:read")

    def ask(number: int, of: str = "tab") -> Any:
        return call.post("/segments/preview/", {"rule": RULE, "turn": {"of": of, "number": number}})

    assert ask(5).status_code == 200
    assert ask(4).status_code == 409
    assert ask(4, of="another tab").status_code == 200
    assert call("DELETE", "/segments/preview/?of=tab&number=7").json() == {"of": "tab", "number": 7}
    assert ask(7).status_code == 409
    assert "newer question" in ask(7).json()["error"]["message"]
    assert ask(8).status_code == 200
    assert call("DELETE", "/segments/preview/?of=tab").status_code == 400


def test_a_count_stops_once_a_newer_question_comes(
    caller: Callable[..., Caller], ada: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = caller("marketer", "segments:read")
    monkeypatch.setattr("segments.queries.building.turns.ASKED_EACH", -1)
    newer = iter([False, True])  # asked before, and again between two pieces
    monkeypatch.setattr("segments.queries.building.turns.Turn.is_over", lambda self: next(newer, True))
    told = call.post("/segments/preview/", {"rule": RULE, "turn": {"of": "tab", "number": 1}})
    assert told.status_code == 409


def test_preview_says_what_is_being_prepared(
    caller: Callable[..., Caller], ada: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = caller("marketer", "segments:read")
    monkeypatch.setattr("segments.mirror.bulk.MOST_NAMES", 0)
    Interaction.objects.create(
        contact=ada, kind="view", at=NOON, source="test", message_id="1", properties={"rare": "x"}
    )
    assert call.post("/segments/preview/", {"rule": RULE}).status_code == 200
    monkeypatch.setattr("segments.mirror.everyone.WAITED_FOR", -1)
    rule = {"interaction": "view", "where": [{"property": "rare", "op": "is", "value": "x"}]}
    answer = call.post("/segments/preview/", {"rule": rule})
    told = answer.json()
    assert (answer.status_code, told["count"], answer.headers["Retry-After"]) == (200, None, "10")
    assert "‘rare’" in told["preparing"]


def test_members_page_by_key(caller: Callable[..., Caller], django_assert_max_num_queries: Any) -> None:
    segment = Segment.objects.create(slug="loyal", name="Loyal", kind="fixed", size=25)
    for number in range(25):
        member = Contact.objects.create(first_name=f"N{number}")
        Membership.objects.create(segment=segment, contact=member, since=NOON)
    call = caller()
    seen: list[int] = []
    path = "/segments/loyal/members/?limit=10"
    while path:
        with django_assert_max_num_queries(9):
            page = call.get(path).json()
        seen += [row["id"] for row in page["results"]]
        path = page["next"] and page["next"].removeprefix("http://testserver/api/v1")
    assert seen == sorted(seen)
    assert len(seen) == 25
    narrowed = call.get("/contacts/?segment=loyal&limit=3").json()["results"]
    assert [row["id"] for row in narrowed] == seen[:3]


def test_badges(caller: Callable[..., Caller], ada: Contact) -> None:
    for slug, extra in (("vip", {}), ("hidden", {"shown_as_badge": False}), ("old", {"archived_at": NOON})):
        segment = Segment.objects.create(slug=slug, name=slug.title(), **extra)
        Membership.objects.create(segment=segment, contact=ada, since=NOON)
    call = caller("manager", "contacts:read")
    told = call.get("/badges/?email=ADA@example.com").json()
    assert told == call.get(f"/contacts/{ada.pk}/badges/").json()
    assert (told["contact"], [badge["slug"] for badge in told["badges"]]) == (ada.pk, ["vip"])
    assert call.get("/badges/?email=nobody@example.com").status_code == 404
    assert call.get("/badges/").status_code == 400
    assert call.get("/badges/?email=a@example.com&phone=1").status_code == 400


def test_why_is_told_with_tree_and_next_change(caller: Callable[..., Caller], ada: Contact) -> None:
    call = caller()
    call.post("/segments/", {"name": "Londoners", "rule": RULE})
    told = call.get(f"/contacts/{ada.pk}/why/?segment=londoners").json()
    assert (told["holds"], told["changes_at"], told["problem"]) == (True, None, "")
    assert told["reasons"] == ["E-mail is ‘ada@example.com’", "city is ‘London’"]
    assert [part["value"] for part in told["tree"]["parts"]] == ["ada@example.com", "London"]
    assert told["last_move"] is None
    assert recompute(cause="test", as_of=NOON, worker="test") is not None
    moved = call.get(f"/contacts/{ada.pk}/why/?segment=londoners").json()["last_move"]
    assert (moved["entered"], moved["because"], moved["evidence"]) == (True, "the rule was changed", [])
    assert call.get(f"/contacts/{ada.pk}/why/?segment=nothing").status_code == 404
    assert call.get("/contacts/99999/why/?segment=londoners").status_code == 404
    assert call.get(f"/contacts/{ada.pk}/why/").status_code == 400


def test_the_rule_schemas_are_served(caller: Callable[..., Caller]) -> None:
    told = caller().get("/rules/schema/").json()
    assert told["document"]["$schema"] == told["file"]["$schema"]


def test_a_number_beyond_all_numbers_means_nobody(caller: Callable[..., Caller], ada: Contact) -> None:
    call = caller("marketer")
    call.post("/segments/lists/", {"name": "Guests", "contacts": [ada.pk]})
    answer = call.post("/segments/guests/members/", {"do": "add", "contacts": [2**63, ada.pk]})
    assert answer.status_code == 200
    assert (answer.json()["unknown"], answer.json()["size"]) == ([str(2**63)], 1)
