"""Real brokers, real workers, real processes: nothing is faked here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from config import embedded

ROOT = Path(__file__).resolve().parents[2]


def wait_until(true: Callable[[], Any], *, within: float, what: str) -> Any:
    """The first true answer; fails the test where none comes in time."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        answer = true()
        if answer:
            return answer
        time.sleep(0.2)
    raise AssertionError(f"not within {within:.0f} s: {what}")


def processes_with(data: Path) -> list[int]:
    """Running processes that were told this data folder."""
    mark = f"FACET_DATA={data}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                told = mark in (entry / "environ").read_bytes().split(b"\0")
                dead = ") Z " in (entry / "stat").read_text()
            except OSError:
                continue
            if told and not dead:
                found.append(int(entry.name))
    return found


@dataclass
class House:
    """A Facet of its own: a data folder, a database, a broker; `worker()` starts a real one."""

    data: Path
    environment: dict[str, str]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, code: str) -> Any:
        """What `code` printed last, as JSON; run in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-c", f"import django; django.setup()\n{code}"],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        lines = done.stdout.strip().splitlines()
        return json.loads(lines[-1]) if lines else None

    def manage(self, *words: str) -> None:
        """Run a command of manage.py."""
        subprocess.run(
            [sys.executable, "manage.py", *words], env=self.environment, cwd=ROOT, check=True, timeout=90
        )

    def worker(self) -> subprocess.Popen[bytes]:
        """Start a worker in a process group of its own."""
        command = [
            sys.executable,
            "-m",
            "celery",
            "-q",
            "-A",
            "config",
            "worker",
            "-c",
            "2",
            "--without-mingle",
        ]
        started = subprocess.Popen(command, env=self.environment, cwd=ROOT, start_new_session=True)
        self.workers.append(started)
        return started

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """Kill a worker and its children where they stand."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An empty Facet with a broker running; on the PostgreSQL and Redis named in the environment, if any are."""
    environment = os.environ | {
        "FACET_DATA": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "LOG_LEVEL": "WARNING",
    }
    with embedded.running(tmp_path) as url, fresh_database(os.environ.get("DATABASE_URL", "")) as database:
        environment["REDIS_URL"] = os.environ.get("REDIS_URL", "") or url
        if database:
            environment["DATABASE_URL"] = database
        built = House(tmp_path, environment)
        built.manage("migrate", "--verbosity=0")
        yield built
        for worker in built.workers:
            if worker.poll() is None:
                built.kill(worker)


class fresh_database:
    """An empty PostgreSQL database beside the one named, for the length of the block; nothing where none is named."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.name = f"facet_house_{os.getpid()}_{time.monotonic_ns()}"

    def __enter__(self) -> str:
        if not self.url.startswith("postgres"):
            return ""
        self._say(f"CREATE DATABASE {self.name}")
        before, _, after = self.url.rpartition("/")
        return f"{before}/{self.name}" + ("?" + after.partition("?")[2] if "?" in after else "")

    def __exit__(self, *failure: object) -> None:
        if self.url.startswith("postgres"):
            self._say(f"DROP DATABASE {self.name} WITH (FORCE)")

    def _say(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)
