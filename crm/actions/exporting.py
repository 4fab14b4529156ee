"""Remembers who took customers out of the house."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from crm.actions import auditing
from crm.models import User


def note_export(*, by: User, at: datetime, narrowed: bool, columns: Sequence[str]) -> None:
    """Write into the audit that customers are exported, before the first line leaves."""
    with transaction.atomic():
        auditing.record(
            action="contacts.exported",
            subject="contacts",
            by=by,
            at=at,
            all=not narrowed,
            columns=list(columns),
        )
