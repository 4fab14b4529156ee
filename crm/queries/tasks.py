"""What is to be done: on one customer, by one colleague, by everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from crm.kit.paging import Page, whole
from crm.models import Contact, Task, User
from crm.queries.accounts import account_zone

PAGE = 50
ON_CARD = 20
DONE_ON_CARD = 3
UNDONE_WITHIN = timedelta(hours=1)
MINE, ANYBODYS, NOBODYS = "", "all", "nobody"
_NO_DAY = date(9999, 12, 31)


@dataclass(frozen=True)
class Due:
    """A task with how it stands today: overdue, today, later, or someday."""

    task: Task
    when: str

    @property
    def tone(self) -> str:
        """How urgent it looks."""
        return {"overdue": "bad", "today": "warn"}.get(self.when, "calm")


@dataclass(frozen=True)
class Wanted:
    """Which tasks a page is about: whose (a colleague's number, or a word), and done ones instead of open ones."""

    whose: str = MINE
    done: bool = False


@dataclass(frozen=True)
class Undoable:
    """A task, and the act that takes back what was just done with it."""

    task: Task
    act: str


def due(task: Task, *, today: date) -> Due:
    """How a task stands on a day."""
    if task.done_at:
        return Due(task, "done")
    if task.due_on is None:
        return Due(task, "someday")
    return Due(task, "overdue" if task.due_on < today else "today" if task.due_on == today else "later")


def today_of(at: datetime) -> date:
    """The account's day."""
    return at.astimezone(account_zone()).date()


def card_of(contact: Contact, *, at: datetime) -> Mapping[str, Any]:
    """What the card on a customer's page needs: open tasks, soonest first, and the newest done ones; two queries."""
    rows = _living().filter(contact=contact)
    waiting = rows.filter(done_at__isnull=True).order_by(F("due_on").asc(nulls_last=True), "id")
    today = today_of(at)
    return {
        "contact": contact,
        "open": [due(task, today=today) for task in waiting[:ON_CARD]],
        "done": list(rows.filter(done_at__isnull=False).order_by("-done_at", "-id")[:DONE_ON_CARD]),
    }


def page_of_tasks(wanted: Wanted, *, viewer: User, after: str, at: datetime, size: int = PAGE) -> Page[Due]:
    """A page: open ones by day, those without one last; done ones newest first. One query and the account."""
    rows = _whose(_living(), wanted.whose, viewer)
    rows = _done_after(rows, after) if wanted.done else _open_after(rows, after)
    found = list(rows[: size + 1])
    today = today_of(at)
    key = _key(found[size - 1], wanted) if len(found) > size else ""
    return Page([due(task, today=today) for task in found[:size]], key, not after, size)


def undoable(text: str, *, at: datetime) -> Undoable | None:
    """What was just done or removed, read from `reopen-12` or `restore-12`, with the act that takes it back."""
    act, _, key = text.partition("-")
    number = whole(key)
    if act not in ("reopen", "restore") or number is None:
        return None
    field = "done_at__gte" if act == "reopen" else "removed_at__gte"
    task = Task.objects.filter(pk=number, **{field: at - UNDONE_WITHIN}).first()
    return Undoable(task, act) if task else None


def waiting_for(viewer: User, *, at: datetime, most: int = 100) -> int:
    """How many open tasks of a colleague are due today or were before, at most `most`; one query."""
    rows = Task.objects.filter(
        assignee=viewer, done_at__isnull=True, removed_at__isnull=True, due_on__lte=today_of(at)
    )
    return rows[:most].count()


def colleagues() -> Sequence[User]:
    """Who may be given a task, by name."""
    return list(User.objects.filter(is_active=True).order_by("name", "pk"))


def _living() -> QuerySet[Task]:
    rows = Task.objects.filter(removed_at__isnull=True, contact__erased_at__isnull=True)
    return rows.select_related("contact", "assignee", "done_by")


def _whose(rows: QuerySet[Task], whose: str, viewer: User) -> QuerySet[Task]:
    if whose == ANYBODYS:
        return rows
    if whose == NOBODYS:
        return rows.filter(assignee__isnull=True)
    number = whole(whose)
    return rows.filter(assignee_id=viewer.pk if number is None else number)


def _open_after(rows: QuerySet[Task], after: str) -> QuerySet[Task]:
    rows = rows.filter(done_at__isnull=True)
    day, _, text = after.partition("~")
    number = whole(text)
    if number is not None:
        try:
            last = date.fromisoformat(day)
        except ValueError:
            last = _NO_DAY
        if last == _NO_DAY:
            rows = rows.filter(due_on__isnull=True, id__gt=number)
        else:
            later = Q(due_on__gt=last) | Q(due_on=last, id__gt=number) | Q(due_on__isnull=True)
            rows = rows.filter(later)
    return rows.order_by(F("due_on").asc(nulls_last=True), "id")


def _done_after(rows: QuerySet[Task], after: str) -> QuerySet[Task]:
    rows = rows.filter(done_at__isnull=False)
    instant, _, text = after.partition("~")
    number = whole(text)
    if number is not None:
        try:
            last = datetime.fromisoformat(instant)
        except ValueError:
            return rows.order_by("-done_at", "-id")
        rows = rows.filter(Q(done_at__lt=last) | Q(done_at=last, id__lt=number))
    return rows.order_by("-done_at", "-id")


def _key(task: Task, wanted: Wanted) -> str:
    if wanted.done and task.done_at:
        return f"{task.done_at.isoformat()}~{task.pk}"
    return f"{(task.due_on or _NO_DAY).isoformat()}~{task.pk}"
