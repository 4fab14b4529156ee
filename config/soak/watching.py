"""Looks at the memberships of the canaries in the database, and measures when each changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import Error, connection

from config.soak.changes import Change, Source, leaves_at
from config.soak.segments import SIGNALLED

LOOKS_EVERY = 0.025
CALM = 10.0  # seconds after a kill that do not count as calm
PARTS = (50, 95, 99)
ENOUGH = timedelta(seconds=60)  # of its window must be left for a signal to be awaited


@dataclass(frozen=True)
class Seen:
    """A canary's change and when it was seen; instants on the monotonic clock."""

    segment: str
    enters: bool
    sent: float
    accepted: float
    seen: float

    @property
    def seconds(self) -> float:
        """From the accepted request to the changed badge."""
        return max(0.0, self.seen - self.accepted)


@dataclass(frozen=True)
class _Awaited:
    change: Change
    sent: float
    accepted: float


class Watching:
    """Polls for every awaited canary at once, in one small query."""

    def __init__(self, source: Source, segments: dict[str, int]) -> None:
        self.source, self.segments = source, segments
        self.seen: list[Seen] = []
        self.late: list[float] = []  # seconds from the end of a window to the badge gone
        self.looks = 0
        self._awaited: dict[tuple[int, int], _Awaited] = {}
        self._leaving: dict[tuple[int, int], Change] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watching", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def accepted(self, change: Change, sent: float, got: float) -> None:
        """A canary's change was accepted: await what it must do, unless it waited so long that its window is over."""
        if change.canary == SIGNALLED and leaves_at(change) - datetime.now(UTC) < ENOUGH:
            self.source.free(change.canary, change.contact)
            return
        key = (self.segments[change.canary], self.source.ids[change.contact])
        with self._lock:
            self._awaited[key] = _Awaited(change, sent, got)

    def overdue(self) -> list[Change]:
        """Canaries whose change was never seen."""
        with self._lock:
            return [one.change for one in self._awaited.values()]

    def waiting(self) -> int:
        """So many canaries have not moved yet."""
        return len(self._awaited)

    def _watch(self) -> None:
        while not self._stopping.wait(LOOKS_EVERY):
            now = datetime.now(UTC)
            with self._lock:
                awaited = dict(self._awaited)
                leaving = {key: one for key, one in self._leaving.items() if leaves_at(one) <= now}
            if not awaited and not leaving:
                continue
            try:
                inside = _inside([*awaited, *leaving])
            except Error:  # the database is being killed: look again
                connection.close()
                continue
            self.looks += 1
            self._note(awaited, leaving, inside, time.monotonic())
        connection.close()

    def _note(
        self,
        awaited: dict[tuple[int, int], _Awaited],
        leaving: dict[tuple[int, int], Change],
        inside: set[tuple[int, int]],
        at: float,
    ) -> None:
        for key, one in awaited.items():
            if (key in inside) == one.change.enters:
                self.seen.append(Seen(one.change.canary, one.change.enters, one.sent, one.accepted, at))
                with self._lock:
                    del self._awaited[key]
                    if one.change.canary == SIGNALLED:
                        self._leaving[key] = one.change
                if one.change.canary != SIGNALLED:
                    self.source.free(one.change.canary, one.change.contact)
        for key, change in leaving.items():
            if key not in inside:
                self.late.append((datetime.now(UTC) - leaves_at(change)).total_seconds())
                with self._lock:
                    del self._leaving[key]
                self.source.free(change.canary, change.contact)


def _inside(pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of the pairs (segment, contact) that are members now: the query behind the badges of these contacts."""
    segments = sorted({segment for segment, _ in pairs})
    contacts = [contact for _, contact in pairs]
    found: set[tuple[int, int]] = set()
    for start in range(0, len(contacts), 500):
        some: list[Any] = contacts[start : start + 500]
        marks = ", ".join(["%s"] * len(some))
        within = ", ".join(["%s"] * len(segments))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT segment_id, contact_id FROM segments_membership "  # noqa: S608 - marks only
                f"WHERE contact_id IN ({marks}) AND segment_id IN ({within})",
                [*some, *segments],
            )
            found |= {(segment, contact) for segment, contact in cursor.fetchall()}
    return found


def percentiles(seconds: Iterable[float]) -> dict[str, float]:
    """p50, p95, p99 and the longest of some spans, and how many they are; nothing where there are none."""
    ordered = sorted(seconds)
    if not ordered:
        return {"n": 0}
    found = {f"p{part}": ordered[min(len(ordered) - 1, len(ordered) * part // 100)] for part in PARTS}
    return {
        "n": len(ordered),
        **{name: round(value, 3) for name, value in found.items()},
        "max": round(ordered[-1], 3),
    }


def calm(seen: Iterable[Seen], kills: Sequence[float]) -> list[Seen]:
    """Those that no kill disturbed: none in the ten seconds before they were accepted, nor until they were seen."""
    return [one for one in seen if not any(one.accepted - CALM <= kill <= one.seen for kill in kills)]
