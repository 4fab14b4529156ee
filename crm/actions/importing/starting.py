"""Makes, starts and cancels imports."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import transaction

from crm.actions import auditing
from crm.actions.importing.preparing import Prepared, fingerprint
from crm.actions.importing.running import tell
from crm.actions.publishing import publish
from crm.domain.import_plan import ImportPlan
from crm.models import Import, User


class Finished(RuntimeError):
    """The import has ended already, or is at work: this cannot be done to it any more."""


def draft(*, path: Path, filename: str, prepared: Prepared, by: User | None, at: datetime) -> Import:
    """A new import that waits for its mapping to be confirmed."""
    plan = prepared.plan
    with transaction.atomic():
        source = Import.objects.create(
            kind=plan.kind,
            filename=filename[-255:],
            path=str(path),
            bytes=path.stat().st_size,
            fingerprint=fingerprint(path),
            plan=plan.to_dict(),
            rows_total=prepared.findings.rows if plan.complete else None,
            created_by=by,
            created_at=at,
        )
        auditing.record(
            action="import.prepared", subject=f"import {source.pk}", by=by, at=at, file=source.filename
        )
    return source


def replan(*, source: Import, prepared: Prepared) -> None:
    """Give a draft another plan. Raises `Finished`."""
    changed = Import.objects.filter(pk=source.pk, state=Import.DRAFT).update(
        plan=prepared.plan.to_dict(),
        rows_total=prepared.findings.rows if prepared.plan.complete else None,
    )
    if not changed:
        raise Finished("This import has begun; its mapping is settled.")


def start(*, source: Import, plan: ImportPlan | None = None, by: User | None, at: datetime) -> None:
    """Queue a draft, or a failed import again from its checkpoint. Raises `UnusablePlan` and `Finished`."""
    (plan or ImportPlan.from_dict(source.plan)).check()
    changes = {"plan": plan.to_dict()} if plan else {}
    with transaction.atomic():
        waiting = Import.objects.filter(pk=source.pk, state__in=(Import.DRAFT, Import.FAILED))
        if not waiting.update(
            state=Import.QUEUED, worker="", heartbeat_at=None, error="", finished_at=None, **changes
        ):
            raise Finished("This import has begun already.")
        auditing.record(action="import.started", subject=f"import {source.pk}", by=by, at=at)
        publish("ImportQueued", import_id=source.pk)


def cancel(*, source: Import, by: User | None, at: datetime) -> None:
    """Stop an import before its next batch; what was read stays. Raises `Finished`."""
    with transaction.atomic():
        going = Import.objects.filter(
            pk=source.pk, state__in=(Import.DRAFT, Import.QUEUED, Import.RUNNING, Import.FAILED)
        )
        if not going.update(state=Import.CANCELLED, finished_at=at):
            raise Finished("This import has ended already.")
        source.refresh_from_db()
        auditing.record(action="import.cancel", subject=f"import {source.pk}", by=by, at=at)
        tell(source, at=at)
