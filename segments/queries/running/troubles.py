"""What is wrong with segments and with the work that keeps them true: told to whom it concerns until it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse

from crm.kit.figures import counted, duration, figure
from crm.troubles import Trouble
from segments.engine.language.naming import quoted
from segments.models import Run, Segment
from segments.queries.segments import references

TAKEN_OVER_WITHIN = timedelta(hours=1)
RUNS_LATE = timedelta(minutes=10)
NAMED = 3  # segments that are named, the others being counted
UNWRITABLE = "cannot be written"  # so says the note of a run that could not keep what it read


def troubles(at: datetime) -> Iterator[Trouble]:
    """Red segments, runs that fail or were given up, members that drifted, a mirror not rebuilt; seven queries."""
    yield from _red_segments()
    yield from _failing_runs(at)
    yield from _taken_over(at)
    yield from _drift()
    yield from _unbuilt()


def _red_segments() -> Iterator[Trouble]:
    red = Segment.objects.live().exclude(problem="").order_by("name")
    rows = list(red.values_list("pk", "slug", "name", "problem", "owner_id"))
    readers = _readers() if rows else {}
    for pk, slug, name, problem, owner in rows:
        yield Trouble(
            key=f"segment {pk}",
            title=f"{quoted(name)} cannot be evaluated",
            text=f"{problem} Its last good members stay as they are until that is mended"
            f"{_built_on(readers.get(slug, []))}.",
            url=reverse("segment", args=[slug]),
            to=owner,
            severe=False,
        )


def _readers() -> dict[str, list[str]]:
    """The names of the segments that go on with the members of another, by that one's slug; one query."""
    found: dict[str, list[str]] = {}
    well = Segment.objects.live().filter(kind=Segment.DYNAMIC, problem="").order_by("name")
    for name, rule in well.values_list("name", "rule"):
        for slug in references(rule):
            found.setdefault(slug, []).append(name)
    return found


def _built_on(names: list[str]) -> str:
    if not names:
        return ""
    more = f" and {figure(len(names) - NAMED)} more" if len(names) > NAMED else ""
    return f", and count so in {', '.join(map(quoted, names[:NAMED]))}{more}"


def _failing_runs(at: datetime) -> Iterator[Trouble]:
    """The newest run failed, none ended for long, or the mirror could not be written; in either lane."""
    ended = Run.objects.filter(state__in=(Run.DONE, Run.FAILED)).order_by("-started_at")
    whole = ended.filter(lane=Run.EVERYONE).first()
    quick = ended.filter(lane=Run.CHANGED).first()
    if whole is not None and whole.state == Run.DONE and at - whole.started_at > RUNS_LATE:
        yield Trouble(
            key="runs late",
            title=f"No run over all segments ended for {duration(at - whole.started_at)}",
            text="Nobody leaves a segment by time alone until one does. See that a worker and the schedule "
            "(‘celery -A config beat’) are running, or recompute now.",
            url=reverse("operations"),
        )
    for run, which in ((whole, "over all segments"), (quick, "over changed customers")):
        if run is not None and run.state == Run.FAILED:
            yield Trouble(
                key=f"runs fail {run.lane}",
                title=f"The last run {which} failed",
                text=f"{plain(run.error)} Members stay as they were, and the next run tries again.",
                url=reverse("operations_run", args=[run.pk]),
            )
    newest = max((run for run in (whole, quick) if run), key=lambda run: run.started_at, default=None)
    if newest is not None and UNWRITABLE in newest.note:
        yield Trouble(
            key="mirror unwritable",
            title="The mirror cannot be written",
            text=f"{newest.note.strip()} Members are true meanwhile; it mends itself once there is room.",
            url=reverse("operations_run", args=[newest.pk]),
        )


def unwritable() -> str:
    """What the newest run says where it could not write the mirror, or nothing; one query."""
    ended = Run.objects.filter(state__in=(Run.DONE, Run.FAILED)).order_by("-started_at")
    note = ended.values_list("note", flat=True).first() or ""
    return note.strip() if UNWRITABLE in note else ""


def plain(error: str) -> str:
    """What an error means and what mends it, in words; its own words where nothing better is known."""
    told = error.strip().splitlines()[0][:300] if error.strip() else "It gave no reason."
    for sign, words in MEANINGS:
        if sign in error:
            return f"{words} ({told})"
    return told if told.endswith(".") else f"{told}."


# a part of an error -> what it means and how to mend it
MEANINGS = (
    ("No space left on device", "The disk that holds the mirror is full: make room in FACET_DATA."),
    (
        "File too large",
        "The mirror’s files may not grow that large: raise the limit, or make room in FACET_DATA.",
    ),
    ("Read-only file system", "The folder of the mirror cannot be written: mount FACET_DATA writable."),
    ("Permission denied", "The folder of the mirror cannot be written by the worker: give it the folder."),
    ("database is locked", "Another process kept the database locked for long."),
    ("server closed the connection", "The database went away in the middle."),
    ("the database system is", "The database was starting or stopping."),
)


def _taken_over(at: datetime) -> Iterator[Trouble]:
    since = at - TAKEN_OVER_WITHIN
    lost = Run.objects.filter(state=Run.ABANDONED, started_at__gte=since).order_by("-started_at")
    runs = list(lost.values_list("pk", flat=True)[:100])
    if runs:
        yield Trouble(
            key="runs taken over",
            title=f"{counted(len(runs), 'run')} taken over from workers that died or hung, within the hour",
            text="Another worker did the work again and nothing is lost. If it goes on, look at why workers end: "
            "too little memory is the usual cause.",
            url=reverse("operations_run", args=[runs[0]]),
            severe=False,
        )


def _drift() -> Iterator[Trouble]:
    compared = Run.objects.filter(kind=Run.RECONCILE).exclude(state=Run.RUNNING).order_by("-started_at")
    run = compared.first()
    if run is None or (run.state == Run.DONE and not drifted(run)):
        return
    if run.state == Run.DONE:
        yield Trouble(
            key=f"drift {run.pk}",
            title="The comparison with a fresh evaluation found differences",
            text=f"{run.note.strip()} This must not happen: please report it with that run.",
            url=reverse("operations_run", args=[run.pk]),
        )
    else:
        yield Trouble(
            key=f"comparison {run.pk}",
            title="The last comparison with a fresh evaluation did not end",
            text=f"{plain(run.error)} Reconcile again; until then nobody knows whether members drifted.",
            url=reverse("operations_run", args=[run.pk]),
            severe=False,
        )


def _unbuilt() -> Iterator[Trouble]:
    """The mirror that a colleague asked for and did not get."""
    run = Run.objects.filter(kind=Run.REBUILD).exclude(state=Run.RUNNING).order_by("-started_at").first()
    if run is not None and run.state == Run.FAILED:
        yield Trouble(
            key=f"rebuild {run.pk}",
            title="The mirror could not be rebuilt",
            text=f"{plain(run.error)} The one there is serves on; ask for it again.",
            url=reverse("operations_run", args=[run.pk]),
            severe=False,
        )


def drifted(run: Run) -> bool:
    """True if a comparison found anything that was not as a fresh evaluation says."""
    return bool(run.entered or run.left or run.note.startswith("Differences"))
