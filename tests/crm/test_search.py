"""Finding customers: words, phones, tags, consent; keys of pages; totals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from crm.actions import consents, contacts, tagging
from crm.actions.contacts import Naming
from crm.domain.roles import Role
from crm.domain.search import query_words, tag_term, terms
from crm.models import Contact, User
from crm.panels import BADGES
from crm.queries import search
from crm.queries.contacts import every_row, list_page
from crm.queries.search import Selection

HOSTILE = [
    "<script>window.__x=1</script>",
    "\u202eevil",
    "İstanbul",
    "👨‍👩‍👧",
    "张伟",
    "__proto__",
    "Zoe\u0301",
]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Müller", "MULLER"),
        ("José-María", "maria"),
        ("O’Brien", "o'brien"),
        ("Łukasz", "lukasz"),
        ("İstanbul", "istanbul"),
        ("Zoe\u0301", "zoé"),
        ("张伟", "张"),
        ("Straße", "strasse"),
        ("\u202eevil", "evil"),
    ],
)
def test_folding_brings_together_what_people_type(name: str, typed: str) -> None:
    (word,) = query_words(typed)
    assert any(term.startswith(word) for term in terms(name, "", []))


def test_words_are_few_and_short() -> None:
    assert query_words("+43 (0)316 / 55-5014") == ["43316555014"]
    assert len(query_words("a b c d e f g h i j")) == 6
    assert all(len(term) <= 64 for term in terms("x" * 200, "", [("email", "y" * 250 + "@z.example")]))
    assert query_words(" \x00 ,;") == []
    assert tag_term(" Trade  Fair ") == tag_term("trade FAIR") == "#trade-fair"


@pytest.fixture
def people(person: Callable[..., User], noon: datetime) -> dict[str, Contact]:
    rows = [
        ("Anna", "Berger", "+43316555014"),
        ("Anna", "Bauer", ""),
        ("Annika", "Berg", ""),
        ("Otto", "Annas", ""),
    ]
    return {
        f"{first} {last}": contacts.create(
            first_name=first,
            last_name=last,
            identifiers=[Naming("email", f"{last}@example.com".lower())]
            + ([Naming("phone", phone)] if phone else []),
            by=person(Role.SERVICE),
            at=noon,
        )
        for first, last, phone in rows
    }


def names(selection: Selection, size: int = 50, after: str = "") -> list[str]:
    return [row.contact.name for row in list_page(selection, after=after, country="AT", size=size).rows]


def test_words_are_met_by_beginnings(people: dict[str, Contact]) -> None:
    assert sorted(names(Selection("ann"))) == ["Anna Bauer", "Anna Berger", "Annika Berg", "Otto Annas"]
    assert sorted(names(Selection("anna ber"))) == ["Anna Berger"]
    assert names(Selection("berger@example")) == ["Anna Berger"]
    assert names(Selection("+43 316 555")) == names(Selection("0316555")) == ["Anna Berger"]
    assert names(Selection("nobody")) == []
    assert names(Selection(" , ")) == []
    assert names(Selection("%")) == []


def test_pages_of_words_hold_everybody_once(people: dict[str, Contact]) -> None:
    found, after = [], ""
    while True:
        page = list_page(Selection("ann"), after=after, country="AT", size=1)
        found += [row.contact.pk for row in page.rows]
        after = page.next_key
        if not after:
            break
    assert sorted(found) == sorted(contact.pk for contact in people.values())


def test_filters_combine(people: dict[str, Contact], person: Callable[..., User], noon: datetime) -> None:
    by = person(Role.MARKETER)
    berger, bauer = people["Anna Berger"], people["Anna Bauer"]
    tagging.tag_many(contact_ids=[berger.pk, bauer.pk], tag="VIP", by=by, at=noon)
    consents.record(
        contact=bauer,
        channel="email",
        purpose="offers",
        granted=True,
        given_at=noon,
        source="form",
        by=by,
        at=noon,
    )
    contacts.edit(contact_id=berger.pk, company="Alpine", by=by, at=noon)
    company = Contact.objects.get(pk=berger.pk).company_id
    assert names(Selection(tag="vip")) == ["Anna Bauer", "Anna Berger"]
    assert names(Selection(consent=True)) == ["Anna Bauer"]
    assert names(Selection(tag="vip", consent=True)) == ["Anna Bauer"]
    assert names(Selection("berg", tag="VIP")) == ["Anna Berger"]
    assert names(Selection(company=company, tag="vip")) == ["Anna Berger"]
    assert names(Selection("anna", company=company, consent=True)) == []
    assert search.tags_in_use() == ["vip"]


def test_totals_are_exact_until_they_would_cost(people: dict[str, Contact], monkeypatch: Any) -> None:
    assert search.total(Selection(), country="AT") == search.Total(4, False)
    monkeypatch.setattr(search, "COUNTED_UP_TO", 3)
    assert search.total(Selection(), country="AT") == search.Total(3, True)


@pytest.mark.django_db
def test_a_list_takes_the_same_queries_for_one_as_for_many(
    people: dict[str, Contact], django_assert_num_queries: Any
) -> None:
    list_page(Selection(), after="", country="AT")
    with django_assert_num_queries(3 + len(BADGES)):
        list_page(Selection(), after="", country="AT", size=1)
    with django_assert_num_queries(3 + len(BADGES)):
        list_page(Selection("ann"), after="", country="AT")


def test_an_export_reads_everybody_in_parts(people: dict[str, Contact], monkeypatch: Any) -> None:
    monkeypatch.setattr("crm.queries.contacts.EXPORT_BATCH", 3)
    assert len(list(every_row(Selection(), country="AT"))) == 4
    assert len(list(every_row(Selection("ann"), country="AT"))) == 4


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_kept_and_found(name: str, person: Callable[..., User], noon: datetime) -> None:
    contacts.create(first_name=name, by=person(Role.SERVICE), at=noon)
    assert names(Selection(name)) == [name]
