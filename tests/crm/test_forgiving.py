"""A customer is found although somebody mistyped, and by the number of an order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crm.actions import contacts
from crm.actions.contacts import Naming
from crm.domain.search import near, slips
from crm.models import Contact, Interaction
from crm.queries.finding import find, owners_of_order
from crm.queries.search import Selection

PEOPLE = [
    ("Anna", "Müller", "anna@example.com", "+436641234567"),
    ("Christoph", "Schwarzenegger", "arnie@gym.example", ""),
    ("José", "García", "", ""),
    ("Łukasz", "Kowalski", "", ""),
    ("Ольга", "Иванова", "", ""),
    ("Ada", "Lovelace", "ada.lovelace@engine.example", "+442071234567"),
]


@pytest.fixture
def crowd(person, noon, db):
    made = {}
    for first, last, email, phone in PEOPLE:
        naming = [Naming(kind, text) for kind, text in (("email", email), ("phone", phone)) if text]
        made[last] = contacts.create(
            first_name=first, last_name=last, identifiers=naming, by=person("service"), at=noon
        )
    return made


def names(text: str) -> list[str]:
    return [row.contact.last_name for row in find(Selection(text=text), after="", country="AT").page.rows]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mueller", "Müller"),
        ("muler", "Müller"),
        ("mullre", "Müller"),
        ("shwarzenegger", "Schwarzenegger"),
        ("schwarzeneger", "Schwarzenegger"),
        ("schwazeneger", "Schwarzenegger"),
        ("cristoph schwarzenegger", "Schwarzenegger"),
        ("garzia", "García"),
        ("kowalsky lucasz", "Kowalski"),
        ("Ивонова", "Иванова"),
        ("lovlace", "Lovelace"),
        ("ada.lovelase@engine.example", "Lovelace"),
        ("arnie@gim.example", "Schwarzenegger"),
        ("0664 1234576", "Müller"),
        ("ana muller", "Müller"),
    ],
)
def test_slips_are_forgiven(crowd, typed, meant):
    assert names(typed)[:1] == [meant]


def test_what_is_right_needs_no_forgiving(crowd):
    found = find(Selection(text="muller"), after="", country="AT")
    assert (names("muller"), found.instead) == (["Müller"], ())


def test_nothing_comes_close(crowd):
    for text in ("xqzzyk", "qq", "x" * 60, "%", "'; drop", "\U0001f600", "a_b%"):
        assert names(text) == []


def test_the_page_says_what_it_took_instead(crowd, signed_in):
    page = signed_in("service").get("/contacts/?q=shwarzenegger").content.decode()
    assert "Nobody matches ‘shwarzenegger’ as written. Close to it: schwarzenegger." in page
    assert "Christoph" in page


def test_an_order_number_finds_its_customer(crowd, signed_in, noon):
    for number, order in enumerate(["O-4711", 815, {"a": 1}, None, True]):
        Interaction.objects.create(
            contact=crowd["Lovelace"],
            kind="purchase",
            at=noon,
            source="shop",
            message_id=str(number),
            properties={"order_id": order},
        )
    assert owners_of_order("O-4711") == [crowd["Lovelace"].pk]
    assert owners_of_order(" 815 ") == [crowd["Lovelace"].pk]
    assert owners_of_order("O-4712") == owners_of_order("order") == owners_of_order("") == []
    page = signed_in("service").get("/contacts/?q=O-4711").content.decode()
    assert "Order O-4711" in page
    assert "Ada Lovelace" in page
    assert "Nobody here matches" not in page
    Contact.objects.filter(pk=crowd["Lovelace"].pk).update(erased_at=noon)
    assert owners_of_order("O-4711") == []


def test_it_takes_few_queries(crowd, django_assert_max_num_queries):
    with django_assert_max_num_queries(24):
        find(Selection(text="shwarzenegger cristoph"), after="", country="AT")


def test_near_is_every_single_slip():
    found = set(near("anna"))
    assert {"anna", "ana", "nana", "annna", "anan", "enna", "annab"} <= found
    assert "ann" in found
    assert "" not in found
    assert all(slips("anna", word) <= 1 for word in found)


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [("anna", "anna", 0), ("anna", "naan", 2), ("abcd", "badc", 2), ("meier", "mayer", 2), ("a", "abcd", 3)],
)
def test_slips_are_counted(one, other, count):
    assert slips(one, other) == count


def test_the_rarest_word_leads(crowd: dict[str, Contact], contact: Callable[..., Contact]) -> None:
    assert names("a l") == ["Lovelace"]
