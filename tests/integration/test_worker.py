"""An event becomes members, through a real broker and a real worker, also when the worker dies in the middle."""

import pytest

from tests.integration.conftest import House, wait_until

pytestmark = pytest.mark.integration

MAKE = """
import json
from crm.kit.clock import now
from crm.models import AttributeDefinition, Contact
from segments.actions.building.saving import create_segment
AttributeDefinition.objects.create(name="city", label="City", type="text")
Contact.objects.bulk_create(
    Contact(first_name=str(n), attributes={"city": "Graz" if n % 3 == 0 else "Linz"}) for n in range(3_000)
)
create_segment(name="Graz", rule={"version": 1, "rule": {"attribute": "city", "op": "is", "value": "Graz"}},
               by=None, at=now())
"""
STATE = """
import json
from segments.models import Membership, MembershipChange, Run
from crm.models import OutboxEvent
print(json.dumps({
    "members": Membership.objects.count(),
    "log": MembershipChange.objects.count(),
    "running": Run.objects.filter(state="running").count(),
    "waiting": OutboxEvent.objects.filter(sent_at__isnull=True).count(),
}))
"""
MOVE = """
from django.db import transaction
from crm.actions.touching import touch
from crm.models import Contact
with transaction.atomic():
    moved = Contact.objects.filter(attributes__city="Linz").order_by("id")[:7]
    ids = [contact.pk for contact in moved]
    for contact in moved:
        contact.attributes = {"city": "Graz"}
        contact.save()
    touch(ids, cause="attribute")
"""
# What five minutes without a sign of life do.
AGE = """
from datetime import timedelta
from django.db.models import F
from segments.models import Run
Run.objects.filter(state="running").update(heartbeat_at=F("heartbeat_at") - timedelta(minutes=10))
"""
WAKE = "from crm.actions.publishing import wake_relay; from celery import current_app; wake_relay()"
AGAIN = """
from celery import current_app
current_app.send_task("segments.recompute_segments", kwargs={"cause": "schedule"})
"""


def test_an_event_becomes_members(house: House):
    house.worker()
    house.run(MAKE)
    wait_until(lambda: house.run(STATE)["members"] == 1_000, within=60, what="1,000 members")
    house.run(MOVE)
    wait_until(lambda: house.run(STATE)["members"] == 1_007, within=60, what="7 more")
    house.run(WAKE)  # as the schedule does: that members changed is told unhurriedly
    state = wait_until(
        lambda: (s := house.run(STATE)) and not s["waiting"] and s, within=60, what="all is told"
    )
    assert state["log"] == 1_007


def test_what_waits_while_no_worker_runs_is_done_later(house: House):
    house.run(MAKE)
    assert house.run(STATE)["waiting"] > 0
    house.worker()
    wait_until(lambda: house.run(STATE)["members"] == 1_000, within=60, what="1,000 members")


def test_a_worker_killed_in_the_middle_changes_nothing_in_the_end(house: House):
    worker = house.worker()
    house.run(MAKE)
    wait_until(lambda: (s := house.run(STATE))["running"] or s["members"], within=60, what="a run at work")
    house.kill(worker)
    house.run(AGE)
    house.worker()
    house.run(WAKE)
    house.run(AGAIN)
    state = wait_until(
        lambda: (s := house.run(STATE))["members"] == 1_000 and not s["running"] and s,
        within=60,
        what="the end",
    )
    assert state["log"] == 1_000
