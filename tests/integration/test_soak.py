"""The soak command itself, short: it ends well, and it leaves nothing behind however it ends."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.integration.conftest import ROOT, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def soak(tmp_path: Path, *options: str) -> subprocess.Popen[str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("FACET_DATA", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "soak", *options],
        cwd=ROOT,
        env=environment | {"FACET_DATA": str(tmp_path / "outer"), "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def left_running(tmp_path: Path) -> list[str]:
    """Command lines of processes that still name this folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                told = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
                dead = ") Z " in (entry / "stat").read_text()
            except OSError:
                continue
            if f"{tmp_path}/facet-soak-".encode() in told and not dead:
                found.append((entry / "cmdline").read_bytes().decode(errors="replace"))
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("database", ["sqlite", "own"])
def test_kills_lose_nothing(database):
    tmp_path = Path(
        tempfile.mkdtemp(prefix="f-")
    )  # short: a database's socket has to fit into 107 characters
    tmp_path.chmod(0o711)
    told = tmp_path / "told.json"
    process = soak(
        tmp_path,
        *("--minutes", "0.4", "--rate", "60", "--kills", "5", "--contacts", "500"),
        *("--database", database, "--json", str(told)),
    )
    text = process.communicate(timeout=580)[0]
    if database == "own" and "No PostgreSQL server is installed" in text:
        pytest.skip("no PostgreSQL server on this machine")
    assert process.returncode == 0, text
    found = json.loads(told.read_text())
    assert len(found["kills"]) + len(found["kills_failed"]) == 5
    assert found["latency"]["n"] > 10
    assert all(not proof["wrong"] for proof in found["proofs"])
    assert not left_running(tmp_path)
    assert not list(tmp_path.glob("facet-soak-*"))
    shutil.rmtree(tmp_path)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_when_told_to(tmp_path, sign):
    process = soak(
        tmp_path,
        "--minutes",
        "5",
        "--rate",
        "20",
        "--kills",
        "0",
        "--contacts",
        "200",
        "--database",
        "sqlite",
    )
    try:
        wait_until(lambda: len(left_running(tmp_path)) > 4, within=90, what="its processes run")
        time.sleep(1)
        process.send_signal(sign)
        text = process.communicate(timeout=60)[0]
        assert process.returncode == 130, text
        assert "nothing is left running" in text
        wait_until(lambda: not left_running(tmp_path), within=5, what="every process gone")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
