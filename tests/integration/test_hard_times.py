"""A full disk, a clock that jumps, a database that restarts: a clear state, no help needed after, members as they must be."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from config import embedded
from config.bench import cluster
from config.soak.house import SETTINGS
from tests.integration.conftest import ROOT, House, wait_until
from tests.integration.test_worker import MAKE, MOVE

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(400)]

STATE = """
import json
from datetime import timedelta
from config.health import check_mirror
from config.operations.state import current_state
from crm.kit.clock import now
from crm.models import Alert, ContactTouch
from segments.models import Membership, Run
at = now()
state = current_state(at)
print(json.dumps({
    "members": Membership.objects.count(),
    "touches": ContactTouch.objects.count(),
    "troubles": [one.key for one in state.troubles],
    "texts": [one.text for one in state.troubles],
    "mirror": check_mirror(at).state,
    "running": Run.objects.filter(state="running").count(),
    "done": Run.objects.filter(state="done").count(),
}))
"""
RECONCILE = """
import json
from crm.kit.clock import now
from segments.actions.running.reconciling import reconcile
found = reconcile(clock=now, worker="test:1")
print(json.dumps(None if found is None else [drift.sentence() for drift in found.drifts]))
"""
SWEEP = """
from celery import current_app
current_app.send_task("segments.recompute_segments", kwargs={"cause": "time"})
"""
JUDGE = """
from celery import current_app
current_app.send_task("segments.judge_changed")
"""
REPLAY = """
import json
from segments.models import Membership, MembershipChange
inside = {}
for segment, contact, entered in MembershipChange.objects.order_by("id").values_list("segment", "contact", "entered"):
    inside[segment, contact] = entered
members = set(Membership.objects.values_list("segment_id", "contact_id"))
last, back = {}, 0
for segment, at in MembershipChange.objects.order_by("id").values_list("segment", "at"):
    back += segment in last and at < last[segment]
    last[segment] = at
print(json.dumps([members == {key for key, entered in inside.items() if entered}, back]))
"""


def all_is_true(house: House) -> None:
    """Members are as a fresh evaluation says, and as the log tells, which never goes back in time."""
    assert house.run(RECONCILE) == []
    assert house.run(REPLAY) == [True, 0]


# --- A full disk -------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own at a folder; the test is skipped where nobody may mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("a small file system cannot be mounted here: that takes root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """A file that takes all the room there is."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    assert shutil.disk_usage(folder).free == 0
    return filler


@pytest.mark.skipif(shutil.which("mount") is None, reason="there is no ‘mount’ here")
def test_with_a_full_disk_members_stay_true_it_is_told_and_mends_itself(house: House) -> None:
    with small_disk(house.data / "mirror", 24) as disk:
        house.worker()
        house.run(MAKE)
        wait_until(lambda: house.run(STATE)["members"] == 1_000, within=90, what="1,000 members")
        filler = fill(disk)
        house.run(MOVE)
        told = wait_until(
            lambda: (s := house.run(STATE))["members"] == 1_007 and s["troubles"] and s,
            within=60,
            what="members of the changed in spite of the full disk",
        )
        assert "mirror unwritable" in told["troubles"]
        assert any("Make room" in text for text in told["texts"])
        assert told["mirror"] == "warning"
        assert told["touches"] > 0
        house.run(SWEEP)
        wait_until(
            lambda: house.run(STATE)["done"] > told["done"], within=60, what="a sweep with a full disk"
        )
        assert house.run(STATE)["members"] == 1_007
        filler.unlink()
        house.run(MOVE)
        house.run(SWEEP)
        healed = wait_until(
            lambda: (s := house.run(STATE))["members"] == 1_014 and not s["touches"] and s,
            within=90,
            what="the mirror takes the changes again",
        )
        assert healed["mirror"] == "ok"
        house.run(SWEEP)
        wait_until(
            lambda: "mirror unwritable" not in house.run(STATE)["troubles"],
            within=60,
            what="the trouble is over",
        )
        all_is_true(house)


# --- A clock that jumps ------------------------------------------------------------------------

SEGMENT_OF_A_DAY = """
from datetime import timedelta
from crm.kit.clock import now
from crm.models import Contact, Interaction
from crm.actions.recording import record_interactions
from crm.domain.interaction_items import ContactKey, InteractionItem
from segments.actions.building.saving import create_segment
people = [Contact.objects.create(first_name=str(n)) for n in range(20)]
items = [
    InteractionItem(contact=ContactKey("id", str(one.pk), str(one.pk)), kind="call", at=now() - timedelta(hours=n + 0.5),
                    amount=None, currency="", properties={}, source="x", message_id=str(n))
    for n, one in enumerate(people)
]
record_interactions(items=items, origin="test", by=None, at=now())
create_segment(name="Called", rule={"version": 1, "rule": {
    "interaction": "call", "window": {"last": [10, "hour"]}, "measure": {"fn": "count"}, "op": "gte", "value": 1}},
    by=None, at=now())
"""
ONE_CALLS = """
from datetime import timedelta
from crm.kit.clock import now
from crm.models import Contact
from crm.actions.recording import record_interactions
from crm.domain.interaction_items import ContactKey, InteractionItem
one = Contact.objects.order_by("-pk").first()
record_interactions(items=[
    InteractionItem(contact=ContactKey("id", str(one.pk), str(one.pk)), kind="call", at=now(),
                    amount=None, currency="", properties={}, source="x", message_id=now().isoformat())
], origin="test", by=None, at=now())
"""


def library() -> Path:
    """The library that lies about the time; the test is skipped where there is none."""
    named = os.environ.get("FAKETIME_LIBRARY", "")
    found = [Path(named)] if named else sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found or not found[0].exists():
        pytest.skip("there is no libfaketime: ‘apt-get install libfaketime’, or set FAKETIME_LIBRARY")
    return found[0]


def test_when_the_clock_jumps_members_follow_and_no_log_goes_back(house: House, tmp_path: Path) -> None:
    said = tmp_path / "offset"

    def jump(offset: str) -> None:
        beside = said.with_suffix(".new")
        beside.write_text(offset)
        beside.rename(said)

    jump("+0")
    house.environment |= {
        "LD_PRELOAD": str(library()),
        "FAKETIME_TIMESTAMP_FILE": str(said),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_RESET": "1",
    }
    house.worker()
    house.run(SEGMENT_OF_A_DAY)

    def members_are(count: int, what: str) -> None:
        def asked() -> bool:
            house.run(SWEEP)
            return bool(house.run(STATE)["members"] == count)

        wait_until(asked, within=90, what=what)

    members_are(10, "ten called within ten hours")
    jump("+5h")
    members_are(5, "five hours on, five have left")
    all_is_true(house)
    jump("-3h")
    house.run(ONE_CALLS)
    wait_until(
        lambda: not house.run(STATE)["touches"], within=60, what="a change is judged by the earlier clock"
    )
    state = house.run(STATE)
    assert state["running"] == 0
    assert "runs late" not in state["troubles"]
    assert house.run(REPLAY) == [True, 0]
    jump("+0")
    members_are(11, "back to the true time, the ten and the one who called meanwhile")
    all_is_true(house)


# --- A database that restarts ------------------------------------------------------------------

TOKEN = """
import json
from crm.actions.tokens import make_token
from crm.kit.clock import now
from crm.models import User
by = User.objects.create_user("a@facet.example", "correct horse battery", name="A", role="administrator")
_, key = make_token(name="Shop", machine=True, scopes=["interactions:write", "operations:read"], expires_at=None,
                    by=by, at=now())
print(json.dumps(key))
"""
CALLED = """
from crm.kit.clock import now
from segments.actions.building.saving import create_segment
create_segment(name="Called", rule={"version": 1, "rule": {
    "interaction": "call", "window": {"last": [1, "day"]}, "measure": {"fn": "count"}, "op": "gte", "value": 1}},
    by=None, at=now())
"""
KEPT = """
import json
from crm.models import Delivery, Interaction
print(json.dumps([Interaction.objects.count(), Delivery.objects.count()]))
"""


@pytest.fixture
def on_postgres() -> Iterator[tuple[House, Path]]:
    """A Facet on a PostgreSQL cluster of its own, which can be restarted."""
    try:
        cluster.binaries()
    except cluster.NoCluster as error:
        pytest.skip(str(error))
    folder = Path(tempfile.mkdtemp(prefix="facet-hard-"))
    folder.chmod(0o711)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        (folder / "data").mkdir()
        place = stack.enter_context(cluster.running(folder / "pg", SETTINGS))
        broker = stack.enter_context(embedded.running(folder / "data"))
        environment = os.environ | {
            "FACET_DATA": str(folder / "data"),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": cluster.database(place, "facet"),
            "REDIS_URL": broker,
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
            "LOG_LEVEL": "ERROR",
        }
        built = House(folder / "data", environment)
        built.manage("migrate", "--verbosity=0")
        yield built, folder / "pg"
        for process in built.workers:
            if process.poll() is None:
                built.kill(process)


def serve(house: House) -> int:
    """Start a web server; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = ["-m", "granian", "--interface", "wsgi", "--port", str(port), "config.wsgi:application"]
    started = subprocess.Popen(
        [sys.executable, *command],
        env=house.environment,
        cwd=ROOT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    house.workers.append(started)
    wait_until(lambda: ask(port, "GET", "/health/live")[0] == 200, within=60, what="the web server answers")
    return port


def ask(port: int, method: str, path: str, key: str = "", body: Any = None) -> tuple[int, Any]:
    """Status and JSON of one request; status 0 where nobody answers."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    try:
        link.request(method, path, None if body is None else json.dumps(body), headers)
        answer = link.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    except (OSError, http.client.HTTPException):
        return 0, None
    finally:
        link.close()


class Caller:
    """Sends one call of a new customer after another, each again until it is accepted, as a good program does."""

    def __init__(self, port: int, key: str) -> None:
        self.port, self.key = port, key
        self.statuses: list[int] = []
        self.accepted = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._send, daemon=True)

    def __enter__(self) -> Caller:
        self.thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.over.set()
        self.thread.join(60)

    def _send(self) -> None:
        while not self.over.is_set():
            item = {
                "contact": {"external_id": f"C{self.accepted}"},
                "kind": "call",
                "message_id": f"{self.accepted}",
            }
            while True:
                status, _ = ask(
                    self.port, "POST", "/api/v1/interactions/", self.key, {"interactions": [item]}
                )
                self.statuses.append(status)
                if status == 200:
                    break
                time.sleep(0.1)
            self.accepted += 1
            time.sleep(0.02)


def test_a_database_restarted_under_load_loses_nothing_and_everybody_comes_back(
    on_postgres: tuple[House, Path],
) -> None:
    house, folder = on_postgres
    key = house.run(TOKEN)
    house.run(CALLED)
    house.worker()
    port = serve(house)
    with Caller(port, key) as caller:
        for _ in range(3):
            sent = caller.accepted
            wait_until(lambda sent=sent: caller.accepted > sent + 40, within=60, what="calls are accepted")
            cluster.restart(folder, SETTINGS)
    assert set(caller.statuses) <= {200, 503}, set(caller.statuses)
    house.run(JUDGE)
    accepted = caller.accepted
    wait_until(
        lambda: (s := house.run(STATE))["members"] == accepted and not s["touches"],
        within=120,
        what=f"all {accepted} who called are members",
    )
    assert house.run(KEPT) == [accepted, accepted]
    status, told = ask(port, "GET", "/api/v1/operations", key)
    assert status == 200
    assert not [one for one in told["troubles"] if one["key"].startswith(("runs fail", "outbox", "changes"))]
    all_is_true(house)
