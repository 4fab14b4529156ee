"""Remembers who took customers out of the house."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from crm.actions import auditing
from crm.models import User


def note_export(
    *, by: User, at: datetime, file: str, address: str, narrowed_by: Sequence[str], columns: Sequence[str]
) -> None:
    """Write into the audit that a file of customers leaves, before its first line does.

    `narrowed_by` names what the list was asked for by, without the words: they may be somebody's name.
    """
    with transaction.atomic():
        auditing.record(
            action="contacts.exported",
            subject="contacts",
            by=by,
            at=at,
            file=file,
            address=address,
            narrowed_by=list(narrowed_by),
            columns=list(columns),
        )
