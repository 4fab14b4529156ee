"""Reads the mirror anew from the database, as a colleague asked for: a run of its own in the list of runs."""

from __future__ import annotations

from datetime import timedelta
from time import perf_counter

from segments.actions.running.claiming import Clock, alive, claim, fail, finish
from segments.mirror import everyone
from segments.models import Run

READING = "mirror"  # its lane: sweeps go on meanwhile


def rebuild(*, clock: Clock, worker: str) -> Run | None:
    """The run that wrote a new mirror beside the present one. None where another does so just now.

    Nobody is judged by it: that is for the run after it. Raises `Unwritable`, kept in the record as everything else.
    """
    run = claim(kind=Run.REBUILD, lane=READING, cause="asked", at=clock(), worker=worker)
    if run is None:
        return None
    began = mark = perf_counter()

    def phase(name: str) -> None:
        nonlocal mark
        spent, mark = perf_counter() - mark, perf_counter()
        run.seconds[name] = round(run.seconds.get(name, 0.0) + spent, 3)

    try:
        with alive(run, clock):
            generation, population = everyone.snapshot(phase)
            run.as_of, run.contacts, run.patch = generation.built_at, len(population), generation.patch or 0
            run.note = (
                f"{generation.interactions:,} interactions of {len(population):,} customers were read. "
            )
            run.finished_at = run.started_at + timedelta(seconds=perf_counter() - began)
            finish(run)
    except BaseException as error:
        fail(run, error, at=run.started_at + timedelta(seconds=perf_counter() - began))
        raise
    return run
