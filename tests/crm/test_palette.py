"""The palette: what it finds, for whom, and that it shows texts as texts."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from crm.actions import contacts
from crm.actions.contacts import Naming
from crm.domain.roles import Role
from crm.models import Interaction
from segments.models import Segment


@pytest.fixture
def ada(person, noon):
    return contacts.create(
        first_name="Ada",
        last_name="Lovelace",
        identifiers=[Naming("email", "ada@engine.example")],
        by=person("service"),
        at=noon,
    )


def asked(client, text):
    return client.get("/find/", {"q": text}).content.decode()


@pytest.mark.parametrize("text", ["ada", "lovelac", "ada@engine.example", "lovelase", "O-77"])
def test_customers_are_found(ada, signed_in, noon, text):
    Interaction.objects.create(
        contact=ada, kind="purchase", at=noon, source="s", message_id="1", properties={"order_id": "O-77"}
    )
    page = asked(signed_in("service"), text)
    assert f'href="/contacts/{ada.pk}/"' in page
    assert 'role="option"' in page


def test_segments_and_pages_are_found(signed_in, db):
    Segment.objects.create(slug="loyal", name="Loyal buyers", size=12)
    Segment.objects.create(slug="gone", name="Loyal once", archived_at="2026-01-01T00:00Z")
    page = asked(signed_in("marketer"), "loyal")
    assert "Loyal buyers" in page
    assert "12 members" in page
    assert "Loyal once" not in page
    assert 'href="/segments/new/"' in asked(signed_in("marketer"), "new seg")
    assert 'href="/segments/new/"' not in asked(signed_in("service"), "new seg")


def test_what_is_close_comes_after_what_is_meant(person, noon, signed_in):
    contacts.create(first_name="Vit", last_name="Novak", by=person("service"), at=noon)
    Segment.objects.create(slug="vip", name="VIP", size=3)
    page = asked(signed_in("service"), "vip")
    assert page.index("/segments/vip/") < page.index("Vit Novak")
    assert "Customers, close to it" in page


def test_nothing_typed_gives_pages_only(ada, signed_in):
    page = asked(signed_in("service"), "")
    assert 'href="/tasks/"' in page
    assert "Lovelace" not in page


@pytest.mark.parametrize("role", list(Role))
def test_nobody_finds_a_page_they_may_not_open(signed_in, role, db):
    client = signed_in(role)
    text = client.get("/find/").content.decode()
    lines = re.findall(r'<a role="option"[^>]* href="([^"]+)"', text)
    assert lines
    for address in lines:
        assert client.get(address).status_code == 200, address


def test_strangers_find_nothing(db):
    assert Client().get("/find/?q=ada").status_code == 302


def test_texts_stay_texts(person, noon, signed_in):
    contacts.create(first_name="<img src=x onerror=alert(1)>", by=person("service"), at=noon)
    page = asked(signed_in("service"), "img")
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    page = asked(signed_in("service"), "<script>zq")
    assert "<script>" not in page
    assert asked(signed_in("service"), "x" * 5_000)


def test_it_takes_few_queries(ada, signed_in, django_assert_max_num_queries):
    client = signed_in("administrator")
    asked(client, "ada")
    with django_assert_max_num_queries(15):
        asked(client, "ada")


def test_every_page_carries_it(signed_in, db):
    page = signed_in("service").get("/contacts/").content.decode()
    assert 'id="palette"' in page
    assert 'id="shortcuts"' in page
    assert "js/palette.js" in page
