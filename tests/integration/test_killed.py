"""kill -9 at every place of a run leaves the old state or the new, never a half; the next run brings all up to date."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import Any

import pytest

from tests.integration.conftest import ROOT, House

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

MAKE = """
from crm.actions.touching import touch_everyone
from crm.kit.clock import now
from crm.models import AttributeDefinition, Contact
from django.db import transaction
from segments.actions.building.saving import create_segment
AttributeDefinition.objects.create(name="city", label="City", type="text")
Contact.objects.bulk_create(
    Contact(first_name=str(n), attributes={"city": "Graz" if n % 3 == 0 else "Linz"}) for n in range(300)
)
create_segment(name="Graz", rule={"version": 1, "rule": {"attribute": "city", "op": "is", "value": "Graz"}},
               by=None, at=now())
create_segment(name="Top", rule={"version": 1, "rule": {"segment": "graz", "op": "in"}}, by=None, at=now())
"""
MOVE = """
from django.db import transaction
from crm.actions.touching import touch
from crm.models import Contact
with transaction.atomic():
    moved = [*Contact.objects.filter(attributes__city="Linz").order_by("id")[:7]]
    moved += [*Contact.objects.filter(attributes__city="Graz").order_by("id")[:2]]
    for contact in moved:
        contact.attributes = {"city": "Graz" if contact.attributes["city"] == "Linz" else "Wels"}
        contact.save()
    touch([contact.pk for contact in moved], cause="attribute", evidence={"attributes": ["city"]})
"""
SWEEP = """
from crm.kit.clock import now
from crm.kit.processes import this_worker
from segments.actions.running.recomputing import recompute
assert recompute(cause="schedule", as_of=now, worker=this_worker()) is not None
"""
QUICK = """
from crm.kit.clock import now
from crm.kit.processes import this_worker
from segments.actions.running.judging import judge_changed
assert judge_changed(clock=now, worker=this_worker()) is not None
"""
STATE = """
import json
from crm.models import Contact, ContactTouch, OutboxEvent
from segments.models import Membership, MembershipChange, MirrorState, Run, Segment
inside = {}
for segment, contact, entered in MembershipChange.objects.order_by("pk").values_list(
    "segment__slug", "contact_id", "entered"
):
    there = inside.setdefault(segment, set())
    assert entered != (contact in there), "twice"
    (there.add if entered else there.discard)(contact)
rows = {}
for segment, contact in Membership.objects.values_list("segment__slug", "contact_id"):
    rows.setdefault(segment, set()).add(contact)
assert rows == inside, "the log does not replay to the members"
newest = MembershipChange.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
assert MirrorState.objects.current().log == newest
for segment in Segment.objects.all():
    assert segment.size == len(rows.get(segment.slug, ())), "size"
changed = {run for run in MembershipChange.objects.values_list("run_id", flat=True)}
told = {event.payload["run"] for event in OutboxEvent.objects.filter(name="MembersChanged")}
assert changed == told, "each run that changed something told so, once"
graz = set(Contact.objects.filter(attributes__city="Graz").values_list("pk", flat=True))
print(json.dumps({
    "graz": sorted(rows.get("graz", ())), "top": sorted(rows.get("top", ())), "true": sorted(graz),
    "touches": ContactTouch.objects.count(),
    "running": Run.objects.filter(state="running").count(),
}))
"""
# What is done just before (or after) the process is killed; the modules in which the runs look it up.
SWEEP_PLACES = (
    "before segments.mirror.roster.known",
    "after segments.actions.running.sweeping.judge_apart",
    "before segments.models.mirror_state.MirrorStateManager.locked",
    "after segments.actions.membership.writing.delete_members",
    "after segments.actions.membership.writing.insert_members",
    "after segments.actions.membership.writing.insert_log",
    "after segments.actions.membership.writing.publish",
    "after segments.mirror.patches.store",
    "before segments.mirror.roster.save",
    "after segments.mirror.roster.save",
    "after segments.actions.running.sweeping.finish",
    "before segments.mirror.roster.clear",
)
QUICK_PLACES = (
    "after segments.actions.running.judging.claim",
    "after segments.mirror.patches.read_changed",
    "after segments.models.mirror_state.MirrorStateManager.locked",
    "after segments.actions.membership.writing.insert_members",
    "before segments.mirror.patches.store",
    "after segments.mirror.patches.store",
    "after segments.actions.running.judging._progress",
    "before segments.actions.running.judging._end",
)
KILL = """
import os, signal
from django.utils.module_loading import import_string
when, place = {place!r}.split()
home, name = place.rsplit(".", 1)
try:
    owner = __import__(home, fromlist=[name])
except ImportError:
    owner = import_string(home)
whole = getattr(owner, name)
def killed(*words, **named):
    if when == "after":
        whole(*words, **named)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, name, killed)
"""


def killed(house: House, place: str, work: str) -> None:
    """Change something, and do the work in a process that is killed at this place."""
    code = f"import django; django.setup()\n{MOVE}\n{KILL.format(place=place)}\n{work}"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env=house.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, (place, ended.stderr)


@pytest.mark.parametrize(
    ("work", "places"), [(SWEEP, SWEEP_PLACES), (QUICK, QUICK_PLACES)], ids=["sweep", "quick"]
)
def test_killed_anywhere(house: House, work: str, places: tuple[str, ...]) -> None:
    house.run(MAKE)
    house.run(SWEEP)
    before = house.run(STATE)
    assert before["graz"] == before["top"] == before["true"]
    for place in places:
        killed(house, place, work)
        after: dict[str, Any] = house.run(STATE)
        assert after["graz"] == after["top"], place
        assert after["graz"] in (before["graz"], after["true"]), place
        assert (after["touches"] == 0) == (after["graz"] == after["true"]), place
        before = house.run(f"{work if after['touches'] else ''}\n{STATE}")
        assert before["graz"] == before["top"] == before["true"], place
        assert before["touches"] == 0, place
    house.run(f"{SWEEP}\n{QUICK.replace('is not None', 'is None')}")
    assert house.run(STATE) == before | {"running": 0}
