"""Doors for Celery: parse, one call into the rooms, answer."""

from __future__ import annotations

import logging
from datetime import timedelta
from threading import Thread
from time import monotonic, sleep
from typing import Any

from celery import current_app, shared_task
from celery.signals import worker_process_init
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from crm.kit.clock import now
from crm.kit.processes import this_worker
from segments.actions.building.retelling import retell_sentences as retell
from segments.actions.running.claiming import clean_runs as clean
from segments.actions.running.judging import LONGEST
from segments.actions.running.judging import judge_changed as judge
from segments.actions.running.overdue import overdue
from segments.actions.running.rebuilding import rebuild
from segments.actions.running.recomputing import recompute
from segments.actions.running.reconciling import reconcile as compare
from segments.actions.running.verdicts import rehearse
from segments.mirror import everyone
from segments.queries.running.stale import waiting_cause

LINGER = 1.0  # seconds that the quick path looks on after the last change
LONG = timedelta(seconds=LONGEST)
AT_ONCE = (0.02, 0.05, 0.1, 0.2, 0.2, 0.2, 0.2, 0.2)  # seconds from try to try with a database that went away
SOON = 0.5  # and until it is asked again where none of them helped
AWAITED = 600.0  # seconds that a new process waits for the first run, to judge somebody after it
log = logging.getLogger(__name__)


@shared_task(name="segments.recompute_segments", bind=True, max_retries=12)
def recompute_segments(self: Any, cause: str = "schedule", **event: object) -> str:
    """Bring segments up to now: all, or for the cause `rule` those whose rule was saved and all that refer to them.

    For the cause `overdue` it does what a run that died, failed or was never sent has left, and mostly finds nothing.

    A rule that is saved, and a minute that passes, while a run is at work find the lane taken: so who ends a run looks
    what waits, and does it. The minute's sweep comes again a little later as well.
    """
    wanted = overdue(now(), worker=this_worker()) if cause == "overdue" else cause
    if wanted is None:
        return "nothing is overdue"
    run = recompute(cause=wanted, as_of=now, worker=this_worker())
    if run is None:
        if cause not in ("rule", "overdue") and self.request.retries < self.max_retries:
            raise self.retry(countdown=4)
        return "another run is at work"
    told = f"{run.entered} in, {run.left} out"
    while (waits := waiting_cause(now())) and recompute(cause=waits, as_of=now, worker=this_worker()):
        pass
    return told


@shared_task(name="segments.judge_changed", bind=True, max_retries=60)
def judge_changed(self: Any, **event: object) -> str:
    """Judge the contacts that changed until none comes for a while; who finds another at work leaves it to that one."""
    waits = iter(AT_ONCE)
    while True:
        try:
            return f"{_judge_until_none_comes()} judged"
        except DatabaseError as error:
            if not _is_outage(error):
                raise
            if (wait := next(waits, None)) is None:
                raise self.retry(exc=error, countdown=SOON) from error
            connection.close_if_unusable_or_obsolete()
            sleep(wait)


def _is_outage(error: DatabaseError) -> bool:
    """True if the database went away, or is busy; false where a statement was wrong. The plain class is of psycopg's
    own words about a connection that was cut off in the middle."""
    return isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError


def _judge_until_none_comes() -> int:
    judged = 0
    while (run := judge(clock=now, worker=this_worker(), linger=LINGER)) is not None and run.contacts:
        judged += run.contacts  # none: there is no mirror yet, which the sweep makes
        if run.finished_at and run.finished_at - run.started_at >= LONG and _handed_on():
            break
    return judged


def _handed_on() -> bool:
    """True if whoever is free goes on: a worker that is told to end is not kept by changes that never cease."""
    try:
        judge_changed.apply_async(retry=False)
    except Exception as error:  # the broker is away: this one goes on, so that changes need not wait for it
        log.info("The quick path could not be handed on: %s", error)
        return False
    return True


@worker_process_init.connect
def stand_by(**_: Any) -> None:
    """A process that may be given the quick path judges somebody for nothing first: it stands in at any moment."""
    queue = current_app.amqp.router.route({}, judge_changed.name)["queue"].name
    if queue in current_app.amqp.queues.consume_from:
        Thread(target=_rehearse, daemon=True, name="rehearsal").start()


def _rehearse() -> None:
    ends = monotonic() + AWAITED
    try:
        while rehearse(as_of=now()) is None and monotonic() < ends:
            sleep(LINGER)
    except (DatabaseError, OSError) as error:  # it is away: then the first change takes a second longer
        log.info("Nobody could be judged beforehand: %s", error)
    finally:
        connection.close()


@shared_task(name="segments.reconcile", bind=True, max_retries=20)
def reconcile(self: Any) -> str:
    """Compare everything with a fresh reading; where a sweep is at work, a little later."""
    found = compare(clock=now, worker=this_worker())
    if found is None:
        raise self.retry(countdown=20)
    return f"{len(found.drifts)} segments differed"


@shared_task(name="segments.clean_runs")
def clean_runs() -> None:
    """Remove old records of runs."""
    clean(at=now())


@shared_task(name="segments.retell_sentences")
def retell_sentences() -> str:
    """Tell the rules of segments in the words of today."""
    return f"{retell()} told anew"


@shared_task(name="segments.compact_mirror")
def compact_mirror() -> None:
    """Merge the mirror's small files."""
    everyone.compact()


@shared_task(name="segments.rebuild_mirror", bind=True, max_retries=20)
def rebuild_mirror(self: Any) -> str:
    """Read the mirror anew from the database, and judge everybody by it; where another reads it, a little later."""
    if rebuild(clock=now, worker=this_worker()) is None:
        raise self.retry(countdown=20)
    run = recompute(cause="asked", as_of=now, worker=this_worker())
    return "read anew" if run is None else f"read anew: {run.entered} in, {run.left} out"
