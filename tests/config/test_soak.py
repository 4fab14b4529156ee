"""The soak's own parts: what it sends, what it measures, and that its proofs see each fault that is planted."""

import os
import time
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from config.soak import company, judging, killing, proving, report, settling, watching
from config.soak.changes import ATTRIBUTES, INTERACTION, Change, Ledger, Request, Source
from config.soak.load import Load
from config.soak.meddling import Meddling
from config.soak.order import Order, read
from config.soak.parts import Keeper
from config.soak.segments import ALARMED, EDITED, RULES, SIGNALLED, edited
from config.soak.sending import _statuses
from config.soak.watching import Seen
from crm.actions.upserting import upsert
from crm.domain.contact_items import ContactItem
from crm.kit.clock import now
from crm.models import ContactChange, Interaction, User
from segments.actions.running.recomputing import recompute
from segments.engine.language.parse import parse_rule
from segments.models import Membership, MembershipChange, Placement, Segment

CONTACTS = list(range(100, 500))


def change(number=1, kind=INTERACTION, **more):
    return Change(number, kind, 0, {"kind": "visit"}, now(), **more)


def request(*changes, replay=False):
    return Request("POST", "/", {}, list(changes), replay=replay, attempts=1)


@pytest.mark.parametrize("slug", [*RULES, *EDITED])
def test_every_rule_is_one(slug):
    parse_rule(RULES[slug])
    for number in range(20):
        if slug in EDITED:
            parse_rule(edited(slug, number))


def test_enough_segments_of_every_shape():
    assert len(RULES) >= 30
    text = str(RULES)
    assert all(word in text for word in ("sequence", "regular", "held_for", "pick", "segment", "between_ago"))


def test_the_same_seed_sends_the_same():
    def sent(seed):
        source = Source(CONTACTS, seed)
        return [
            [(c.number, c.kind, c.contact) for c in one.changes]
            for _ in range(5)
            for one in source.requests(60)
        ]

    assert sent(1) == sent(1) != sent(2)


def test_requests_hold_about_as_many_changes_as_asked_for_and_no_number_twice():
    source = Source(CONTACTS, 1)
    changes = [c for _ in range(20) for one in source.requests(100) for c in one.changes if not one.replay]
    numbers = [c.number for c in changes]
    assert len(set(numbers)) == len(numbers)
    assert 1_900 < len(numbers) < 4_000
    assert {c.kind for c in changes} == {INTERACTION, ATTRIBUTES}


def test_canaries_have_contacts_that_nothing_else_moves():
    source = Source(CONTACTS, 3)
    plain = {c.contact for _ in range(30) for one in source.requests(50) for c in one.changes}
    canaries = [c for _ in range(15) if (one := source.canary(alone=False)) for c in one.changes if c.canary]
    assert {c.canary for c in canaries} == {SIGNALLED, ALARMED}
    assert not plain & {c.contact for c in canaries}
    assert len({c.contact for c in canaries}) == len(canaries)


def test_a_contact_is_in_one_attribute_request_at_a_time():
    source = Source(CONTACTS, 4)
    first = [one for _ in range(6) for one in source.requests(40) if one.changes[0].kind == ATTRIBUTES]
    contacts = [c.contact for one in first for c in one.changes]
    assert len(set(contacts)) == len(contacts)
    source.done(first[0])
    assert not source.busy & {c.contact for c in first[0].changes}


def test_where_everybody_is_busy_it_sends_something_else():
    source = Source(CONTACTS, 4)
    source.busy = set(range(len(CONTACTS)))
    sent = [one for _ in range(10) for one in source.requests(50)]
    assert {one.changes[0].kind for one in sent} == {INTERACTION}


def test_the_ledger_tells_a_change_counted_twice_and_one_refused():
    ledger = Ledger()
    one = request(change(1), change(2))
    assert [c.number for c in ledger.take(one, ["created", "created"])] == [1, 2]
    assert not ledger.wrong
    ledger.take(request(change(1), replay=True), ["duplicate"])
    assert (ledger.replayed, ledger.wrong) == (1, [])
    ledger.take(request(change(1), replay=True), ["created"])
    ledger.take(request(change(3)), ["duplicate"])
    ledger.take(request(change(4)), ["{'/at': 'no instant'}"])
    assert len(ledger.wrong) == 3
    assert 4 not in ledger.accepted


def test_what_was_sent_again_after_a_broken_answer_may_be_a_duplicate():
    ledger, one = Ledger(), request(change(5))
    one.attempts = 2
    ledger.take(one, ["duplicate"])
    assert 5 in ledger.accepted
    assert not ledger.wrong


def test_answers_are_read_by_change():
    body = (
        b'{"results": [{"status": "created", "fields": {}}, {"status": "refused", "fields": {"/at": "no"}}]}'
    )
    assert _statuses(request(change(), change()), 200, body) == ["created", "{'/at': 'no'}"]
    assert _statuses(Request("PATCH", "/", {}, [change()]), 200, b"{}") == ["updated"]
    assert _statuses(request(change()), 403, b"no")[0].startswith("HTTP 403")


def test_percentiles_and_calm():
    assert watching.percentiles([]) == {"n": 0}
    assert watching.percentiles(n / 100 for n in range(100)) == {
        "n": 100, "p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 0.99,
    }  # fmt: skip
    seen = [Seen(SIGNALLED, True, at - 0.1, at, at + 1) for at in (5.0, 15.0, 31.0)]
    assert [one.accepted for one in watching.calm(seen, [15.5, 20.0])] == [5.0, 31.0]
    assert [one.seconds for one in seen] == [1, 1, 1]


def test_a_signal_whose_window_is_nearly_over_is_not_awaited():
    source = Source(CONTACTS, 1)
    watch = watching.Watching(source, {SIGNALLED: 1})
    late = change(1, canary=SIGNALLED)
    late = Change(1, late.kind, 7, late.body, now() - timedelta(seconds=90), SIGNALLED)
    watch.accepted(late, 0.0, 0.1)
    assert watch.waiting() == 0
    assert 7 in source.idle[SIGNALLED]
    watch.accepted(Change(2, late.kind, 8, late.body, now(), SIGNALLED), 0.0, 0.1)
    assert watch.waiting() == 1


def test_kills_are_spread_over_all_victims(tmp_path):
    order = Order(1, 1, 20, 100, 1, str(tmp_path), "postgresql:///x", "", cluster=str(tmp_path))
    assert read(order.text()) == order
    keeper = Keeper([type("Part", (), {"name": name, "starts": 0})() for name in ("web", "worker", "beat")])
    victims = killing.Killing(order, keeper).victims()
    assert len(victims) == 20
    assert set(victims) == {"web", "worker", "beat", "connections", "database"}

    some = read(replace(order, victims=("web", "connections")).text())
    assert set(killing.Killing(some, keeper).victims()) == {"web", "connections"}
    nobody = killing.Killing(replace(order, victims=("broker",)), keeper)
    assert nobody.victims() == []
    assert nobody.failed == ["broker: not here to be killed"]


@pytest.fixture
def judged(db, settings, tmp_path):
    """A small company, judged by the product as of one instant; the instant."""
    settings.MIRROR_DIR = tmp_path / "mirror"
    at = now()
    made = company.make(contacts=120, seed=5, at=at)
    run = recompute(cause="time", as_of=at + timedelta(seconds=30), worker="test:1:a")
    return made, run


def test_the_proofs_hold_for_what_is_true(judged):
    _, run = judged
    assert judging.there()
    for proof in (proving.against_judge(run.as_of), proving.log_replays(), proving.sizes_true()):
        assert not proof.wrong, proof
    assert not proving.same_instant(run).wrong
    assert Membership.objects.count() > 200


def test_the_proofs_see_a_membership_that_is_lost_or_too_many(judged):
    made, run = judged
    gone = Membership.objects.filter(segment_id=made.segments["pro"]).first()
    Membership.objects.filter(segment_id=gone.segment_id, contact_id=gone.contact_id).delete()
    assert "1 missing" in proving.against_judge(run.as_of).wrong[0]
    assert proving.log_replays().wrong
    assert proving.sizes_true().wrong


def test_the_proofs_hold_with_people_placed_by_hand(judged):
    made, _ = judged
    meddling = Meddling(Source(made.contacts, 1), Ledger(), seed=3, seconds=10)
    for _ in range(5):
        meddling._place()
        meddling._by_hand()
        meddling._edit()
    again = recompute(cause="time", as_of=lambda: now() + timedelta(seconds=40), worker="test:1:b")
    assert not proving.against_judge(again.as_of).wrong
    assert not proving.log_replays().wrong
    assert not proving.sizes_true().wrong
    assert Placement.objects.open().count() > 5


def test_without_a_checkout_the_engine_compares_with_a_fresh_reading(judged, monkeypatch):
    made, run = judged
    monkeypatch.setattr(judging, "there", lambda: False)
    assert not proving.against_judge(run.as_of).wrong
    gone = Membership.objects.filter(segment_id=made.segments["pro"]).first()
    Membership.objects.filter(segment_id=gone.segment_id, contact_id=gone.contact_id).delete()
    proof = proving.against_judge(run.as_of)
    assert "by the engine" in proof.what
    assert "1 missing" in proof.wrong[0]


def test_the_proofs_see_a_log_that_says_it_twice(judged):
    line = MembershipChange.objects.filter(entered=True).first()
    line.pk = None
    line.save()
    assert "1 entered twice" in proving.log_replays().wrong


def test_the_proofs_see_changes_lost_doubled_spoilt_or_invented(judged):
    made, _ = judged
    at = now()
    source, ledger = Source(made.contacts, 1), Ledger()
    sent = [source._interaction(3, company.happening(Random(1))) for _ in range(3)]
    ledger.accepted = {one.number: one for one in sent}
    rows = [
        Interaction(
            contact_id=made.contacts[3], kind=one.body["kind"], at=one.at, amount=one.body.get("amount"),
            source=company.SOURCE, message_id=one.body["message_id"], recorded_at=at,
        )
        for one in sent
    ]  # fmt: skip
    rows[0].kind = "something else"
    rows[1].message_id = "777"
    Interaction.objects.bulk_create(rows)
    said = " ".join(proving.changes_there(ledger, made.contacts).wrong)
    assert "1 interaction lost" in said
    assert "1 interaction never accepted" in said
    assert "1 interactions are not what was sent" in said


def test_the_proofs_see_an_attribute_that_went_back(judged):
    made, _ = judged
    owner, source = User.objects.get(), Source(made.contacts, 1)
    told = [source._attribute(7, {"points": points}) for points in (10, 20)]
    for one in reversed(told):
        item = ContactItem(named={"external_id": {"s7": "s7"}}, attributes=one.body["attributes"])
        upsert(items=[item], source="api:test", by=owner, at=now())
    ledger = Ledger(accepted={one.number: one for one in told})
    said = proving.changes_there(ledger, made.contacts).wrong
    assert said == [f"1 contacts have other values than were accepted last: [{made.contacts[7]}]"]
    ContactChange.objects.filter(source="api:test").last().delete()
    assert any("1 attributes lost" in line for line in proving.changes_there(ledger, made.contacts).wrong)


def test_the_proofs_see_what_is_not_done_and_what_is_red(judged):
    assert settling.left_to_do()  # the events of making it were never sent
    Segment.objects.filter(slug="pro").update(problem="‘Plan’ is retired.")
    said = proving.at_rest().wrong
    assert any("events in the outbox" in line for line in said)
    assert "pro is red: ‘Plan’ is retired." in said


def test_the_report_says_everything_and_what_is_wrong():
    spans = {"n": 3, "p50": 0.2, "p95": 0.4, "p99": 0.5, "max": 0.5}
    found = {
        "order": {"contacts": 100, "database": "sqlite:///x", "seed": 1, "rate": 5.0},
        "sent": {
            "accepted": 10, "seconds": 2.0, "a_second": 5.0, "requests": 3, "replayed": 1, "from_files": 4,
            "longest_queue": 0, "never_sent": 0, "sent_again": {"HTTP 503": 2}, "processor_seconds": {"product": 0.5},
        },
        "meddled": {"rules edited": 1},
        "latency": spans, "latency_calm": {"n": 0}, "latency_disturbed": spans, "late_exits": spans,
        "latency_by_victim": {"quick, a process of it": spans},
        "kills": [{"victim": "web", "what": "web", "at": 1.0}], "kills_failed": [], "starts": {"web": 2},
        "runs": {"outcomes": {"quick done": 3}, "seconds": {"quick": spans}, "log_by_cause": {"time": 2}, "errors": []},
        "logs": {"web": {"OSError: away": 1}},
        "proofs": [{"what": "All there", "looked_at": "10", "wrong": ["3 lost"]}],
    }  # fmt: skip
    text = "\n".join(report.lines(found))
    assert "WRONG  All there" in text
    assert "after: quick, a process of it" in text
    assert "0.20    0.40    0.50" in text
    assert report.violations(found) == ["All there: 3 lost"]


def test_processor_time_is_told_apart():
    load = Load()
    load.follow({os.getpgid(0): "this"})
    load.start()
    until = time.process_time() + 0.3
    while time.process_time() < until:
        pass
    load.stop()
    found = load.found()
    assert found["product"] >= 0.25
    assert found["driver"] >= 0.25
    assert set(found) == {"product", "of the product, this", "driver", "others", "idle"}
    assert found["of the product, this"] == found["product"]
