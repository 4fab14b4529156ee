"""What colleagues are to do for a customer: given, changed, done, taken back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from crm.actions import auditing
from crm.actions.holding import GONE, gone_of
from crm.domain.texts import one_line
from crm.models import Contact, Task, User


class TaskRefused(ValueError):
    """The task cannot be kept so; the text says what to do. `field` is what it is about."""

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field


def add(
    *, contact: Contact, title: str, due_on: date | None, assignee: User | None, by: User, at: datetime
) -> Task:
    """A new task. Raises `TaskRefused`."""
    terms = _terms(title, due_on, assignee)
    with transaction.atomic():
        if gone_of([contact.pk]):
            raise TaskRefused(GONE, "title")
        task = Task.objects.create(contact=contact, created_by=by, created_at=at, **terms)
        _audit("added", task, by=by, at=at, title=task.title)
    return task


def edit(
    *, task: Task, title: str, due_on: date | None, assignee: User | None, by: User, at: datetime
) -> Task:
    """The task with another title, day or colleague. Raises `TaskRefused`."""
    terms = _terms(title, due_on, assignee)
    with transaction.atomic():
        for name, value in terms.items():
            setattr(task, name, value)
        task.save(update_fields=list(terms))
        _audit("edited", task, by=by, at=at, title=task.title)
    return task


def finish(*, task: Task, by: User, at: datetime) -> bool:
    """Say that it is done; False if somebody was faster."""
    return _change("done", task, {"done_at__isnull": True}, {"done_at": at, "done_by": by}, by=by, at=at)


def reopen(*, task: Task, by: User, at: datetime) -> bool:
    """Undo `finish`."""
    undone: dict[str, Any] = {"done_at": None, "done_by": None}
    return _change("reopened", task, {"done_at__isnull": False}, undone, by=by, at=at)


def remove(*, task: Task, by: User, at: datetime) -> bool:
    """Take it out of sight; `restore` brings it back."""
    return _change("removed", task, {"removed_at__isnull": True}, {"removed_at": at}, by=by, at=at)


def restore(*, task: Task, by: User, at: datetime) -> bool:
    """Undo `remove`."""
    return _change("restored", task, {"removed_at__isnull": False}, {"removed_at": None}, by=by, at=at)


def _change(
    what: str, task: Task, where: dict[str, Any], values: dict[str, Any], *, by: User, at: datetime
) -> bool:
    with transaction.atomic():
        changed = Task.objects.filter(pk=task.pk, **where).update(**values)
        if changed:
            _audit(what, task, by=by, at=at)
    return bool(changed)


def _terms(title: str, due_on: date | None, assignee: User | None) -> dict[str, Any]:
    title = one_line(title)
    if not title:
        raise TaskRefused("Say in a few words what is to be done.", "title")
    if len(title) > 300:
        raise TaskRefused("300 characters at most. Write the rest into a note.", "title")
    if assignee is not None and not assignee.is_active:
        raise TaskRefused(f"{assignee.name} does not sign in any more. Choose somebody else.", "assignee")
    return {"title": title, "due_on": due_on, "assignee": assignee}


def _audit(what: str, task: Task, *, by: User, at: datetime, **detail: Any) -> None:
    auditing.record(
        action=f"task.{what}", subject=f"contact {task.contact_id}", by=by, at=at, task=task.pk, **detail
    )
