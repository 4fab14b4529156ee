"""Why contacts are judged again: what the touches say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.models import ContactTouch

MOST = 50_000  # touches that are looked at one by one
NAMED = 10  # interactions or attributes of a contact that are kept as evidence
AT_ONCE = 5_000
Evidence = dict[str, Any] | None


@dataclass
class Reasons:
    """By contact the cause and what shows it; `everybody`: the cause where all were touched at once.

    `contacts` tells whose each touch is.
    """

    by_contact: dict[int, tuple[str, Evidence]] = field(default_factory=dict)
    everybody: str | None = None
    contacts: dict[int, int | None] = field(default_factory=dict)


def reasons_of(touches: Sequence[int]) -> Reasons:
    """What these touches say, by contact."""
    found = Reasons()
    for start in range(0, len(touches), AT_ONCE):
        rows = ContactTouch.objects.filter(pk__in=touches[start : start + AT_ONCE]).order_by("pk")
        if len(touches) > MOST:
            rows = rows.defer("evidence")
        add_reasons(
            found,
            (
                (row.pk, row.contact_id, row.cause, None if len(touches) > MOST else row.evidence)
                for row in rows
            ),
        )
    return found


def add_reasons(found: Reasons, rows: Iterable[tuple[int, int | None, str, Evidence]]) -> None:
    """Add touches (number, contact, cause, evidence), the oldest first: the last cause of a contact counts."""
    for pk, contact, cause, evidence in rows:
        found.contacts[pk] = contact
        if contact is None:
            found.everybody = cause
        else:
            _, before = found.by_contact.get(contact, ("", None))
            found.by_contact[contact] = (cause, _joined(before, evidence))


def _joined(before: Evidence, after: Evidence) -> Evidence:
    if not before or not after:
        return after or before
    joined = dict(before)
    for name, value in after.items():
        known = joined.get(name)
        if isinstance(known, list) and isinstance(value, list):
            joined[name] = list(dict.fromkeys([*known, *value]))[-NAMED:]
        else:
            joined[name] = value
    return joined
