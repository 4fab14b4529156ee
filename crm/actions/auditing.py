"""Writes the audit: who did what, in the transaction that did it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.models import AuditEntry, User


def record(*, action: str, subject: str, by: User | None, at: datetime, **detail: Any) -> None:
    """Add one line to the audit. `by` is None for the product itself."""
    AuditEntry.objects.create(at=at, by=by, action=action, subject=subject, detail=detail)


def record_each(
    subjects: Mapping[str, Mapping[str, Any]], *, action: str, by: User | None, at: datetime
) -> None:
    """Add one line for each subject, with its own detail; one query."""
    AuditEntry.objects.bulk_create(
        AuditEntry(at=at, by=by, action=action, subject=subject, detail=dict(detail))
        for subject, detail in subjects.items()
    )
