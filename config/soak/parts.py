"""The processes of the product, each started again whenever it ends, until all are told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import Random

from config import embedded
from config.demo import standing
from config.soak.load import Load
from config.soak.order import Order

PAUSE = 0.2  # before a part is started again, as an init system does
FAREWELL = 12.0


def commands(order: Order, port: int) -> dict[str, str]:
    """The command line of each part: those of the demo, a second quick worker, and the broker where it is ours."""
    found = standing.processes(order.data, port)
    found["spare"] = found["quick"].replace("--hostname=quick@%h", "--hostname=spare@%h")
    found.pop("broker", None)
    if order.broker:
        words = embedded.broker_command(Path(order.broker), order.data)
        return {"broker": "exec " + " ".join(f"'{word}'" for word in words), **found}
    return found


class Part:
    """One process with those it started, and how often it was started."""

    def __init__(
        self, name: str, command: str, environment: Mapping[str, str], log: Path, folder: Path
    ) -> None:
        self.name, self.command, self.log, self.folder = name, command, log, folder
        self.environment = dict(environment)
        self.starts = 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it in a process group of its own."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", self.command],
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.starts += 1

    def ended(self) -> bool:
        """True if its first process is gone."""
        return self.process is None or self.process.poll() is not None

    def pids(self) -> list[int]:
        """Its processes, the first one first."""
        if self.process is None:
            return []
        return [self.process.pid, *_group(self.process.pid)]

    def group(self) -> int:
        """The process group it runs in; 0 before it was started."""
        return self.process.pid if self.process else 0

    def signal_all(self, sign: signal.Signals) -> None:
        """Send a signal to all of its processes."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, sign)


def _group(leader: int) -> list[int]:
    """The other processes of a process group."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != leader:
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == leader and fields[0] != "Z":
                found.append(int(entry.name))
    return found


class Keeper:
    """Keeps all parts running: whatever ends is started again at once, with what it left behind cleared away."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = {part.name: part for part in parts}
        self.retired: list[Part] = []
        self.load: Load | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self, *names: str) -> None:
        """Start these parts, those not yet started where none is named, and watch over what was started."""
        for part in self.parts.values():
            if (part.name in names or not names) and not part.starts:
                part.start()
        if not self._thread.is_alive():
            self._thread.start()

    def kill(self, name: str, random: Random) -> str:
        """Kill -9 a part where it stands: all of it, or one of its processes; says what was killed, if anything."""
        part = self.parts[name]
        if part.ended():  # by an earlier kill, and not started again yet
            return ""
        pids = part.pids()
        if len(pids) > 1 and random.random() < 0.5:
            victim = random.choice(pids)
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
            return f"{name}, {'its first process' if victim == pids[0] else 'a process of it'}"
        part.signal_all(signal.SIGKILL)
        return name

    def retire(self, name: str) -> None:
        """End one part for good, while the others go on."""
        part = self.parts.pop(name, None)
        if part is not None:
            self.retired.append(part)
            _end([part], time.monotonic() + FAREWELL)

    def stop(self) -> list[str]:
        """End all parts; the names of those that had to be killed."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        return _end([*reversed(self.parts.values()), *self.retired], time.monotonic() + FAREWELL)

    def _keep(self) -> None:
        while not self._stopping.wait(PAUSE):
            if self.load is not None:
                self.load.follow(
                    {part.group(): part.name for part in list(self.parts.values()) if part.starts}
                )
            for part in list(self.parts.values()):
                if part.starts and part.ended() and not self._stopping.is_set():
                    part.signal_all(signal.SIGKILL)
                    part.start()


def _end(parts: list[Part], deadline: float) -> list[str]:
    """Ask parts to end and wait for all their processes; the names of those that had to be killed."""
    late = []
    for part in parts:
        part.signal_all(signal.SIGTERM)
    for part in parts:
        while part.process is not None and (not part.ended() or _group(part.process.pid)):
            if time.monotonic() > deadline:
                late.append(part.name)
                part.signal_all(signal.SIGKILL)
                part.process.wait()
                break
            time.sleep(0.05)
    return late
