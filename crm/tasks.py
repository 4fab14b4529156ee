"""Doors for Celery: parse, one call into the rooms, answer."""

from __future__ import annotations

import logging

from celery import shared_task

from crm.actions.importing import leasing, running
from crm.actions.importing.uploading import forget_ended
from crm.actions.partitioning import tend_months
from crm.kit.clock import now
from crm.kit.processes import this_worker
from crm.queries.imports import waiting

log = logging.getLogger(__name__)


@shared_task(name="crm.run_import")
def run_import(import_id: int) -> None:
    """Bring one import to its end. Sent twice, the second finds it taken or done."""
    try:
        running.run(import_id, worker=this_worker(), clock=now)
    except (leasing.Busy, leasing.LeaseLost) as reason:
        log.info("%s", reason)


@shared_task(name="crm.resume_imports")
def resume_imports() -> None:
    """Send a task for each uploaded import that nobody is at, new or left by a crash; forget files no longer needed."""
    forget_ended(at=now())
    for import_id in waiting(at=now()):
        run_import.delay(import_id)


@shared_task(name="crm.tend_months")
def tend_months_of_interactions() -> None:
    """Months of interactions made ahead of time, and what waits in the rest moved into its month."""
    tend_months(today=now().date())
