"""What people do on the pages of customers, through the browser's door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from crm.actions import contacts, notes, tagging
from crm.actions.contacts import Naming
from crm.domain.roles import Role
from crm.models import AttributeDefinition, AuditEntry, Contact, Interaction, Note, User
from crm.panels import TIMELINE

HTMX = {"HX-Request": "true"}
FORMULAS = ["=1+1", "-1+1", "\t=1+1", "＋1+1", "@SUM(A1)", '=HYPERLINK("http://evil.example","x")']
XSS = [
    "<script>window.__x=1</script>",
    "<svg/onload=window.__x=1>",
    "<img src=x:x onerror=&#119;indow.__x=1>",
]


@pytest.fixture
def ada(person: Callable[..., User], noon: datetime) -> Contact:
    for name, label, kind, sensitive in (
        ("city", "City", "text", False),
        ("income", "Income", "number", True),
        ("born", "Born", "date", False),
        ("newsletter", "Newsletter", "yes/no", False),
        ("visit", "Last visit", "instant", False),
    ):
        AttributeDefinition.objects.create(name=name, label=label, type=kind, sensitive=sensitive)
    return contacts.create(
        first_name="Ada",
        last_name="Lovelace",
        identifiers=[Naming("email", "ada@engines.example.com")],
        attributes={
            "city": "London",
            "income": 73521,
            "born": "--12-10",
            "visit": "2026-01-01T10:00:00.123+00:00",
        },
        by=person(Role.SERVICE),
        at=noon,
    )


def form_of(ada: Contact, **changes: str) -> dict[str, str]:
    """What a browser sends for the edit form, with some fields changed."""
    ids = dict(AttributeDefinition.objects.values_list("name", "pk"))
    sent = {
        "seen": ada.updated_at.isoformat(),
        "first_name": ada.first_name,
        "last_name": ada.last_name,
        "company": "",
        "emails": "ada@engines.example.com",
        "phones": "",
        "external_ids": "",
        f"attribute_{ids['city']}": "London",
        f"attribute_{ids['income']}": "73521",
        f"attribute_{ids['born']}": "--12-10",
        f"attribute_{ids['newsletter']}": "",
        f"attribute_{ids['visit']}": "2026-01-01T10:00:00",
    }
    return sent | {
        f"attribute_{ids[name]}" if name in ids else name: value for name, value in changes.items()
    }


def test_saving_without_a_change_changes_nothing(ada: Contact, signed_in: Callable[..., Client]) -> None:
    assert signed_in(Role.SERVICE).post(f"/contacts/{ada.pk}/edit/", form_of(ada)).status_code == 302
    assert Contact.objects.get().attributes == ada.attributes
    assert AuditEntry.objects.count() == 1


def test_attributes_are_kept_by_their_type(ada: Contact, signed_in: Callable[..., Client]) -> None:
    sent = form_of(ada, income="10.5", newsletter="false", city="", visit="2026-02-03T04:05")
    assert signed_in(Role.SERVICE).post(f"/contacts/{ada.pk}/edit/", sent).status_code == 302
    assert Contact.objects.get().attributes == {
        "income": 10.5,
        "newsletter": False,
        "born": "--12-10",
        "visit": "2026-02-03T04:05:00+00:00",
    }


def test_what_was_entered_stays_when_somebody_was_faster(
    ada: Contact, signed_in: Callable[..., Client], person: Callable[..., User], noon: datetime
) -> None:
    sent = form_of(ada, city="Paris")
    contacts.edit(contact_id=ada.pk, first_name="A.", by=person(Role.SERVICE), at=noon + timedelta(hours=1))
    answer = signed_in(Role.SERVICE).post(f"/contacts/{ada.pk}/edit/", sent)
    assert answer.status_code == 422
    assert "Somebody changed this customer" in answer.content.decode()
    assert "Paris" in answer.content.decode()


def test_wrong_entries_say_what_to_do(ada: Contact, signed_in: Callable[..., Client]) -> None:
    client = signed_in(Role.SERVICE)
    answer = client.post("/contacts/new/", {"first_name": "Eve", "emails": "no address"})
    assert (answer.status_code, b"is no e-mail address" in answer.content) == (422, True)
    answer = client.post("/contacts/new/", {"first_name": "Eve", "emails": "ada@engines.example.com"})
    assert b"belongs to another customer" in answer.content
    assert f"/contacts/{ada.pk}/".encode() in answer.content
    assert client.post("/contacts/new/", {}).status_code == 422


def test_sensitive_values_are_hidden_from_those_without_the_right(
    ada: Contact, signed_in: Callable[..., Client]
) -> None:
    for path in ("", "edit/", "history/", "timeline/"):
        url = f"/contacts/{ada.pk}/{path}"
        marketer = signed_in(Role.MARKETER).get(url).content.decode()
        assert "73521" not in marketer
        assert "73,521" not in marketer
    assert "hidden: sensitive" in signed_in(Role.MARKETER).get(f"/contacts/{ada.pk}/").content.decode()
    assert "73,521" in signed_in(Role.SERVICE).get(f"/contacts/{ada.pk}/").content.decode()
    AttributeDefinition.objects.filter(name="income").update(retired_at=ada.created_at)
    assert "73521" not in signed_in(Role.MARKETER).get(f"/contacts/{ada.pk}/").content.decode()


def test_the_export_disarms_formulas_and_hides_what_is_sensitive(
    ada: Contact, signed_in: Callable[..., Client], person: Callable[..., User], noon: datetime
) -> None:
    for text in FORMULAS:
        contacts.create(first_name="x", attributes={"city": text}, by=person(Role.SERVICE), at=noon)
    manager = b"".join(signed_in(Role.MANAGER).get("/contacts/export.csv").streaming_content).decode(
        "utf-8-sig"
    )
    boss = b"".join(signed_in(Role.ADMINISTRATOR).get("/contacts/export.csv").streaming_content).decode()
    assert "73521" not in manager
    assert "73521" in boss
    for cell in (cell for line in manager.splitlines() for cell in line.split(",")):
        assert not cell.strip('"').startswith(("=", "-1", "@", "\t", "＋"))
    assert AuditEntry.objects.filter(action="contacts.exported").count() == 2


@pytest.mark.parametrize("text", XSS)
def test_texts_of_customers_are_never_markup(
    text: str, signed_in: Callable[..., Client], person: Callable[..., User], noon: datetime
) -> None:
    by = person(Role.ADMINISTRATOR)
    AttributeDefinition.objects.create(name=text, label=text, type="text")
    someone = contacts.create(
        first_name=text,
        company=text,
        identifiers=[Naming("external_id", text)],
        attributes={text: text},
        by=by,
        at=noon,
    )
    notes.add(contact=someone, body=text, by=by, at=noon)
    tagging.tag_many(contact_ids=[someone.pk], tag=text, by=by, at=noon)
    Interaction.objects.create(
        contact=someone, kind=text, at=noon, properties={text: text}, source=text, message_id="1"
    )
    client = signed_in(Role.ADMINISTRATOR)
    at = f"/contacts/{someone.pk}/"
    urls = ["/contacts/", at, at + "edit/", at + "history/", at + "erase/", "/companies/", "/attributes/"]
    for url in urls:
        assert text not in client.get(url).content.decode(), url
    assert text not in client.get("/contacts/", {"q": text, "tag": text}).content.decode()


def test_htmx_gets_the_rows_alone(ada: Contact, signed_in: Callable[..., Client]) -> None:
    client = signed_in(Role.SERVICE)
    answer = client.get("/contacts/?q=ada", headers=HTMX)
    assert b"<html" not in answer.content
    assert b"Ada Lovelace" in answer.content
    assert "HX-Request" in answer["Vary"]
    assert b"<html" in client.get("/contacts/?q=ada").content


def test_a_timeline_of_one_instant_shows_everything_once(
    ada: Contact, signed_in: Callable[..., Client], person: Callable[..., User], noon: datetime
) -> None:
    for number in range(30):
        Interaction.objects.create(
            contact=ada,
            kind="purchase",
            at=noon,
            properties={"product": f"P{number}."},
            source="s",
            message_id=str(number),
        )
        notes.add(contact=ada, body=f"N{number}.", by=person(Role.SERVICE), at=noon)
    client, found, after = signed_in(Role.SERVICE), "", ""
    for _ in range(9):
        answer = client.get(f"/contacts/{ada.pk}/timeline/", {"after": after})
        found += answer.content.decode()
        after = answer.context["timeline"].next
        if not after:
            break
    for number in range(30):
        assert (found.count(f"P{number}."), found.count(f"N{number}.")) == (1, 1)
    only_notes = client.get(f"/contacts/{ada.pk}/?group=notes").content.decode()
    assert "N29." in only_notes
    assert "P29." not in only_notes


def test_a_note_is_removed_and_brought_back(ada: Contact, signed_in: Callable[..., Client]) -> None:
    client, at = signed_in(Role.SERVICE), f"/contacts/{ada.pk}/"
    client.post(at + "notes/", {"body": "Likes tea"})
    note = Note.objects.get()
    answer = client.post(f"{at}notes/{note.pk}/remove/", follow=True)
    assert b"The note is removed" in answer.content
    assert b"Likes tea" not in answer.content
    assert b"Likes tea" in client.post(f"{at}notes/{note.pk}/restore/", follow=True).content


def test_many_are_tagged_at_once(
    ada: Contact, contact: Callable[..., Contact], signed_in: Callable[..., Client]
) -> None:
    others = [contact("Bo", str(number)) for number in range(3)]
    client = signed_in(Role.MARKETER)
    client.post("/contacts/tag/", {"do": "tag", "tag": "vip", "contact": [others[0].pk, ada.pk]})
    assert {
        pk for pk, attributes in Contact.objects.values_list("pk", "attributes") if "tags" in attributes
    } == {others[0].pk, ada.pk}
    client.post("/contacts/tag/?tag=vip", {"do": "untag", "tag": "vip", "everyone": "1"})
    assert not any(
        "tags" in attributes for attributes in Contact.objects.values_list("attributes", flat=True)
    )
    assert b"Tick the customers first" in client.post("/contacts/tag/", {"tag": "x"}, follow=True).content


def test_erasing_asks_for_the_number(ada: Contact, signed_in: Callable[..., Client]) -> None:
    client, url = signed_in(Role.ADMINISTRATOR), f"/contacts/{ada.pk}/erase/"
    assert client.post(url, {"number": "0"}).status_code == 422
    assert client.post(url, {"number": str(ada.pk)}).status_code == 302
    assert client.get(f"/contacts/{ada.pk}/").status_code == 410
    assert client.get(f"/contacts/{ada.pk}/edit/").status_code == 404


def test_the_page_takes_the_same_queries_whatever_happened(
    ada: Contact,
    signed_in: Callable[..., Client],
    django_assert_num_queries: Any,
    noon: datetime,
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr("crm.pages.contacts.panels_for", lambda viewer: [])
    for name in list(TIMELINE):
        monkeypatch.delitem(TIMELINE, name)
    client, url = signed_in(Role.SERVICE), f"/contacts/{ada.pk}/"
    with django_assert_num_queries(22):
        client.get(url)
    for number in range(30):
        Interaction.objects.create(contact=ada, kind="call", at=noon, source="s", message_id=str(number))
    with django_assert_num_queries(22):
        client.get(url)


def test_a_conversation_is_logged_without_any_script(
    ada: Contact, signed_in: Callable[[str], Client]
) -> None:
    """The page by itself is filled in like its dialog: now, and an id by which a second sending is none."""
    browser = signed_in("service")
    form = browser.get(f"/contacts/{ada.pk}/interactions/").context["form"]
    assert form["happened_at"].value() is not None
    entered = {
        "message_id": form["message_id"].value(),
        "happened_at": "2026-03-01T10:00",
        "kind": "call",
        "summary": "Asked for the tent",
    }
    for _ in range(2):
        assert browser.post(f"/contacts/{ada.pk}/interactions/", entered).status_code == 302
    assert Interaction.objects.filter(contact=ada, kind="call").count() == 1
