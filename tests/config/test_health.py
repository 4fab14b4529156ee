import time
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from config import health, heartbeat
from crm.kit.clock import now
from crm.models import OutboxEvent


@pytest.fixture
def mirror(settings, tmp_path):
    settings.MIRROR_DIR = tmp_path / "mirror"


@pytest.fixture
def alive(monkeypatch):
    """Worker and schedule gave a sign just now, the broker answers."""
    heartbeat.note(heartbeat.WORKER, now())
    heartbeat.note(heartbeat.SCHEDULE, now())
    monkeypatch.setitem(health.REMOTE, "broker", lambda at: health.Check("ok", "The broker answers."))


def test_live_needs_nothing():
    answer = Client().get(reverse("health_live"))
    assert (answer.status_code, answer.json()) == (200, {"state": "ok"})


@pytest.mark.django_db
def test_ready_says_what_it_looked_at(mirror, alive):
    answer = Client().get(reverse("health_ready"))
    assert answer.status_code == 200
    checks = answer.json()["checks"]
    assert set(checks) == {"database", "broker", "worker", "schedule", "outbox", "mirror"}
    assert all(check["sentence"] for check in checks.values())


@pytest.mark.django_db
def test_a_silent_worker_is_failing(mirror, alive):
    heartbeat.note(heartbeat.WORKER, now() - timedelta(minutes=5))
    answer = Client().get(reverse("health_ready"))
    assert answer.status_code == 503
    assert answer.json()["checks"]["worker"]["state"] == "failing"


@pytest.mark.django_db
def test_a_late_schedule_warns_only(mirror, alive):
    heartbeat.note(heartbeat.SCHEDULE, now() - timedelta(hours=1))
    answer = Client().get(reverse("health_ready"))
    assert answer.status_code == 200
    assert answer.json()["checks"]["schedule"]["state"] == "warning"


@pytest.mark.django_db
def test_the_outbox_fails_when_events_wait_long_or_are_unknown():
    at = now()
    assert health.check_outbox(at).state == "ok"
    event = OutboxEvent.objects.create(name="SegmentSaved", created_at=at)
    assert health.check_outbox(at).sentence.startswith("1 event waiting")
    OutboxEvent.objects.filter(pk=event.pk).update(created_at=at - timedelta(minutes=10))
    assert health.check_outbox(at).state == "failing"
    OutboxEvent.objects.all().delete()
    OutboxEvent.objects.create(name="Strange", created_at=at)
    assert "Strange" in health.check_outbox(at).sentence


@pytest.mark.django_db
def test_a_broker_that_hangs_costs_three_seconds_at_most(mirror, alive, monkeypatch):
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setitem(health.REMOTE, "broker", lambda at: time.sleep(1.0))
    began = time.monotonic()
    found = health.run_checks(now())
    assert time.monotonic() - began < 0.9
    assert found["broker"].state == "failing"
    assert found["database"].state == "ok"


@pytest.mark.django_db
def test_a_check_that_breaks_says_so(mirror, alive, monkeypatch):
    def broken(at):
        raise ConnectionError("away")

    monkeypatch.setitem(health.REMOTE, "broker", broken)
    assert health.run_checks(now())["broker"].state == "failing"
