"""Doors for Celery: parse, one call into the rooms, answer."""

from __future__ import annotations

import logging

from celery import shared_task
from django.conf import settings

from crm.actions import alerting, suggesting
from crm.actions.importing import leasing, running
from crm.actions.importing.uploading import forget_ended
from crm.actions.merging.undoing import forget_old
from crm.actions.partitioning import tend_months
from crm.kit.clock import now
from crm.kit.mail import send_text
from crm.kit.processes import this_worker
from crm.models import Alert
from crm.queries.imports import waiting
from crm.troubles import all_troubles

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


@shared_task(name="crm.find_duplicates")
def find_duplicates() -> None:
    """Look through all customers for pairs that are likely one person."""
    suggesting.find_duplicates(at=now())


@shared_task(name="crm.forget_merges")
def forget_merges() -> None:
    """Forget what is kept of merges that can no longer be undone."""
    forget_old(at=now())


@shared_task(name="crm.raise_alerts")
def raise_alerts() -> None:
    """Tell of what is wrong now and was not yet, close what is over, and send the mails that wait."""
    at = now()
    alerting.tell(troubles=all_troubles(at), at=at)
    alerting.mail_waiting(send=_mail, at=at)


def _mail(alert: Alert, message_id: str) -> None:
    where = f"\n\n{settings.FACET_URL}{alert.url}" if alert.url else ""
    send_text(
        subject=alert.title,
        text=f"{alert.text}{where}\n\nYou get this once. When it is mended, Facet says so in your alerts.",
        to=alert.user.email,
        message_id=message_id,
    )
