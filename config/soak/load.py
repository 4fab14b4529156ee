"""How much of the machine the soak used, and how much others did: without that no latency means anything."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

EVERY = 1.0
TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


class Load:
    """Adds up processor time of the processes of some groups, of a database's, and of the whole machine."""

    def __init__(self, *, cluster: str = "") -> None:
        self.parts: defaultdict[str, float] = defaultdict(float)
        self.driver = 0.0
        self.busy = self.idle = 0.0
        self._postmaster = Path(cluster) / "cluster" / "postmaster.pid" if cluster else None
        self._before: dict[int, float] = {}
        self._groups: dict[int, str] = {}
        self._machine = _machine()
        self._driver = sum(os.times()[:2])
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="load", daemon=True)

    def start(self) -> None:
        """Begin to add up."""
        self._machine, self._driver = _machine(), sum(os.times()[:2])
        self._look()
        self.parts.clear()
        self._thread.start()

    def stop(self) -> None:
        """Look once more and end; a second time it does nothing."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
            self._look()
        busy, idle = _machine()
        self.busy, self.idle = busy - self._machine[0], idle - self._machine[1]
        self.driver = sum(os.times()[:2]) - self._driver

    def follow(self, groups: Mapping[int, str]) -> None:
        """These process groups are parts of the product, from now on."""
        self._groups.update(groups)

    def found(self) -> dict[str, float]:
        """Seconds of processor time: the product with its database, the driver, everybody else, nobody; by part."""
        own = sum(self.parts.values())
        others = max(0.0, self.busy - own - self.driver)
        told = {"product": own, "driver": self.driver, "others": others, "idle": self.idle}
        told |= {f"of the product, {part}": spent for part, spent in sorted(self.parts.items())}
        return {name: round(seconds, 1) for name, seconds in told.items()}

    def _watch(self) -> None:
        while not self._stopping.wait(EVERY):
            self._look()

    def _look(self) -> None:
        """What a process used in its last second before a kill is not seen: it counts as somebody else's."""
        database = self._database()
        for entry in PROC.iterdir():
            if not entry.name.isdigit():
                continue
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            pid = int(entry.name)
            part = self._groups.get(int(fields[2]))
            if part is None and database and database in (pid, int(fields[1])):
                part = "database"
            if part is not None:
                used = (int(fields[11]) + int(fields[12])) / TICKS
                self.parts[part] += max(0.0, used - self._before.get(pid, 0.0))
                self._before[pid] = used

    def _database(self) -> int:
        try:
            return int(self._postmaster.read_text().split("\n", 1)[0]) if self._postmaster else 0
        except (OSError, ValueError):
            return 0


def _machine() -> tuple[float, float]:
    """Processor seconds of the machine since it began: busy, idle."""
    fields = [int(field) / TICKS for field in (PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]]
    idle = fields[3] + fields[4]
    return sum(fields) - idle, idle
