"""Tasks: given, done and undone, on the customer's page and on ‘My tasks’."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from crm.actions import tasks
from crm.domain.roles import Role
from crm.kit.clock import now
from crm.models import Task, User
from crm.queries import tasks as reading
from crm.queries.tasks import Wanted, page_of_tasks


@pytest.fixture
def give(contact, person, noon):
    """Makes a task: `give("Call", days=1)`."""
    ada = contact()

    def make(title="Call", *, days=None, assignee=None, at=noon, on=None):
        due = None if days is None else at.date() + timedelta(days=days)
        who = person("service") if assignee is None else assignee
        return tasks.add(
            contact=on or ada, title=title, due_on=due, assignee=who, by=person("marketer"), at=at
        )

    return make


def titles(page):
    return [row.task.title for row in page.rows]


def test_open_tasks_come_by_day(give, person, noon, django_assert_num_queries):
    for title, days in (("Late", -3), ("Now", 0), ("Soon", 4), ("Some day", None)):
        give(title, days=days)
    give("Not mine", assignee=person("manager"))
    reading.waiting_for(person("service"), at=noon)  # makes the account
    viewer = person("service")
    with django_assert_num_queries(2):
        page = page_of_tasks(Wanted(), viewer=viewer, after="", at=noon)
    assert [(row.task.title, row.when) for row in page.rows] == [
        ("Late", "overdue"),
        ("Now", "today"),
        ("Soon", "later"),
        ("Some day", "someday"),
    ]
    assert reading.waiting_for(person("service"), at=noon) == 2
    assert "Not mine" in titles(page_of_tasks(Wanted("all"), viewer=person("service"), after="", at=noon))


@pytest.mark.parametrize("done", [False, True])
def test_pages_go_by_key_and_miss_nobody(give, person, noon, done):
    for number in range(7):
        task = give(f"T{number}", days=None if number > 4 else number % 2)
        if done:
            tasks.finish(task=task, by=person("service"), at=noon + timedelta(minutes=number // 2))
    seen, after = [], ""
    while True:
        page = page_of_tasks(Wanted(done=done), viewer=person("service"), after=after, at=noon, size=2)
        seen += titles(page)
        after = page.next_key
        if not after:
            break
    assert sorted(seen) == [f"T{number}" for number in range(7)]
    for spoilt in ("x", "~", "2026-99-99~1", "~5x"):
        page_of_tasks(Wanted(done=done), viewer=person("service"), after=spoilt, at=noon)


def test_done_and_undone(give, signed_in, person):
    task = give("Call back", at=now())
    client = signed_in("service")
    answer = client.post(f"/tasks/{task.pk}/done/?whose=all", {"on": "tasks"})
    assert answer["Location"] == f"/tasks/?whose=all&undo=reopen-{task.pk}"
    task.refresh_from_db()
    assert task.done_by == person("service")
    page = client.get(answer["Location"]).content.decode()
    assert f'action="/tasks/{task.pk}/reopen/?whose=all"' in page
    assert client.post(f"/tasks/{task.pk}/reopen/").status_code == 302
    task.refresh_from_db()
    assert task.done_at is None
    answer = client.post(f"/tasks/{task.pk}/remove/")
    assert answer["Location"] == f"/contacts/{task.contact_id}/?undo=restore-{task.pk}"
    assert "is removed" in client.get(answer["Location"]).content.decode()
    assert "Call back" not in client.get("/tasks/").content.decode()
    client.post(f"/tasks/{task.pk}/restore/")
    assert "Call back" in client.get("/tasks/").content.decode()


def test_a_second_done_changes_nothing(give, person, noon):
    task = give()
    assert tasks.finish(task=task, by=person("service"), at=noon)
    assert not tasks.finish(task=task, by=person("manager"), at=noon)


def test_given_and_changed_on_the_customers_page(contact, signed_in, person):
    ada = contact()
    client = signed_in("service")
    sent = {"title": " Send <b>voucher</b> ", "due_on": "2026-12-01", "assignee": person("marketer").pk}
    assert client.post(f"/contacts/{ada.pk}/tasks/", sent).status_code == 302
    page = client.get(f"/contacts/{ada.pk}/").content.decode()
    assert "Send &lt;b&gt;voucher&lt;/b&gt;" in page
    assert "Task: Send &lt;b&gt;voucher" in page
    task = Task.objects.get()
    assert client.post(f"/tasks/{task.pk}/", {"title": ""}).status_code == 422
    assert client.post(f"/tasks/{task.pk}/", {"title": "Send it", "assignee": ""}).status_code == 302
    task.refresh_from_db()
    assert (task.title, task.assignee, task.due_on) == ("Send it", None, None)
    client.post(f"/tasks/{task.pk}/done/")
    page = client.get(f"/contacts/{ada.pk}/").content.decode()
    assert "Done: Send it" in page


def test_who_left_gets_no_task(give, person):
    gone = User.objects.create_user("gone@facet.example", None, name="Gone", role=Role.SERVICE)
    gone.is_active = False
    gone.save()
    with pytest.raises(tasks.TaskRefused, match="does not sign in"):
        give(assignee=gone)
    with pytest.raises(tasks.TaskRefused, match="300 characters"):
        give("x" * 301)


def test_the_database_wants_a_title(contact, noon):
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.create(contact=contact(), title="", created_at=noon)


@pytest.mark.parametrize("role", list(Role))
def test_everyone_keeps_tasks_and_strangers_none(signed_in, give, role):
    task = give()
    client = signed_in(role)
    for address in ("/tasks/", "/tasks/?whose=all&state=done", f"/tasks/{task.pk}/"):
        assert client.get(address).status_code == 200
        assert Client().get(address).status_code == 302
    assert Client().post(f"/tasks/{task.pk}/done/")["Location"].startswith("/sign-in/")
    assert client.post(f"/tasks/{task.pk}/explode/").status_code == 404
    assert client.get(f"/tasks/{task.pk}/done/").status_code == 405


def test_tasks_of_the_erased_are_gone(give, person, signed_in, noon):
    from crm.actions import erasing

    task = give()
    erasing.erase(contact=task.contact, by=person("administrator"), at=noon)
    assert not Task.objects.exists()
    assert signed_in("service").get(f"/tasks/{task.pk}/").status_code == 404
