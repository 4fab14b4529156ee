"""One list of what happened with a customer, merged from every source, paged by instant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from crm.domain import timeline
from crm.domain.joining import MERGED_FROM as MERGED
from crm.domain.joining import UNDONE
from crm.domain.timeline import Entry
from crm.kit.paging import Page
from crm.models import ConsentEntry, Contact, ContactChange, Interaction, Note, Task
from crm.panels import TIMELINE

PAGE = 20
_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)
_CHANNELS = {"email": "E-mail", "sms": "Text message", "phone": "Phone", "post": "Post"}


@dataclass(frozen=True)
class Cursor:
    """Where the next page begins: after this entry of this source."""

    at: datetime
    source: str
    key: int

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC):%Y%m%dT%H%M%S.%f}~{self.source}~{self.key}"

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """The cursor a page was asked for with, or None where there is none or it is spoilt."""
        try:
            instant, source, key = text.split("~")
            return cls(datetime.strptime(instant, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), source, int(key))
        except ValueError:
            return None


@dataclass(frozen=True)
class TimelinePage:
    """Entries, newest first; `next` is the cursor of the following page, empty at the end."""

    entries: Sequence[Entry]
    next: str


@dataclass(frozen=True)
class Readers:
    """How names of attributes read, and which the viewer may not see."""

    labels: Mapping[str, str]
    hidden: frozenset[str]


def read(contact: Contact, *, group: str, after: str, readers: Readers, size: int = PAGE) -> TimelinePage:
    """A page of a contact's timeline; one query a source."""
    cursor = Cursor.read(after)
    found: list[Entry] = []
    for name in _sources(group):
        found += _read_source(name, contact, group, cursor=cursor, size=size + 1, readers=readers)
    found.sort(key=lambda entry: (-entry.at.timestamp(), entry.source, -entry.key))
    shown = found[:size]
    more = len(found) > size
    last = shown[-1] if shown else None
    return TimelinePage(shown, str(Cursor(last.at, last.source, last.key)) if more and last else "")


def _sources(group: str) -> list[str]:
    if group == timeline.NOTES:
        return ["interaction", "note"]
    if group:
        return ["interaction"]
    return [*_OWN, *TIMELINE]


def _read_source(
    name: str, contact: Contact, group: str, *, cursor: Cursor | None, size: int, readers: Readers
) -> list[Entry]:
    if name not in _OWN:
        later = cursor is not None and name > cursor.source
        before = cursor.at + timedelta(microseconds=1 if later else 0) if cursor else _END_OF_TIME
        entries = TIMELINE[name].entries(contact, before, size)
        return [replace(entry, source=name) for entry in entries]
    rows, field, shape = _OWN[name]
    queryset: QuerySet[Any] = rows(contact, group)
    if cursor:
        queryset = queryset.filter(**{f"{field}__lte": cursor.at}).exclude(
            _shown_already(name, field, cursor)
        )
    return [shape(row, readers) for row in queryset.order_by(f"-{field}", "-id")[:size]]


def _shown_already(name: str, field: str, cursor: Cursor) -> Q:
    """At the cursor's own instant: all of the sources before it, and of its own source what came first."""
    if name < cursor.source:
        return Q(**{field: cursor.at})
    if name == cursor.source:
        return Q(**{field: cursor.at, "id__gte": cursor.key})
    return Q(pk__in=[])


def _interactions(contact: Contact, group: str) -> QuerySet[Interaction]:
    rows = Interaction.objects.filter(contact=contact)
    return rows.filter(kind__in=timeline.spellings(group)) if group else rows


def _interaction(row: Interaction, readers: Readers) -> Entry:
    return timeline.interaction_entry(
        at=row.at,
        kind=row.kind,
        amount=row.amount,
        currency=row.currency,
        properties=row.properties,
        source=row.source,
        key=row.pk,
    )


def _notes(contact: Contact, group: str) -> QuerySet[Note]:
    return Note.objects.filter(contact=contact, removed_at__isnull=True).select_related("author")


def _note(row: Note, readers: Readers) -> Entry:
    by = row.author.name if row.author else ""
    edited = " · edited" if row.edited_at else ""
    return Entry(
        at=row.created_at,
        icon="note",
        title=row.body,
        by=f"{by}{edited}",
        tone="warn",
        source="note",
        key=row.pk,
    )


def _consents(contact: Contact, group: str) -> QuerySet[ConsentEntry]:
    return ConsentEntry.objects.filter(contact=contact)


def _consent(row: ConsentEntry, readers: Readers) -> Entry:
    what = f"{_CHANNELS[row.channel]} for {row.purpose}"
    return Entry(
        at=row.at,
        icon="check" if row.granted else "cross",
        title=f"Allowed: {what}" if row.granted else f"Not allowed: {what}",
        detail=" · ".join(part for part in (row.source, row.proof) if part),
        tone="good" if row.granted else "bad",
        source="consent",
        key=row.pk,
    )


def _changes(contact: Contact, group: str) -> QuerySet[ContactChange]:
    return ContactChange.objects.filter(contact=contact).select_related("by", "contact")


def _change(row: ContactChange, readers: Readers) -> Entry:
    made = row.at == row.contact.created_at
    title = "Customer record made" if made else "Profile changed"
    if row.source.startswith(MERGED):
        title = f"Customer {row.source.removeprefix(MERGED)} was merged in"
    elif row.source == UNDONE:
        title = "A merge was undone"
    return Entry(
        at=row.at,
        icon="plus" if made else "edit",
        title=title,
        detail=timeline.change_detail(row.changes, readers.labels, readers.hidden),
        by=row.by.name if row.by else row.source,
        source="change",
        key=row.pk,
    )


def _tasks(contact: Contact, group: str) -> QuerySet[Task]:
    return Task.objects.filter(contact=contact, removed_at__isnull=True).select_related(
        "created_by", "assignee", "done_by"
    )


def _task(row: Task, readers: Readers) -> Entry:
    parts = [f"For {row.assignee.name}" if row.assignee else "For nobody yet"]
    if row.due_on:
        parts.append(f"by {row.due_on.day} {row.due_on:%b %Y}")
    return Entry(
        at=row.created_at,
        icon="list",
        title=f"Task: {row.title}",
        detail=", ".join(parts),
        by=row.created_by.name if row.created_by else "",
        source="task",
        key=row.pk,
    )


def _done_tasks(contact: Contact, group: str) -> QuerySet[Task]:
    return _tasks(contact, group).filter(done_at__isnull=False)


def _done_task(row: Task, readers: Readers) -> Entry:
    return Entry(
        at=row.done_at or row.created_at,
        icon="check",
        title=f"Done: {row.title}",
        by=row.done_by.name if row.done_by else "",
        tone="good",
        source="task_done",
        key=row.pk,
    )


Rows = Callable[[Contact, str], QuerySet[Any]]
_OWN: dict[str, tuple[Rows, str, Callable[[Any, Readers], Entry]]] = {
    "change": (_changes, "at", _change),
    "consent": (_consents, "at", _consent),
    "interaction": (_interactions, "at", _interaction),
    "note": (_notes, "created_at", _note),
    "task": (_tasks, "created_at", _task),
    "task_done": (_done_tasks, "done_at", _done_task),
}


def hidden_names(sensitive: Iterable[str], *, see_sensitive: bool) -> frozenset[str]:
    """The names of attributes a viewer may not see."""
    return frozenset() if see_sensitive else frozenset(sensitive)


@dataclass(frozen=True)
class Edit:
    """One edit of a contact, ready to be shown: what, before and after."""

    pk: int
    at: datetime
    by: str
    lines: Sequence[tuple[str, str, str]]


def changes(contact: Contact, *, after: str, readers: Readers, size: int = PAGE) -> Page[Edit]:
    """A page of a contact's edits, newest first; `after` is the id of the last one seen. One query.

    Those of customers who were merged into this one are among them, told as theirs.
    """
    merged = Contact.objects.filter(merged_into=contact).values("pk")
    rows = ContactChange.objects.filter(Q(contact=contact) | Q(contact__in=merged)).select_related("by")
    cursor = Cursor.read(after)
    if cursor:
        rows = rows.filter(at__lte=cursor.at).exclude(Q(at=cursor.at, id__gte=cursor.key))
    found = list(rows.order_by("-at", "-id")[: size + 1])
    shown = [_edit(row, contact, readers) for row in found[:size]]
    last = shown[-1] if len(found) > size else None
    key = str(Cursor(last.at, "change", last.pk)) if last else ""
    return Page(rows=shown, next_key=key, first=not after, size=size)


def _edit(row: ContactChange, contact: Contact, readers: Readers) -> Edit:
    lines = []
    for name, (before, after) in row.changes.items():
        label = readers.labels.get(name, timeline.readable(name))
        hidden = name in readers.hidden
        lines.append(
            (
                label,
                "hidden: sensitive" if hidden else timeline.shown(before),
                "hidden: sensitive" if hidden else timeline.shown(after),
            )
        )
    by = row.by.name if row.by else row.source
    if row.contact_id != contact.pk:
        by = f"{by}, of customer {row.contact_id}"
    elif row.by and row.source.startswith((MERGED, UNDONE)):
        by = f"{by}, {row.source}"
    return Edit(row.pk, row.at, by, lines)
