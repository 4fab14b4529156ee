"""The time machine beside the erased, the merged, and segments that nobody was in for long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from crm.actions.erasing import erase
from crm.actions.merging.merging import merge
from crm.actions.touching import touch
from crm.kit.clock import now
from crm.models import Contact, Interaction, User
from crm.queries.accounts import current_account
from segments.actions.building.saving import create_segment
from segments.actions.membership.placing import NotPlaced, place
from segments.actions.running.recomputing import recompute
from segments.models import Segment
from segments.queries.membership.departures import members_then
from segments.queries.membership.past import known_since
from tests.segments.pages.conftest import in_country

THEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def germans(people: list[Contact]) -> Segment:
    """Ada and Bea since March 1st."""
    rule = in_country("Germany")
    made = create_segment(name="Germans", slug="germans", rule=rule, by=None, at=THEN)
    recompute(cause="test", as_of=THEN, worker="test")
    return made


def test_lists_of_then_leave_the_erased_out_whom_its_size_counts(
    germans: Segment, people: list[Contact], signed_in: Callable[..., Client], person: Callable[..., User]
) -> None:
    erase(contact=people[0], by=person("administrator"), at=now())
    client = signed_in("administrator")
    page = client.get("/segments/germans/past/?on=2026-03-02")
    assert page.context["size"] == 2
    assert b"those erased since count, and are in no list" in page.content
    sheet = b"".join(client.get("/segments/germans/past/members.csv?on=2026-03-02").streaming_content)
    assert [line.split(b",")[1] for line in sheet.splitlines()[1:]] == [b"Bea"]
    then = datetime(2026, 3, 2, tzinfo=UTC)
    first = members_then(germans, then, size=1)
    assert ([row.pk for row in first.rows], first.next_key) == ([people[1].pk], "")


def test_before_its_first_entry_a_segment_was_there_and_empty(
    people: list[Contact], signed_in: Callable[..., Client]
) -> None:
    rule = in_country("Norway")
    made = create_segment(name="Norwegians", slug="norwegians", rule=rule, by=None, at=THEN)
    for days in (0, 5):
        if days:
            Contact.objects.filter(pk=people[0].pk).update(attributes={"country": "Norway"})
            with transaction.atomic():
                touch([people[0].pk], cause="attribute")
        recompute(cause="time", as_of=THEN + days * DAY, worker="test")
    page = signed_in("marketer").get("/segments/norwegians/past/?on=2026-03-03")
    assert (page.context["size"], page.context["moment"].problem) == (0, "")
    assert known_since(made) == THEN
    early = signed_in("marketer").get("/segments/norwegians/past/?on=2026-02-03")
    assert b"It was not there yet: this is its first moment." in early.content


def test_the_value_of_then_has_what_merged_customers_bought(
    germans: Segment, people: list[Contact], signed_in: Callable[..., Client], person: Callable[..., User]
) -> None:
    ada, other = people[0], people[3]
    Interaction.objects.create(
        contact=ada, kind="purchase", at=THEN - DAY, amount=40, source="s", message_id="1"
    )
    merge(survivor=other.pk, merged=ada.pk, by=person("administrator"), at=now())
    page = signed_in("marketer").get("/segments/germans/past/value/?on=2026-03-02")
    assert page.context["then"][0] == 40


def test_what_is_kept_as_a_list_is_of_the_very_moment_shown(
    germans: Segment, signed_in: Callable[..., Client]
) -> None:
    page = signed_in("marketer").get("/segments/germans/past/?on=2026-03-02").content.decode()
    assert '/segments/germans/snapshot/?on=2026-03-02T23%3A59%3A59"' in page


def test_an_end_beyond_all_calendars_is_refused(
    germans: Segment, people: list[Contact], signed_in: Callable[..., Client]
) -> None:
    with pytest.raises(NotPlaced, match="too far away"):
        place(
            segment=germans, contacts=[people[2].pk], included=True, reason="A guest", by=None, at=THEN,
            until=datetime(9999, 12, 31, 23, tzinfo=UTC),
        )  # fmt: skip
    asked = {"way": "in", "reason": "A guest", "until": "9999-12-31", "entries": "cem@example.com"}
    answer = signed_in("marketer").post("/segments/germans/hand/", asked)
    assert (answer.status_code, "too far away" in answer.content.decode()) == (422, True)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_the_ends_of_all_calendars_are_answered(
    germans: Segment, signed_in: Callable[..., Client], zone: str
) -> None:
    account = current_account()
    account.timezone = zone
    account.save()
    client = signed_in("administrator")
    for asked in ("9999-12-31", "0001-01-01", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"):
        for page in ("germans/past/?on={0}", "movement/?from={0}&to={0}", "germans/log/?from={0}&to={0}"):
            assert client.get(f"/segments/{page.format(asked)}").status_code == 200, (page, asked)
