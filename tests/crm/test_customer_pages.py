"""Every page of crm, seen by each role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from crm.domain.roles import Role
from crm.models import AttributeDefinition, Company, Contact, Note, User
from crm.pages.urls import urlpatterns

OURS = ("contact", "note", "interaction", "consent", "compan", "attribute", "team", "account")
PATTERNS = [pattern for pattern in urlpatterns if str(pattern.name).startswith(OURS)]


@pytest.fixture
def address(
    contact: Callable[..., Contact], person: Callable[..., User], noon: Any
) -> Callable[[URLPattern], str]:
    """Where a pattern lives for a contact, note, attribute, company and colleague that exist."""
    someone = contact()
    note = Note.objects.create(contact=someone, body="Likes tea", created_at=noon)
    attribute = AttributeDefinition.objects.create(name="city", label="City", type="text")
    company = Company.objects.create(name="Analytical Engines")
    colleague = User.objects.create_user("c@facet.example", None, name="C", role=Role.SERVICE)

    def find(pattern: URLPattern) -> str:
        route = str(pattern.pattern)
        keys: dict[str, Any] = {}
        if "<int:note_pk>" in route:
            keys["note_pk"] = note.pk
        if "<int:pk>" in route:
            first = route.partition("/")[0]
            keys["pk"] = {
                "contacts": someone,
                "attributes": attribute,
                "companies": company,
                "team": colleague,
            }[first].pk
        return reverse(pattern.name, kwargs=keys)

    return find


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_each_role_opens_what_the_table_allows(
    pattern: URLPattern,
    role: Role,
    address: Callable[[URLPattern], str],
    signed_in: Callable[..., Client],
    person: Callable[..., User],
) -> None:
    client, colleague, url = signed_in(role), person(role), address(pattern)
    view: Any = pattern.callback
    assert (client.get(url).status_code == 403) is not colleague.may(view.permission)
    assert (client.post(url).status_code == 403) is not colleague.may(view.write_permission)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_strangers_are_asked_to_sign_in(pattern: URLPattern, address: Callable[[URLPattern], str]) -> None:
    answer = Client().get(address(pattern))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))
