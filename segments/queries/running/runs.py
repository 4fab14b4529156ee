"""Runs as they are shown to whoever runs Facet: the newest first, one with its segments, all as rows of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.kit.paging import Page, cut, whole
from segments.models import Run, Segment

PAGE = 25
OUTCOMES = (Run.DONE, Run.RUNNING, Run.FAILED, Run.ABANDONED)
MOST_ROWS = 50_000
# As they follow each other; a database need not keep the order of what it holds as JSON.
PHASES = ("wait", "members", "read", "judge", "compare", "write", "pack", "register")
KIND_WORDS = {
    Run.SWEEP: "Everybody",
    Run.RULE: "Saved rules",
    Run.QUICK: "Changed customers",
    Run.RECONCILE: "Comparison",
    Run.REBUILD: "Mirror read anew",
}
CAUSE_WORDS = {
    "time": "the passing minute",
    "schedule": "the passing minute",
    "change": "changes of customers",
    "rule": "a saved rule",
    "asked": "a colleague asked",
    "reconcile": "compared with a fresh evaluation",
}
OUTCOME_WORDS = {
    Run.DONE: ("Done", "good", "check"),
    Run.RUNNING: ("At work", "calm", "clock"),
    Run.FAILED: ("Failed", "bad", "cross"),
    Run.ABANDONED: ("Taken over", "warn", "redo"),
}
COLUMNS = (
    *("run", "kind", "cause", "as of", "started", "ended", "outcome", "segments", "red", "customers"),
    *("in", "out", "seconds", "error", "note"),
)


@dataclass(frozen=True)
class Phase:
    """One part of a run's time: where its bar begins and how long it is, as shares of the whole."""

    name: str
    seconds: float
    begins: float
    share: float


@dataclass(frozen=True)
class Shown:
    """A run with the words for it."""

    run: Run
    kind: str
    cause: str
    outcome: str
    tone: str
    icon: str
    seconds: float
    phases: Sequence[Phase]


@dataclass(frozen=True)
class Moved:
    """What a run changed in one segment."""

    segment: Segment
    entered: int
    left: int


def shown(run: Run) -> Shown:
    """A run with the words for it and its time by phase."""
    words, tone, icon = OUTCOME_WORDS[run.state]
    total = sum(run.seconds.values())
    return Shown(
        run=run,
        kind=KIND_WORDS.get(run.kind, run.kind),
        cause=CAUSE_WORDS.get(run.cause, run.cause),
        outcome=words,
        tone=tone,
        icon=icon,
        seconds=round(total, 3),
        phases=phases(run.seconds),
    )


def phases(seconds: dict[str, float]) -> list[Phase]:
    """The phases in their order, each beginning where the one before ended."""
    total = sum(seconds.values())
    found, begins = [], 0.0
    for name in sorted(seconds, key=lambda one: PHASES.index(one) if one in PHASES else len(PHASES)):
        spent = seconds[name]
        share = spent / total if total else 0.0
        found.append(Phase(name, spent, begins, share))
        begins += share
    return found


def run_page(*, outcome: str = "", kind: str = "", after: str = "", size: int = PAGE) -> Page[Run]:
    """A page of runs, newest first, of one outcome or kind where given; one query."""
    runs = Run.objects.order_by("-pk")
    if outcome in OUTCOMES:
        runs = runs.filter(state=outcome)
    if kind in KIND_WORDS:
        runs = runs.filter(kind=kind)
    before = whole(after)
    if before is not None:
        runs = runs.filter(pk__lt=before)
    return cut(list(runs[: size + 1]), size, after=after if before is not None else "")


def moved_by(run: Run) -> list[Moved]:
    """The segments in which somebody came or went by a run, those with most first; one query."""
    segments = Segment.objects.in_bulk([int(key) for key in run.moved])
    found = [
        Moved(segments[int(key)], entered, left)
        for key, (entered, left) in run.moved.items()
        if int(key) in segments
    ]
    return sorted(found, key=lambda one: (-one.entered - one.left, one.segment.name))


def run_rows() -> Iterator[Sequence[Any]]:
    """The newest runs as rows below `COLUMNS`, read as they are sent."""
    for run in Run.objects.order_by("-pk")[:MOST_ROWS].iterator(chunk_size=2_000):
        one = shown(run)
        yield (
            *(run.pk, one.kind, one.cause, _iso(run.as_of), _iso(run.started_at), _iso(run.finished_at)),
            *(one.outcome, run.segments, run.failing, run.contacts, run.entered, run.left, one.seconds),
            *(run.error, run.note),
        )


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""
