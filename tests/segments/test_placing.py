"""People placed by hand: at once, through every rebuild, until their end; and no older verdict undoes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from crm.actions.erasing import erase
from crm.actions.touching import touch
from crm.models import AuditEntry, Contact, ContactTouch, OutboxEvent, User
from segments.actions.building.archiving import archive
from segments.actions.building.saving import create_segment
from segments.actions.membership.placing import MOST, NotPlaced, Placing, place, take_back
from segments.actions.running.judging import judge_changed
from segments.actions.running.recomputing import recompute
from segments.actions.running.reconciling import reconcile
from segments.models import Membership, MembershipChange, MirrorState, Placement, Segment, SegmentSize
from segments.queries.building.counting import count
from segments.queries.explaining import explain_segment
from segments.queries.membership.log import Asked, log_of
from segments.queries.membership.past import ids_at
from segments.queries.membership.placements import placed, placements_by_segment, placements_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"


def in_city(name: str) -> dict[str, Any]:
    return {"version": 1, "rule": {"attribute": "city", "op": "is", "value": name}}


@pytest.fixture
def ada(contact: Callable[..., Contact]) -> Contact:
    return contact("Ada", city="Paris")


@pytest.fixture
def bob(contact: Callable[..., Contact]) -> Contact:
    return contact("Bob", city="Rome")


@pytest.fixture
def me(person: Callable[..., User]) -> User:
    return person("marketer")


@pytest.fixture
def paris(ada: Contact, bob: Contact, noon: datetime) -> Segment:
    made = create_segment(name="Paris", rule=in_city("Paris"), by=None, at=noon)
    run(noon)
    return made


def run(at: datetime) -> None:
    assert recompute(cause="test", as_of=at, worker="test") is not None


def members(segment: Segment) -> set[str]:
    ids = Membership.objects.filter(segment=segment).values_list("contact_id", flat=True)
    return set(Contact.objects.filter(pk__in=ids).values_list("first_name", flat=True))


def hand(
    segment: Segment, who: list[Contact], included: bool, at: datetime, by: User, **terms: Any
) -> Placing:
    return place(
        segment=segment,
        contacts=[one.pk for one in who],
        included=included,
        reason=terms.pop("reason", "Asked for it"),
        by=by,
        at=at,
        **terms,
    )


def test_effective_at_once_with_row_log_size_and_event(
    paris: Segment, ada: Contact, bob: Contact, me: User, noon: datetime
) -> None:
    assert hand(paris, [bob], True, noon + HOUR, me, until=noon + 9 * HOUR) == Placing(1, 1)
    assert hand(paris, [ada], False, noon + 2 * HOUR, me) == Placing(1, 1)
    assert members(paris) == {"Bob"}
    lines = MembershipChange.objects.filter(segment=paris).order_by("pk")[1:]
    assert [(line.contact_id, line.entered, line.cause) for line in lines] == [
        (bob.pk, True, "manual"),
        (ada.pk, False, "manual"),
    ]
    assert lines[0].evidence == {
        "included": True,
        "reason": "Asked for it",
        "until": (noon + 9 * HOUR).isoformat(),
        "by": me.name,
    }
    paris.refresh_from_db()
    assert paris.size == 1
    assert SegmentSize.objects.get(segment=paris).size == 1
    assert MirrorState.objects.current().log == lines[1].pk
    assert OutboxEvent.objects.filter(name="MembersChanged").count() == 3
    assert set(ContactTouch.objects.values_list("contact_id", flat=True)) >= {ada.pk, bob.pk}
    assert AuditEntry.objects.filter(action="segment.included").get().detail["contacts"] == [bob.pk]


def test_it_survives_every_run_until_its_end(
    paris: Segment, ada: Contact, bob: Contact, me: User, noon: datetime
) -> None:
    hand(paris, [bob], True, noon + HOUR, me, until=noon + 5 * HOUR)
    hand(paris, [ada], False, noon + HOUR, me)
    run(noon + 2 * HOUR)
    assert members(paris) == {"Bob"}
    run(noon + 5 * HOUR)
    assert members(paris) == set(), "at its end the rule decides again"
    last = MembershipChange.objects.order_by("-pk")[0]
    assert (last.contact_id, last.entered, last.at) == (bob.pk, False, noon + 5 * HOUR)
    ended = {"included": True, "reason": "Asked for it", "by": me.name}
    assert (last.cause, last.evidence) == ("time", ended | {"until": last.at.isoformat()})


def test_a_slower_verdict_does_not_undo_it(paris: Segment, bob: Contact, me: User, noon: datetime) -> None:
    hand(paris, [bob], True, noon + 2 * HOUR, me)
    assert placed(noon + HOUR)[paris.pk].included.tolist() == [bob.pk]


def test_a_clock_set_back_before_it_undoes_it_nowhere(
    paris: Segment, bob: Contact, me: User, noon: datetime
) -> None:
    """Neither in the segment, nor in those that read it, nor in what is said of them; the comparison finds nothing."""
    rule = {"version": 1, "rule": {"segment": "paris", "op": "in"}}
    on_top = create_segment(name="Top", rule=rule, by=None, at=noon)
    hand(paris, [bob], True, noon + 9 * HOUR, me)
    run(noon + 9 * HOUR)
    found = reconcile(clock=lambda: noon + HOUR, worker="test")
    assert found is not None
    assert not found.drifts
    assert members(paris) == members(on_top) == {"Ada", "Bob"}
    for segment in (paris, on_top):
        segment.refresh_from_db()
        told = explain_segment(bob, segment, as_of=noon + HOUR, see_sensitive=True)
        assert (told.holds, told.pending) == (True, False)
    assert len(count(on_top.rule, as_of=noon + HOUR).members) == 2


def test_taken_back_the_rule_decides_at_once(
    paris: Segment, ada: Contact, bob: Contact, me: User, noon: datetime
) -> None:
    hand(paris, [bob], True, noon + HOUR, me)
    hand(paris, [ada], False, noon + HOUR, me)
    both = [ada.pk, bob.pk]
    assert take_back(segment=paris, contacts=both, by=me, at=noon + 2 * HOUR) == Placing(2, 2)
    assert members(paris) == {"Ada"}
    assert take_back(segment=paris, contacts=both, by=me, at=noon + 3 * HOUR) == Placing(0, 0)
    assert placements_by_segment(bob.pk, at=noon + 3 * HOUR) == {}
    assert [
        row.placement.removed_by for row in placements_of(paris.pk, at=noon + 3 * HOUR, past=True).rows
    ] == [me, me]
    log = MembershipChange.objects.filter(contact=ada).order_by("pk").values_list("entered", flat=True)
    assert list(log) == [True, False, True]
    assert ids_at([paris.pk], [noon + HOUR])[0][paris.pk].tolist() == [bob.pk]


def test_a_new_placement_replaces_the_old_one(paris: Segment, bob: Contact, me: User, noon: datetime) -> None:
    hand(paris, [bob], True, noon + HOUR, me)
    assert hand(paris, [bob], True, noon + 2 * HOUR, me) == Placing(0, 0), "just so already"
    assert hand(paris, [bob], False, noon + 3 * HOUR, me, reason="Wants no letters") == Placing(1, 1)
    assert members(paris) == {"Ada"}
    assert Placement.objects.open().get().reason == "Wants no letters"
    with pytest.raises(IntegrityError), transaction.atomic():
        Placement.objects.create(segment=paris, contact=bob, included=True, reason="x", at=noon)


def test_the_database_keeps_reason_and_order(paris: Segment, bob: Contact, noon: datetime) -> None:
    for terms in ({"reason": "", "at": noon}, {"reason": "x", "at": noon, "until": noon}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Placement.objects.create(segment=paris, contact=bob, included=True, **terms)


def test_segments_on_top_see_the_members_with_those_placed(
    paris: Segment, ada: Contact, bob: Contact, me: User, noon: datetime
) -> None:
    on_top = create_segment(
        name="Not in Paris",
        rule={"version": 1, "rule": {"segment": "paris", "op": "not_in"}},
        by=None,
        at=noon,
    )
    hand(paris, [bob], True, noon + HOUR, me)
    hand(paris, [ada], False, noon + HOUR, me)
    run(noon + 2 * HOUR)
    assert members(on_top) == {"Ada"}
    assert count(on_top.rule, as_of=noon + 2 * HOUR).members.tolist() == [ada.pk]


def test_a_rule_that_says_nothing_has_only_those_included(
    paris: Segment, ada: Contact, bob: Contact, me: User, noon: datetime
) -> None:
    empty = create_segment(name="Empty", rule={"version": 1, "rule": {"all": []}}, by=None, at=noon)
    hand(empty, [ada], False, noon + HOUR, me)
    run(noon + 2 * HOUR)
    assert members(empty) == set()
    hand(empty, [bob], True, noon + 3 * HOUR, me)
    run(noon + 4 * HOUR)
    assert members(empty) == {"Bob"}


def test_the_erased_are_placed_no_longer(
    paris: Segment, bob: Contact, person: Callable[..., User], noon: datetime
) -> None:
    boss = person("administrator")
    hand(paris, [bob], True, noon + HOUR, boss)
    erase(contact=bob, by=boss, at=noon + 2 * HOUR)
    assert not Placement.objects.exists()
    assert hand(paris, [bob], True, noon + 3 * HOUR, boss) == Placing(0, 0)
    run(noon + 4 * HOUR)
    assert members(paris) == {"Ada"}


def test_what_cannot_be_placed_says_what_to_do(
    paris: Segment, bob: Contact, me: User, noon: datetime
) -> None:
    fixed = create_segment(name="List", kind=Segment.FIXED, by=None, at=noon)
    for segment, terms, sentence in (
        (paris, {"reason": "  "}, "Say why"),
        (paris, {"reason": "x" * 301}, "300 characters"),
        (paris, {"until": noon}, "choose a later one"),
        (fixed, {}, "made by hand"),
    ):
        with pytest.raises(NotPlaced, match=sentence):
            hand(segment, [bob], True, noon + HOUR, me, **terms)
    with pytest.raises(NotPlaced, match="at most 20,000"):
        place(segment=paris, contacts=range(MOST + 1), included=True, reason="x", by=me, at=noon)
    archive(segment=paris, by=me, at=noon)
    with pytest.raises(NotPlaced, match="restore it first"):
        hand(paris, [bob], True, noon + HOUR, me)
    assert not Placement.objects.exists()


def test_the_log_never_goes_back_in_time(
    paris: Segment, ada: Contact, bob: Contact, me: User, noon: datetime
) -> None:
    hand(paris, [bob], True, noon + 2 * HOUR, me)
    hand(paris, [ada], False, noon + HOUR, me)
    assert MembershipChange.objects.order_by("-pk")[0].at == noon + 2 * HOUR


def test_a_thousand_at_once_in_few_queries(
    paris: Segment, me: User, noon: datetime, django_assert_max_num_queries: Any
) -> None:
    crowd = Contact.objects.bulk_create([Contact(first_name=f"C{n}") for n in range(1_000)])
    with django_assert_max_num_queries(60):
        assert hand(paris, list(crowd), True, noon + HOUR, me) == Placing(1_000, 1_000)
    paris.refresh_from_db()
    assert paris.size == 1_001


def test_the_why_says_who_placed_them_and_until_when(
    paris: Segment, ada: Contact, bob: Contact, me: User, noon: datetime
) -> None:
    hand(paris, [bob], True, noon + HOUR, me, until=noon + 9 * HOUR)
    hand(paris, [ada], False, noon + HOUR, me)
    told = explain_segment(bob, paris, as_of=noon + 2 * HOUR, see_sensitive=True)
    assert told.holds
    assert not told.pending
    assert told.why is not None
    assert not told.why.holds
    assert told.reasons == [
        f"included by hand by {me.name}, because: Asked for it, until 15 March 2026, 21:00"
    ]
    assert told.outlook == "Until 15 March 2026, 21:00, then the rule decides."
    out = explain_segment(ada, paris, as_of=noon + 2 * HOUR, see_sensitive=True)
    assert (out.holds, out.outlook) == (False, "Until somebody takes it back.")
    after = explain_segment(bob, paris, as_of=noon + 9 * HOUR, see_sensitive=True)
    assert (after.holds, after.pending) == (False, True)


def test_the_why_of_a_segment_on_top_sees_those_placed(
    paris: Segment, bob: Contact, me: User, noon: datetime
) -> None:
    rule = {"version": 1, "rule": {"segment": "paris", "op": "in"}}
    on_top = create_segment(name="On top", rule=rule, by=None, at=noon)
    hand(paris, [bob], True, noon + HOUR, me)
    assert explain_segment(bob, on_top, as_of=noon + 2 * HOUR, see_sensitive=True).holds


def test_who_moves_because_of_a_hand_elsewhere_is_told_where(
    paris: Segment, bob: Contact, me: User, noon: datetime
) -> None:
    rule = {"version": 1, "rule": {"segment": "paris", "op": "in"}}
    on_top = create_segment(name="Top", rule=rule, by=None, at=noon)
    run(noon + HOUR)
    hand(paris, [bob], True, noon + 2 * HOUR, me)
    assert judge_changed(clock=lambda: noon + 2 * HOUR, worker="quick") is not None
    line = log_of(on_top, Asked()).rows[0]
    assert (line.contact_id, line.cause, line.evidence) == (bob.pk, "segment", ["in or out of ‘Paris’"])


def test_whom_a_hand_lets_go_with_many_others_is_not_moved_by_the_segment_itself(
    paris: Segment, bob: Contact, me: User, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segments.actions.membership.placing.JUDGED_AT_ONCE", 0)
    rule = {"version": 1, "rule": {"segment": "paris", "op": "in"}}
    on_top = create_segment(name="Top", rule=rule, by=None, at=noon)
    hand(paris, [bob], True, noon + HOUR, me)
    run(noon + HOUR)
    take_back(segment=paris, contacts=[bob.pk], by=me, at=noon + 2 * HOUR)
    assert judge_changed(clock=lambda: noon + 2 * HOUR, worker="quick") is not None
    said = f"{me.name}: No longer placed by hand: the rule decides."
    mine, top = log_of(paris, Asked()).rows[0], log_of(on_top, Asked()).rows[0]
    assert (mine.contact_id, mine.entered, mine.cause, mine.evidence) == (bob.pk, False, "manual", [said])
    assert (top.cause, top.evidence) == ("segment", ["in or out of ‘Paris’", said])


def test_an_end_that_passed_while_no_worker_lived_is_the_cause_whatever_else_changed(
    paris: Segment, bob: Contact, me: User, noon: datetime
) -> None:
    run(noon)
    hand(paris, [bob], True, noon, me, until=noon + HOUR)
    run(noon + HOUR / 2)
    with transaction.atomic():
        touch([bob.pk], cause="interaction", evidence={"interactions": [1]})
    assert judge_changed(clock=lambda: noon + 2 * HOUR, worker="quick") is not None
    line = log_of(paris, Asked()).rows[0]
    assert (line.contact_id, line.entered, line.cause) == (bob.pk, False, "time")
    assert line.evidence == [f"{me.name}: Asked for it, until 15 Mar 2026"]
