"""The page of those who run Facet: what it says, to whom, and what they can ask for."""

from datetime import timedelta

import pytest
from django.urls import reverse

from config import heartbeat
from config.operations import state
from crm.kit.clock import now
from crm.models import Alert, AuditEntry, ContactTouch, OutboxEvent
from segments.actions.building.saving import create_segment
from segments.actions.running.failing import note_problems
from segments.models import Run, Segment
from segments.queries.running.runs import phases
from segments.queries.running.troubles import plain, troubles

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mirror(settings, tmp_path):
    settings.MIRROR_DIR = tmp_path / "mirror"


@pytest.fixture
def alive(monkeypatch):
    """Workers of both queues and the schedule gave a sign just now, the broker answers."""
    heartbeat.note(heartbeat.SCHEDULE, now())
    heartbeat.beat("celery@here", ["celery"], ["segments.recompute_segments"])
    heartbeat.beat("quick@here", ["quick"])
    monkeypatch.setattr(state, "_queues", lambda: {"quick": 0, "celery": 3})
    yield
    heartbeat.cache.clear()


def make_run(**told):
    at = told.pop("at", now())
    return Run.objects.create(
        as_of=at,
        started_at=at,
        heartbeat_at=at,
        **{"state": Run.DONE, "cause": "time", "seconds": {"read": 0.25, "judge": 0.75}, **told},
    )


def test_all_well_is_said_in_one_sentence(alive, signed_in):
    make_run()
    page = signed_in("manager").get(reverse("operations")).content.decode()
    assert "Everything works" in page
    assert "celery@here" in page
    assert "segments.recompute_segments" in page


def test_silence_everywhere_is_told_with_what_to_start(monkeypatch, signed_in):
    heartbeat.cache.clear()
    monkeypatch.setattr(state, "_queues", lambda: {"quick": 0, "celery": 0})
    page = signed_in("manager").get(reverse("operations")).content.decode()
    assert "No worker gives a sign of life" in page
    assert "The schedule is away" in page
    assert "celery -A config beat" in page


def test_a_broker_that_is_away_is_no_error_page(monkeypatch, signed_in, alive):
    monkeypatch.setattr(state, "_queues", lambda: {"quick": None, "celery": None})
    page = signed_in("manager").get(reverse("operations"))
    assert page.status_code == 200
    assert "The broker does not answer" in page.content.decode()


def test_a_queue_nobody_serves_is_named(monkeypatch, alive):
    heartbeat.cache.set(heartbeat.WORKERS, {})
    heartbeat.beat("celery@here", ["celery"])
    assert "Nobody serves the queue ‘quick’" in [t.title for t in state.current_state(now()).troubles]


@pytest.mark.parametrize("role", ["marketer", "service"])
def test_others_do_not_see_it(role, signed_in):
    assert signed_in(role).get(reverse("operations")).status_code == 403


def test_a_manager_looks_and_an_administrator_acts(signed_in, alive):
    assert "Recompute now" not in signed_in("manager").get(reverse("operations")).content.decode()
    assert signed_in("manager").post(reverse("operations_ask", args=["recompute"])).status_code == 403
    assert "Recompute now" in signed_in("administrator").get(reverse("operations")).content.decode()


@pytest.mark.parametrize(
    ("what", "event"),
    [("recompute", "RecomputeAsked"), ("rebuild", "RebuildAsked"), ("reconcile", "ReconcileAsked")],
)
def test_what_is_asked_for_is_written_down_and_sent(what, event, signed_in, person):
    answer = signed_in("administrator").post(reverse("operations_ask", args=[what]), follow=True)
    assert answer.status_code == 200
    assert OutboxEvent.objects.get().name == event
    entry = AuditEntry.objects.get(subject="operations")
    assert (entry.action, entry.by) == (f"operations.{what}", person("administrator"))


def test_something_else_cannot_be_asked_for(signed_in):
    assert signed_in("administrator").post(reverse("operations_ask", args=["destroy"])).status_code == 404
    assert signed_in("administrator").get(reverse("operations_ask", args=["rebuild"])).status_code == 405


def test_the_queries_are_as_many_for_few_runs_as_for_many(
    signed_in, alive, django_assert_num_queries, person
):
    browser = signed_in("administrator")
    browser.get(reverse("operations"))
    owner = person("marketer")
    for number in range(3):
        segment = create_segment(
            name=f"S{number}", rule={"version": 1, "rule": {"all": []}}, by=owner, at=now()
        )
        Segment.objects.filter(pk=segment.pk).update(problem="‘City’ is retired.", failed_at=now())
    for _ in range(30):
        make_run(state=Run.FAILED, error="OSError: [Errno 28] No space left on device")
    with django_assert_num_queries(22):
        page = browser.get(reverse("operations"))
    assert len(page.context["runs"]) == 25


def test_runs_page_by_key_and_by_outcome(signed_in, alive):
    for number in range(27):
        make_run(at=now() - timedelta(minutes=number), cause=f"number {number}")
    make_run(state=Run.FAILED, error="It broke.")
    browser = signed_in("manager")
    first = browser.get(reverse("operations"))
    key = first.context["page"].next_key
    assert len(browser.get(reverse("operations"), {"after": key}).context["runs"]) == 3
    failed = browser.get(reverse("operations"), {"outcome": "failed"})
    assert [one.run.error for one in failed.context["runs"]] == ["It broke."]
    assert "No such run" in browser.get(reverse("operations"), {"outcome": "abandoned"}).content.decode()


def test_htmx_gets_only_what_changes(signed_in, alive):
    part = signed_in("manager").get(reverse("operations"), headers={"HX-Request": "true"}).content.decode()
    assert "<h1>" not in part
    assert "Work that waits" in part


def test_a_runs_page_shows_segments_phases_and_what_went_wrong(signed_in, person, noon):
    segment = create_segment(
        name="Graz", rule={"version": 1, "rule": {"all": []}}, by=person("marketer"), at=noon
    )
    run = make_run(moved={str(segment.pk): [5, 2], "99999": [1, 1]}, entered=5, left=2, note="Unusual. ")
    page = signed_in("manager").get(reverse("operations_run", args=[run.pk])).content.decode()
    assert "Graz" in page
    assert "Unusual." in page
    assert "Judge" in page
    lost = make_run(state=Run.ABANDONED, error="It gave no sign of life.")
    assert (
        "a later run did its work"
        in signed_in("manager").get(reverse("operations_run", args=[lost.pk])).content.decode()
    )


def test_runs_as_a_file(signed_in):
    make_run(error="=HYPERLINK()")
    text = b"".join(signed_in("manager").get(reverse("operations_runs_csv")).streaming_content).decode()
    assert text.count("\r\n") == 2
    assert "'=HYPERLINK()" in text


def test_phases_follow_one_another():
    read, judge = phases({"judge": 3.0, "read": 1.0})  # PostgreSQL keeps keys in an order of its own
    assert (read.begins, read.share, judge.begins, judge.share) == (0.0, 0.25, 0.25, 0.75)
    assert phases({"read": 0.0})[0].share == 0.0


def test_each_trouble_has_its_words(person):
    at = now()
    owner = person("marketer")
    segment = create_segment(name="Graz", rule={"version": 1, "rule": {"all": []}}, by=owner, at=at)
    note_problems([segment], {segment.slug: "‘City’ is retired."}, at=at)
    make_run(state=Run.FAILED, error="OSError: [Errno 28] No space left on device: 'x'")
    make_run(state=Run.ABANDONED, lane=Run.CHANGED)
    make_run(kind=Run.RECONCILE, lane="compare", note="Differences, now mended: ‘Graz’: 2 missing. ")
    found = {trouble.key.split()[0]: trouble for trouble in troubles(at)}
    assert set(found) == {"segment", "runs", "drift"} | {"runs"}
    assert found["segment"].to == owner.pk
    assert "Graz" in found["drift"].text
    titles = [trouble.title for trouble in troubles(at)]
    assert any("failed" in title for title in titles)
    assert any("taken over" in title for title in titles)


def test_troubles_that_are_over_are_gone():
    at = now()
    make_run(at=at - timedelta(minutes=2), state=Run.FAILED, error="x")
    make_run(at=at)
    make_run(at=at - timedelta(minutes=1), lane=Run.CHANGED, state=Run.FAILED, error="x")
    make_run(at=at, lane=Run.CHANGED)
    make_run(at=at - timedelta(hours=2), state=Run.ABANDONED)
    assert not list(troubles(at))


def test_runs_that_stopped_coming_are_a_trouble():
    make_run(at=now() - timedelta(minutes=30))
    assert [trouble.key for trouble in troubles(now())] == ["runs late"]


def test_a_full_disk_is_told_in_words():
    assert "The disk that holds the mirror is full" in plain("OSError: [Errno 28] No space left on device")
    assert plain("Strange") == "Strange."
    assert plain("") == "It gave no reason."


def test_changes_events_and_mails_that_wait_long_are_troubles(contact, person):
    at, long_ago = now(), now() - timedelta(minutes=30)
    ContactTouch.objects.create(contact=contact(), at=long_ago)
    OutboxEvent.objects.create(name="SegmentSaved", created_at=long_ago)
    Alert.objects.create(
        user=person("marketer"), key="x", title="x", text="x", at=at, mail=Alert.GIVEN_UP, mail_error="away"
    )
    from config.operations.troubles import troubles as moving

    assert [trouble.key for trouble in moving(at)] == ["outbox late", "changes late", "mail"]
