"""The columns of the list of customers: what may be shown, and what each customer has there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.models import AttributeDefinition, Consent, Identifier, Task
from crm.queries.contacts import Row

MOST = 8
OF_ATTRIBUTE = "attribute:"
MAY_EMAIL, TASKS_WITH = "may_email", "tasks_with"
YES, TAKEN_BACK, NOT_ASKED, NO_ADDRESS = "yes", "no: took it back", "not asked", "no address"


@dataclass(frozen=True)
class Column:
    """A column by its key in addresses; `type` is that of an attribute, empty for what every customer has."""

    key: str
    label: str
    type: str = ""
    sensitive: bool = False

    @property
    def attribute(self) -> str:
        """The name of the attribute it shows, or nothing."""
        return self.key.removeprefix(OF_ATTRIBUTE) if self.key.startswith(OF_ATTRIBUTE) else ""


# What every customer has; those marked stand there until somebody chooses.
KNOWN: dict[Column, bool] = {
    Column("segments", "Segments"): True,
    Column("email", "E-mail"): True,
    Column(MAY_EMAIL, "May e-mail"): True,
    Column("phone", "Phone"): True,
    Column("company", "Company"): True,
    Column("since", "Since"): True,
    Column("external_id", "External id"): False,
    Column("changed", "Changed"): False,
    Column(TASKS_WITH, "Open tasks with"): False,
}


def columns_for(*, see_sensitive: bool) -> list[Column]:
    """Every column that somebody may choose; sensitive attributes only for those who may see them. One query."""
    shown = AttributeDefinition.objects.filter(retired_at__isnull=True).exclude(name="tags")
    if not see_sensitive:
        shown = shown.filter(sensitive=False)
    return [
        *KNOWN,
        *(Column(f"{OF_ATTRIBUTE}{one.name}", one.label, one.type, one.sensitive) for one in shown),
    ]


def chosen(choices: Sequence[Column], asked: Sequence[str]) -> list[Column]:
    """The columns asked for, in the order of the choices, at most `MOST`; the usual ones where none is asked for."""
    found = [one for one in choices if one.key in asked][:MOST]
    return found or [one for one, usual in KNOWN.items() if usual]


def asks(columns: Iterable[Column]) -> frozenset[str]:
    """Which of these columns need a reading of their own."""
    return frozenset(one.key for one in columns) & READINGS.keys()


def read(rows: Sequence[Row], wanted: Iterable[str]) -> dict[str, Mapping[int, str]]:
    """What columns that need a reading of their own hold, by contact; one query each."""
    return {key: READINGS[key](rows) for key in wanted}


def _may_email(rows: Sequence[Row]) -> dict[int, str]:
    """Whether each may get offers by e-mail, as campaigns count it: they agreed, and there is an address."""
    ids = [row.contact.pk for row in rows]
    said = Consent.objects.filter(contact__in=ids, channel="email", purpose="offers")
    granted = dict(said.values_list("contact_id", "granted"))

    def word(row: Row) -> str:
        answer = granted.get(row.contact.pk)
        if answer is None:
            return NOT_ASKED
        if not answer:
            return TAKEN_BACK
        return YES if row.identifiers.get(Identifier.EMAIL) else NO_ADDRESS

    return {row.contact.pk: word(row) for row in rows}


def _tasks_with(rows: Sequence[Row]) -> dict[int, str]:
    """Who has something to do for each, by name; `nobody yet` where a task is nobody's."""
    ids = [row.contact.pk for row in rows]
    opened = Task.objects.filter(contact__in=ids, done_at__isnull=True, removed_at__isnull=True)
    found: dict[int, list[str]] = {}
    for contact, name in opened.order_by("due_on", "pk").values_list("contact_id", "assignee__name"):
        found.setdefault(contact, []).append(name or "nobody yet")
    return {contact: ", ".join(dict.fromkeys(names)) for contact, names in found.items()}


READINGS: dict[str, Callable[[Sequence[Row]], Mapping[int, str]]] = {
    MAY_EMAIL: _may_email,
    TASKS_WITH: _tasks_with,
}


def value_of(row: Row, column: Column, read: Mapping[str, Mapping[int, str]]) -> Any:
    """What a customer has in a column; an attribute as it is kept."""
    contact = row.contact
    if column.attribute:
        return contact.attributes.get(column.attribute)
    if column.key in read:
        return read[column.key].get(contact.pk, "")
    return {
        "segments": row.badges,
        "email": row.email,
        "phone": row.phone,
        "external_id": row.external_id,
        "company": contact.company,
        "since": contact.created_at,
        "changed": contact.updated_at,
    }[column.key]
