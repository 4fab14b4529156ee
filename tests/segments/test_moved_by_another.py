"""Members moved because the rule of another segment was saved: the log says of which, exact also in a chain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from crm.actions.touching import touch
from crm.models import Contact, Interaction, User
from segments.actions.building.archiving import archive, restore
from segments.actions.building.saving import create_segment, save_rule
from segments.actions.membership.placing import place
from segments.actions.running import judging
from segments.actions.running.recomputing import recompute
from segments.actions.running.sweeping import Sweep
from segments.models import Membership, MembershipChange, Segment
from segments.queries.membership.log import last_move
from segments.queries.running.stale import waiting_cause

pytestmark = pytest.mark.django_db

AS_OF = datetime(2026, 3, 15, 12, tzinfo=UTC)
LATER = AS_OF + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"


def city(*names: str) -> dict[str, Any]:
    return {"any": [{"attribute": "city", "op": "is", "value": name} for name in names]}


def reads(slug: str, op: str = "in") -> dict[str, Any]:
    return {"segment": slug, "op": op}


def made(name: str, rule: dict[str, Any]) -> Segment:
    return create_segment(name=name, rule={"version": 1, "rule": rule}, by=None, at=AS_OF)


def saved(segment: Segment, rule: dict[str, Any]) -> None:
    segment.refresh_from_db()
    document = {"version": 1, "rule": rule}
    save_rule(segment=segment, rule=document, by=None, at=LATER)


def run(at: datetime, cause: str = "rule") -> None:
    assert recompute(cause=cause, as_of=at, worker="test") is not None


def told(segment: Segment, contact: Contact) -> tuple[str, dict[str, Any] | None]:
    row = MembershipChange.objects.filter(segment=segment, contact=contact).latest("pk")
    return row.cause, row.evidence


def because(segment: Segment, contact: Contact) -> list[str]:
    line = last_move(contact.pk, segment)
    assert line is not None
    return line.evidence


@pytest.mark.parametrize("cause", ["rule", "time"])
def test_it_is_named_with_its_version_and_the_way_it_came(
    contact: Callable[..., Contact], cause: str
) -> None:
    ada, bob, cleo = contact("Ada", city="Paris"), contact("Bob", city="Rome"), contact("Cleo", city="Oslo")
    near, loyal = made("Near", city("Paris")), made("Loyal", city("Oslo"))
    first = made("First", {"any": [reads("near"), reads("loyal")]})
    last = made("Last", reads("first", "not_in"))
    run(AS_OF)
    saved(near, city("Rome"))
    saved(loyal, city("Vienna"))
    run(LATER, cause)
    assert told(near, ada) == ("rule", None)
    near_says = {"segments": ["near"], "versions": [2]}
    loyal_says = {"segments": ["loyal"], "versions": [2]}
    assert told(first, ada) == told(first, bob) == ("segment", near_says)
    assert told(first, cleo) == ("segment", loyal_says)
    assert told(last, bob) == ("segment", near_says | {"through": ["first"]})
    assert told(last, cleo) == ("segment", loyal_says | {"through": ["first"]})
    assert because(first, ada) == ["in or out of ‘Near’ (version 2), whose rule was changed"]
    assert because(last, ada) == [
        "in or out of ‘Near’ (version 2), whose rule was changed, by way of ‘First’"
    ]


def test_of_two_that_changed_both_are_named(contact: Callable[..., Contact]) -> None:
    ada = contact("Ada", city="Paris")
    one, two = made("One", city("Paris")), made("Two", city("Paris"))
    both = made("Both", {"any": [reads("one"), reads("two")]})
    run(AS_OF)
    saved(one, city("Rome"))
    saved(two, city("Rome"))
    run(LATER)
    assert told(both, ada) == ("segment", {"segments": ["one", "two"], "versions": [2, 2]})
    assert because(both, ada) == [
        "in or out of ‘One’ (version 2), ‘Two’ (version 2), whose rules were changed"
    ]


def test_a_chain_in_which_one_between_was_saved_too_ends_there(contact: Callable[..., Contact]) -> None:
    ada = contact("Ada", city="Paris")
    one = made("One", city("Paris"))
    two = made("Two", reads("one"))
    three = made("Three", reads("two"))
    run(AS_OF)
    saved(one, city("Rome"))
    saved(two, {"all": [reads("one"), city("Paris")]})
    run(LATER)
    assert told(two, ada)[0] == "rule"
    assert told(three, ada) == ("segment", {"segments": ["two"], "versions": [2]})


def test_whom_time_alone_moved_in_a_reader_has_time_as_the_cause(
    contact: Callable[..., Contact],
) -> None:
    """The other segment changed in the same run, but not for these."""
    ada, bob = contact("Ada", city="Paris"), contact("Bob", city="Oslo")
    ago = AS_OF - timedelta(days=7) + timedelta(minutes=30)
    Interaction.objects.create(contact=bob, kind="purchase", at=ago, source="test", message_id="1")
    near = made("Near", city("Paris"))
    lately = {"interaction": "purchase", "window": {"last": [7, "day"]}}
    wide = made("Wide", {"any": [reads("near"), lately]})
    run(AS_OF)
    saved(near, city("Rome"))
    run(LATER)
    assert told(wide, ada) == ("segment", {"segments": ["near"], "versions": [2]})
    assert told(wide, bob) == ("time", None)


def test_a_placement_that_ended_in_the_same_run_is_the_cause(
    contact: Callable[..., Contact], person: Callable[[str], User]
) -> None:
    ada = contact("Ada", city="Paris")
    near = made("Near", city("Paris"))
    on_top = made("On top", reads("near"))
    run(AS_OF)
    ends = AS_OF + timedelta(minutes=30)
    terms = {"included": False, "reason": "A mistake", "until": ends}
    place(segment=on_top, contacts=[ada.pk], by=person("marketer"), at=AS_OF, **terms)  # type: ignore[arg-type]
    run(AS_OF + timedelta(minutes=1))
    saved(near, city("Paris", "Rome"))
    run(LATER)
    cause, evidence = told(on_top, ada)
    assert cause == "time"
    assert evidence is not None
    assert evidence["reason"] == "A mistake"


def test_every_door_tells_it(contact: Callable[..., Contact], signed_in: Callable[[str], Client]) -> None:
    ada = contact("Ada", city="Paris")
    near = made("Near", city("Paris"))
    on_top = made("On top", reads("near"))
    run(AS_OF)
    saved(near, city("Rome"))
    run(LATER)
    assert told(on_top, ada)[0] == "segment"
    client = signed_in("administrator")
    said = "in or out of ‘Near’ (version 2), whose rule was changed"
    for address in (
        "/segments/on-top/log/",
        "/segments/on-top/log.csv",
        f"/segments/on-top/why/{ada.pk}/",
        f"/contacts/{ada.pk}/",
    ):
        answer = client.get(address)
        found = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        assert said in found.decode(), address


def test_who_reads_one_that_is_saved_while_it_is_judged_waits_with_it(
    contact: Callable[..., Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the reader would follow a version of which the other one has no member, and name a move that never was."""
    ada = contact("Ada", city="Paris")
    near = made("Near", city("Paris"))
    on_top = made("On top", reads("near"))
    apart = made("Apart", city("Paris"))
    run(AS_OF)
    saved(near, city("Rome"))
    saved(apart, city("Rome"))
    with monkeypatch.context() as patched:
        judge = Sweep._judge
        patched.setattr(Sweep, "_judge", lambda self, *all: (judge(self, *all), saved(near, city("Oslo")))[0])
        run(LATER)
    assert told(apart, ada) == ("rule", None)
    assert told(near, ada) == ("rule", None)
    assert MembershipChange.objects.filter(segment__in=(near, on_top)).count() == 2, (
        "those of the first count"
    )
    run(LATER)
    assert told(on_top, ada) == ("segment", {"segments": ["near"], "versions": [3]})


@pytest.mark.parametrize("quick", [True, False])
def test_whom_a_hand_keeps_in_while_they_are_judged_is_judged_again(
    contact: Callable[..., Contact],
    person: Callable[[str], User],
    monkeypatch: pytest.MonkeyPatch,
    quick: bool,
) -> None:
    """Else the readers of that segment would take it that they had gone, until the next minute."""
    ada = contact("Ada", city="Paris")
    near = made("Near", city("Paris"))
    on_top = made("On top", reads("near"))
    run(AS_OF)
    Contact.objects.filter(pk=ada.pk).update(attributes={"city": "Rome"})
    with transaction.atomic():
        touch([ada.pk], cause="attribute")

    def keep() -> None:
        place(segment=near, contacts=[ada.pk], included=True, reason="Ours", by=person("marketer"), at=LATER)

    with monkeypatch.context() as patched:
        if quick:
            first = iter([keep])
            read = judging.judge_patch
            patched.setattr(
                judging, "judge_patch", lambda *all, **more: (read(*all, **more), next(first, int)())[0]
            )
            assert judging.judge_changed(clock=lambda: LATER, worker="quick") is not None
        else:
            judge = Sweep._judge
            patched.setattr(Sweep, "_judge", lambda self, *all: (judge(self, *all), keep())[0])
            run(LATER, "time")
    assert [told(segment, ada)[0] for segment in (near, on_top)] == ["rule", "rule"], "nobody moved"
    assert set(Membership.objects.values_list("segment_id", flat=True)) == {near.pk, on_top.pk}


def test_one_taken_back_from_the_archive_is_counted_at_once_and_says_why_members_moved(
    contact: Callable[..., Contact], person: Callable[[str], User]
) -> None:
    ada, bob = contact("Ada", city="Paris"), contact("Bob", city="Oslo")
    near = made("Near", city("Paris"))
    run(AS_OF)
    archive(segment=near, by=person("marketer"), at=AS_OF)
    for one, where in ((ada, "Rome"), (bob, "Paris")):
        Contact.objects.filter(pk=one.pk).update(attributes={"city": where})
    with transaction.atomic():
        touch([ada.pk, bob.pk], cause="attribute")
    run(LATER, "time")
    assert Membership.objects.get().contact_id == ada.pk, "the archive keeps whom it had"
    back = restore(segment=near, by=person("marketer"), at=LATER)
    assert back.being_counted
    assert waiting_cause(LATER) == "rule"
    run(LATER)
    near.refresh_from_db()
    assert not near.being_counted
    assert waiting_cause(LATER) is None
    assert Membership.objects.get().contact_id == bob.pk
    why = ("change", {"reason": "While the segment was in the archive, nobody was counted"})
    assert told(near, ada) == told(near, bob) == why
