"""Who works on an import: one at a time, and a dead one is replaced."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from crm.kit.processes import is_gone
from crm.models import Import

STALE_AFTER = timedelta(seconds=60)


class Busy(RuntimeError):
    """Another process is at this import and alive."""


class LeaseLost(RuntimeError):
    """Another process has taken over, or the import was cancelled; nothing more may be written."""


def claim(import_id: int, *, worker: str, at: datetime) -> Import:
    """The import, now this worker's. Raises `Busy` while another is alive, `LeaseLost` where nothing is to be done."""
    waiting = Import.objects.filter(pk=import_id, state__in=(Import.QUEUED, Import.RUNNING))
    holder = waiting.values_list("worker", flat=True).first()
    if holder is None:
        raise LeaseLost(f"Import {import_id} does not wait for anybody.")
    free = Q(worker="") | Q(heartbeat_at__isnull=True) | Q(heartbeat_at__lt=at - STALE_AFTER)
    if is_gone(holder):
        free |= Q(worker=holder)
    claimed = waiting.filter(free).update(worker=worker, heartbeat_at=at, state=Import.RUNNING)
    if not claimed:
        raise Busy(f"Another process is at import {import_id}.")
    Import.objects.filter(pk=import_id, started_at__isnull=True).update(started_at=at)
    return Import.objects.select_related("created_by").get(pk=import_id)


def keep(import_id: int, *, worker: str, at: datetime) -> None:
    """Say that this worker is alive. Raises `LeaseLost` where the import is no longer its own."""
    held = Import.objects.filter(pk=import_id, worker=worker, state=Import.RUNNING)
    if not held.update(heartbeat_at=at):
        raise LeaseLost(f"Import {import_id} was cancelled or taken over.")
