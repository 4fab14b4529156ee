"""Tasks: given on a customer's page, done there or on ‘My tasks’, and undone."""

from __future__ import annotations

from itertools import groupby

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.actions import tasks as writing
from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.kit.paging import throughout
from crm.models import Task
from crm.pages.access import allow, colleague
from crm.pages.contact_forms import TaskForm
from crm.pages.contacts import living_contact
from crm.pages.files import file_of_people
from crm.queries import tasks as reading

HEADINGS = {
    "overdue": "Overdue",
    "today": "Today",
    "later": "Later",
    "someday": "Without a day",
    "done": "Done",
}
ACTS = {
    "done": (writing.finish, "is done"),
    "reopen": (writing.reopen, "is open again"),
    "remove": (writing.remove, "is removed"),
    "restore": (writing.restore, "is back"),
}
UNDOES = {"done": "reopen", "remove": "restore"}


@allow(Permission.KEEP_TASKS)
@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """My tasks, or those of others: overdue, today, later."""
    person, at, wanted = colleague(request), now(), _wanted(request)
    page = reading.page_of_tasks(wanted, viewer=person, after=request.GET.get("after", ""), at=at)
    context = {
        "page": page,
        "groups": [
            (HEADINGS[when], list(rows)) for when, rows in groupby(page.rows, key=lambda row: row.when)
        ],
        "wanted": wanted,
        "colleagues": [one for one in reading.colleagues() if one.pk != person.pk],
        "undo": reading.undoable(request.GET.get("undo", ""), at=at),
        "may_export": person.may(Permission.EXPORT_CONTACTS),
    }
    return render(request, "crm/tasks.html", context)


@allow(Permission.EXPORT_CONTACTS)
@require_safe
def tasks_csv(request: HttpRequest) -> HttpResponseBase:
    """The same tasks as a file, with their customers."""
    person, at, wanted = colleague(request), now(), _wanted(request)
    rows = (
        (
            *(due.task.contact_id, due.task.contact.name, due.task.title, due.task.due_on or "", due.when),
            due.task.assignee.name if due.task.assignee else "",
            due.task.done_at.isoformat() if due.task.done_at else "",
            due.task.done_by.name if due.task.done_by else "",
        )
        for due in throughout(
            lambda after: reading.page_of_tasks(wanted, viewer=person, after=after, at=at, size=500)
        )
    )
    header = ("Customer", "Name", "Task", "Due", "When", "Assignee", "Done at", "Done by")
    return file_of_people(request, "tasks.csv", header, rows)


def _wanted(request: HttpRequest) -> reading.Wanted:
    return reading.Wanted(request.GET.get("whose", ""), request.GET.get("state", "") == "done")


@allow(Permission.KEEP_TASKS)
@require_http_methods(["GET", "HEAD", "POST"])
def task_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a task on a customer."""
    contact, person = living_contact(pk), colleague(request)
    form = TaskForm(request.POST if request.method == "POST" else None, initial={"assignee": person})
    if request.method == "POST" and form.is_valid():
        try:
            writing.add(contact=contact, **form.cleaned_data, by=person, at=now())
        except writing.TaskRefused as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, "The task is kept.")
            return redirect("contact", pk)
    context = {"contact": contact, "form": form, "title": "Give a task", "button": "Keep task"}
    return render(request, "crm/contact_entry.html", context, status=422 if form.errors else 200)


@allow(Permission.KEEP_TASKS)
@require_http_methods(["GET", "HEAD", "POST"])
def task_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what, when or who."""
    task = _task(pk)
    initial = {"title": task.title, "due_on": task.due_on, "assignee": task.assignee_id}
    form = TaskForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            writing.edit(task=task, **form.cleaned_data, by=colleague(request), at=now())
        except writing.TaskRefused as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, "The task is changed.")
            return redirect("contact", task.contact_id)
    context = {"contact": task.contact, "form": form, "title": "Edit task", "button": "Keep changes"}
    return render(request, "crm/contact_entry.html", context, status=422 if form.errors else 200)


@allow(Permission.KEEP_TASKS)
@require_POST
def task_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Done, open again, removed, back; then to where it was pressed, with the way back offered."""
    if act not in ACTS:
        raise Http404
    task = _task(pk)
    do, words = ACTS[act]
    changed = do(task=task, by=colleague(request), at=now())  # type: ignore[operator]
    query = QueryDict(request.GET.urlencode(), mutable=True)
    query.pop("undo", None)
    if changed and act in UNDOES:
        query["undo"] = f"{UNDOES[act]}-{pk}"
    elif not changed:
        messages.info(request, "Somebody was faster: nothing changed.")
    else:
        messages.success(request, f"‘{task.title}’ {words}.")
    home = (
        reverse("tasks") if request.POST.get("on") == "tasks" else reverse("contact", args=[task.contact_id])
    )
    return redirect(f"{home}?{query.urlencode()}" if query else home)


def _task(pk: int) -> Task:
    rows = Task.objects.select_related("contact").filter(contact__erased_at__isnull=True)
    return get_object_or_404(rows, pk=pk)
