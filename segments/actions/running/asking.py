"""What a colleague asks of the work that keeps members true: written down, and done by a worker soon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from crm.actions.auditing import record
from crm.actions.publishing import publish
from crm.models import User


@dataclass(frozen=True)
class Request:
    """One thing that can be asked for: its event, the line in the audit, what the page says then."""

    event: str
    action: str
    answer: str


REQUESTS = {
    "recompute": Request(
        "RecomputeAsked", "operations.recompute", "All segments are judged anew. The run shows below."
    ),
    "rebuild": Request(
        "RebuildAsked",
        "operations.rebuild",
        "The mirror is read anew from the database, beside the present one. The run shows below.",
    ),
    "reconcile": Request(
        "ReconcileAsked",
        "operations.reconcile",
        "Members and mirror are compared with a fresh evaluation. What differs is mended and reported.",
    ),
}


def ask(*, what: str, by: User, at: datetime) -> Request:
    """Ask for one of `REQUESTS`; durable when this returns, done once a worker has time. Raises `KeyError`."""
    request = REQUESTS[what]
    with transaction.atomic():
        record(action=request.action, subject="operations", by=by, at=at)
        publish(request.event)
    return request
