"""Renames a label on every segment that carries it, or takes it off."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from crm.actions.auditing import record
from crm.models import User
from segments.models import Segment
from segments.queries.segments import spelled_as_used

LONGEST = 40


class Unusable(ValueError):
    """A label that cannot be: the message says why."""


@transaction.atomic
def rename_label(*, label: str, name: str, by: User, at: datetime) -> tuple[str, int]:
    """The label as it is spelled now, and how many segments carry it. An empty name takes the label off.

    A name that another label has (in whatever case) joins the two. Raises `Unusable`.
    """
    name = " ".join(name.split())
    if len(name) > LONGEST:
        raise Unusable(f"A label has {LONGEST} characters at most.")
    same = name.casefold() == label.casefold()
    name = name if same else spelled_as_used(name)
    changed = Segment.objects.filter(label=label).update(label=name, updated_at=at)
    if changed:
        record(
            action="segments.label_renamed",
            subject=f"label {label}",
            by=by,
            at=at,
            before=label,
            after=name,
            segments=changed,
        )
    return name, changed
