"""Repeats something and keeps what each time took; memory while it works; the machine it ran on."""

from __future__ import annotations

import os
import platform
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

MIB = 1024 * 1024


@dataclass
class Measurement:
    """Seconds of each run of one thing; `told` is what else there is to say of it."""

    row: str
    seconds: list[float]
    told: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For the file and the report."""
        middle = median(self.seconds) if self.seconds else None
        return {
            "row": self.row,
            "median": middle,
            "runs": len(self.seconds),
            "seconds": [round(second, 5) for second in self.seconds],
            "told": self.told,
            **self.figures,
        }


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds it took, and what it gave."""
    began = perf_counter()
    given = work()
    return perf_counter() - began, given


def with_cpu(work: Callable[[], Any], one: Measurement) -> None:
    """Do it once more for a measurement; its processor time, on all cores, is what other load disturbs least."""
    before = process_time()
    one.seconds.append(timed(work)[0])
    one.figures.setdefault("cpu_seconds", []).append(round(process_time() - before, 5))
    one.figures["cpu"] = median(one.figures["cpu_seconds"])


def repeat(work: Callable[[int], Any], runs: int, patience: float) -> list[float]:
    """Seconds of each of the runs; no new one is begun once all took longer than patience."""
    taken: list[float] = []
    for number in range(runs):
        taken.append(timed(lambda: work(number))[0])  # noqa: B023 - called at once
        if sum(taken) > patience:
            break
    return taken


def percentile(seconds: list[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    ordered = sorted(seconds)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def private_bytes() -> int:
    """Memory that this process alone has and wrote to; pages mapped from files that it only reads are not in it."""
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1]) * 1024
    raise OSError("/proc/self/smaps_rollup has no Private_Dirty")


@contextmanager
def watching_memory(every: float = 0.004) -> Iterator[list[int]]:
    """Private memory, looked at again and again by a thread; the list holds what it saw."""
    seen = [private_bytes()]
    done = threading.Event()

    def look() -> None:
        while not done.wait(every):
            seen.append(private_bytes())

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()
        seen.append(private_bytes())


def peak_mib() -> float:
    """The most memory this process ever had, shared pages included."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def machine() -> dict[str, Any]:
    """What this ran on, and how busy it was with other things."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": names[0] if names else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 1024**3, 1),
        "system": platform.platform(terse=True),
        "load_before": [round(load, 2) for load in os.getloadavg()],
    }
