"""kill -9 at every place of a run leaves the old state or the new, never a half; the next run brings all up to date."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
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
# Each step is a fork of one parent, so that the program is loaded once and not sixty times; the parent opens nothing.
PARENT = """
import json, os, sys, traceback
import django
django.setup()
from datetime import UTC, datetime
from zoneinfo import ZoneInfo
from segments.actions.running import judging, recomputing
from segments.engine.judging.evaluate import judge
from segments.engine.judging.population import Builder
from segments.engine.language.parse import parse_document
builder = Builder({"city": "text"})
builder.add_contact(1, {"city": "Graz"})
rule = parse_document({"version": 1, "rule": {"attribute": "city", "op": "is", "value": "Graz"}})
judge(builder.build(), {"warm": rule}, as_of=0, zone=ZoneInfo("UTC"))
for line in sys.stdin:
    told = json.loads(line)
    child = os.fork()
    if not child:
        said = os.open(told["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        code = 0
        try:
            exec(compile(told["code"], "step", "exec"), {"__name__": "__main__"})
        except BaseException:
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
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


class Forks:
    """Processes of a house that begin where a parent stands that has loaded everything and touched nothing."""

    def __init__(self, house: House) -> None:
        self.said = house.data / "said"
        self.parent = subprocess.Popen(
            [sys.executable, "-c", PARENT],
            env=house.environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ended(self, code: str) -> int:
        """How a process ended that ran this code; negative: the signal that killed it."""
        assert self.parent.stdin
        assert self.parent.stdout
        self.parent.stdin.write(json.dumps({"code": code, "said": str(self.said)}) + "\n")
        self.parent.stdin.flush()
        return int(self.parent.stdout.readline())

    def run(self, code: str) -> Any:
        """What the code printed last, as JSON."""
        assert self.ended(code) == 0, self.said.read_text()
        lines = self.said.read_text().strip().splitlines()
        return json.loads(lines[-1]) if lines else None

    def killed(self, place: str, work: str) -> None:
        """Change something, and do the work in a process that is killed at this place."""
        how = self.ended(f"{MOVE}\n{KILL.format(place=place)}\n{work}")
        assert how == -signal.SIGKILL, (place, self.said.read_text())

    def close(self) -> None:
        """End the parent."""
        self.parent.communicate(timeout=20)


@pytest.fixture
def forks(house: House) -> Iterator[Forks]:
    made = Forks(house)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("work", "places"), [(SWEEP, SWEEP_PLACES), (QUICK, QUICK_PLACES)], ids=["sweep", "quick"]
)
def test_killed_anywhere(forks: Forks, work: str, places: tuple[str, ...]) -> None:
    forks.run(MAKE)
    forks.run(SWEEP)
    before = forks.run(STATE)
    assert before["graz"] == before["top"] == before["true"]
    for place in places:
        forks.killed(place, work)
        after: dict[str, Any] = forks.run(STATE)
        assert after["graz"] == after["top"], place
        assert after["graz"] in (before["graz"], after["true"]), place
        assert (after["touches"] == 0) == (after["graz"] == after["true"]), place
        before = forks.run(f"{work if after['touches'] else ''}\n{STATE}")
        assert before["graz"] == before["top"] == before["true"], place
        assert before["touches"] == 0, place
    forks.run(f"{SWEEP}\n{QUICK.replace('is not None', 'is None')}")
    assert forks.run(STATE) == before | {"running": 0}
