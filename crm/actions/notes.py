"""What colleagues write about a contact; a removed note can be brought back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from crm.actions import auditing
from crm.actions.holding import GONE, gone_of
from crm.models import Contact, Note, User


class NoteRefused(ValueError):
    """The note cannot be kept so; the text says what to do."""


def add(*, contact: Contact, body: str, by: User | None, at: datetime) -> Note:
    """A new note. Raises `NoteRefused` where there is nothing in it."""
    with transaction.atomic():
        if gone_of([contact.pk]):
            raise NoteRefused(GONE)
        note = Note.objects.create(contact=contact, body=_checked(body), author=by, created_at=at)
        _audit("added", note, by=by, at=at)
    return note


def edit(*, note: Note, body: str, by: User, at: datetime) -> Note:
    """The note with other words; its day stays, and that it was edited shows."""
    with transaction.atomic():
        note.body = _checked(body)
        note.edited_at = at
        note.save(update_fields=["body", "edited_at"])
        _audit("edited", note, by=by, at=at)
    return note


def remove(*, note: Note, by: User, at: datetime) -> None:
    """Take the note out of sight; `restore` brings it back."""
    with transaction.atomic():
        if Note.objects.filter(pk=note.pk, removed_at__isnull=True).update(removed_at=at):
            _audit("removed", note, by=by, at=at)


def restore(*, note: Note, by: User, at: datetime) -> None:
    """Undo `remove`."""
    with transaction.atomic():
        if Note.objects.filter(pk=note.pk, removed_at__isnull=False).update(removed_at=None):
            _audit("restored", note, by=by, at=at)


def _checked(body: str) -> str:
    body = body.replace("\r\n", "\n").replace("\x00", "").strip()
    if not body:
        raise NoteRefused("Write something first: an empty note is not kept.")
    if len(body) > 10_000:
        raise NoteRefused("A note holds 10,000 characters at most. Shorten it, or write two.")
    return body


def _audit(what: str, note: Note, *, by: User | None, at: datetime) -> None:
    auditing.record(action=f"note.{what}", subject=f"contact {note.contact_id}", by=by, at=at, note=note.pk)
