"""What a colleague asked for is done by another worker, soon, where the one that had begun it was killed in the middle."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest

from tests.integration.conftest import ROOT, House, wait_until
from tests.integration.test_worker import MAKE, WAKE

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(400)]

SILENCE = 90  # seconds after which what a silent worker held goes to another
# A worker that is killed, whole, where it comes to a place: the module looks the name up there.
DOOMED = """
import os, signal, sys
import django
django.setup()
import {module} as home
def killed(*words, **named):
    os.killpg(os.getpgrp(), signal.SIGKILL)
home.{name} = killed
from config.celery import app
app.worker_main(["-q", "worker", "-c", "1", "--without-mingle", "-n", "doomed-{name}@%h"])
"""
ASK = """
from crm.kit.clock import now
from crm.models import User
from segments.actions.running.asking import ask
by, _ = User.objects.get_or_create(email="boss@acme.example", defaults={{"name": "Boss", "role": "administrator"}})
ask(what="{what}", by=by, at=now())
"""
STATE = """
import json
from config.operations.state import current_state
from crm.kit.clock import now
from segments.models import Membership, MirrorState, Run
runs = Run.objects.filter(kind="reconcile").order_by("pk")
print(json.dumps({
    "members": Membership.objects.count(),
    "generation": MirrorState.objects.current().generation,
    "comparisons": list(runs.values_list("state", flat=True)),
    "told": [one.key for one in current_state(now()).troubles],
}))
"""


def doomed(house: House, module: str, name: str) -> subprocess.Popen[bytes]:
    """A worker that will be killed at this place."""
    code = DOOMED.format(module=module, name=name)
    started = subprocess.Popen(
        [sys.executable, "-c", code], env=house.environment, cwd=ROOT, start_new_session=True
    )
    house.workers.append(started)
    return started


def kill_at(house: House, what: str, module: str, name: str) -> None:
    """Ask for something, and have the worker that does it killed in the middle."""
    worker = doomed(house, module, name)
    house.run(ASK.format(what=what))
    wait_until(lambda: house.run(WAKE) or worker.poll() is not None, within=90, what=f"killed at {name}")


def test_a_rebuild_and_a_comparison_of_a_killed_worker_are_done_by_another(house: House) -> None:
    first = house.worker()
    house.run(MAKE)
    before: dict[str, Any] = wait_until(
        lambda: (s := house.run(STATE))["members"] == 1_000 and s, within=90, what="1,000 members"
    )
    house.kill(first)

    kill_at(house, "rebuild", "segments.mirror.snapshots", "register")
    kill_at(house, "reconcile", "segments.actions.running.reconciling", "changed_since")
    killed = time.monotonic()
    state = house.run(STATE)
    assert state["generation"] == before["generation"], "nothing of the rebuild counts"
    assert state["comparisons"] == ["running"]

    house.worker()
    done = wait_until(
        lambda: (
            (s := house.run(STATE))["generation"] > before["generation"]
            and s["comparisons"] == ["abandoned", "done"]
            and s
        ),
        within=SILENCE + 60,
        what="both done by the other worker",
    )
    assert time.monotonic() - killed > SILENCE / 2, "not before the dead one was given up"
    assert done["members"] == 1_000
    assert "runs taken over" in done["told"]
