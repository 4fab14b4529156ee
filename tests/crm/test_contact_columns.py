"""The columns of the list of customers: what they say, who may see them, in the page and in its file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm.actions import contacts, tasks
from crm.models import AttributeDefinition, Company, Consent, Contact, User
from crm.queries.contact_columns import MOST, chosen, columns_for

SIGN_IN = Callable[[str], Client]


@pytest.fixture
def four(person: Callable[[str], User], noon: datetime) -> dict[str, Contact]:
    """Yes with an address, no, yes without an address, never asked."""
    AttributeDefinition.objects.create(name="size", label="Shoe size", type="number")
    AttributeDefinition.objects.create(name="note", label="Health note", type="text", sensitive=True)
    found = {
        name: contacts.create(
            first_name=name.title(),
            last_name="Lovelace",
            identifiers=[] if name == "gone" else [contacts.Naming("email", f"{name}@facet.example")],
            attributes={"size": 1_042.5, "note": "secret knee"},
            by=person("administrator"),
            at=noon,
        )
        for name in ("yes", "no", "gone", "new")
    }
    for name, granted in (("yes", True), ("no", False), ("gone", True)):
        Consent.objects.create(
            contact=found[name], channel="email", purpose="offers", granted=granted, since=noon
        )
    Consent.objects.create(contact=found["new"], channel="email", purpose="service", granted=True, since=noon)
    return found


def column(page: str, label: str) -> list[str]:
    """The texts of one column of the list, from top to bottom."""
    table = re.search(r"<table.*?</table>", page.replace("<wbr>", ""), re.S)
    assert table
    rows = [
        [re.sub(r"<[^>]*>|\s+", " ", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)]
        for row in re.findall(r"<tr>.*?</tr>", table[0], re.S)
    ]
    place = rows[0].index(label)
    return [row[place] for row in rows[1:]]


def test_may_e_mail_says_why_not(four: dict[str, Contact], signed_in: SIGN_IN) -> None:
    page = signed_in("service").get("/contacts/").content.decode()
    assert column(page, "May e-mail") == ["Not asked", "No address", "No: took it back", "Yes"]
    narrowed = signed_in("service").get("/contacts/?q=yes").content.decode()
    assert column(narrowed, "May e-mail") == ["Yes"]


def test_columns_are_chosen_by_the_address_and_kept_while_searching(
    four: dict[str, Contact], signed_in: SIGN_IN, person: Callable[[str], User], noon: datetime
) -> None:
    by = person("marketer")
    for title, who in (("Call", by), ("Write", by), ("Wait", None)):
        tasks.add(contact=four["yes"], title=title, due_on=date(2026, 4, 1), assignee=who, by=by, at=noon)
    client = signed_in("service")
    page = client.get("/contacts/?q=yes&col=tasks_with&col=attribute:size").content.decode()
    assert column(page, "Open tasks with") == ["Marketer Person, nobody yet"]
    assert column(page, "Shoe size") == ["1,042.5"]
    assert '<th scope="col" class="wide-only' not in page
    assert "Phone</th>" not in page
    assert '<input type="hidden" name="col" value="attribute:size">' in page
    assert '<input type="hidden" name="q" value="yes">' in page
    rows = client.get("/contacts/?q=y&col=attribute:size", headers={"HX-Request": "true"}).content.decode()
    assert column(rows, "Shoe size") == ["1,042.5"]
    assert "Phone</th>" in client.get("/contacts/?col=nothing").content.decode(), (
        "nothing known: the usual ones"
    )


def test_what_is_sensitive_is_no_column_for_who_may_not_see_it(
    four: dict[str, Contact], signed_in: SIGN_IN
) -> None:
    asked = "/contacts/?col=attribute:note&col=email"
    assert "secret knee" not in signed_in("marketer").get(asked).content.decode()
    assert "Health note" not in signed_in("marketer").get("/contacts/").content.decode()
    assert (
        column(signed_in("administrator").get(asked).content.decode(), "Health note") == ["secret knee"] * 4
    )
    assert b"secret knee" not in b"".join(
        signed_in("marketer").get("/contacts/export.csv?col=attribute:note")
    )


def test_the_file_has_the_columns_asked_for_or_all(four: dict[str, Contact], signed_in: SIGN_IN) -> None:
    def file(query: str) -> list[list[str]]:
        answer: Any = signed_in("manager").get(f"/contacts/export.csv{query}")
        return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))

    header, *rows = file("")
    assert header[7:] == ["May e-mail", "Since", "Changed", "Open tasks with", "Shoe size"]
    assert [row[7] for row in rows] == ["not asked", "no address", "no: took it back", "yes"]
    assert rows[0][11] == "1042.5"
    assert datetime.fromisoformat(rows[0][8])
    header, *rows = file("?q=yes&col=may_email&col=email&col=segments")
    assert header[7:] == ["Segments", "May e-mail"]
    assert [row[7:] for row in rows] == [["", "yes"]]


def test_the_list_takes_as_many_queries_for_one_as_for_many(
    four: dict[str, Contact], signed_in: SIGN_IN
) -> None:
    client = signed_in("service")
    query = "col=may_email&col=tasks_with&col=attribute:size&col=company"
    client.get(f"/contacts/?{query}")
    with CaptureQueriesContext(connection) as one:
        client.get(f"/contacts/?q=yes&{query}", headers={"HX-Request": "true"})
    with CaptureQueriesContext(connection) as many:
        client.get(f"/contacts/?q=lovelace&{query}", headers={"HX-Request": "true"})
    assert len(many) == len(one)
    with CaptureQueriesContext(connection) as usual:
        client.get("/contacts/?q=lovelace", headers={"HX-Request": "true"})
    assert len(usual) == len(many) - 1, "tasks are read only where they are asked for"


def test_a_company_shows_its_customers_in_the_columns_asked_for(
    four: dict[str, Contact], signed_in: SIGN_IN
) -> None:
    firm = Company.objects.create(name="Analytical Engines")
    Contact.objects.filter(pk__in=[four["yes"].pk, four["no"].pk]).update(company=firm)
    page = signed_in("service").get(f"/companies/{firm.pk}/").content.decode()
    assert column(page, "E-mail") == ["no@facet.example", "yes@facet.example"]
    assert "no@<wbr>facet<wbr>.example" in page
    page = signed_in("service").get(f"/companies/{firm.pk}/?col=attribute:size").content.decode()
    assert column(page, "Shoe size") == ["1,042.5", "1,042.5"]
    assert f'name="company" value="{firm.pk}"' in page, (
        "more columns are chosen in the list, narrowed to them"
    )


def test_no_more_columns_than_fit(db: None) -> None:
    choices = columns_for(see_sensitive=True)
    assert len(chosen(choices * 3, [one.key for one in choices])) == MOST
    assert [one.key for one in chosen(choices, [])] == [
        "segments", "email", "may_email", "phone", "company", "since"
    ]  # fmt: skip
