"""Fixtures every test may use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client

from crm.domain.roles import Role
from crm.models import Contact, User
from segments.queries.membership import packed

NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _members_read_anew() -> None:
    """No test sees the members that a process keeps from the one before: its rows were rolled back."""
    packed.KEPT.forget()


@pytest.fixture
def noon() -> datetime:
    """The instant tests happen at."""
    return NOON


@pytest.fixture
def shared_data() -> Path:
    """The shared data sets beside the checkout; where there are none, the test is skipped, saying so."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared data sets are not beside this checkout")
    return folder


@pytest.fixture
def person(db: None) -> Callable[[Role | str], User]:
    """Makes a colleague of a role: `person("marketer")`. The same role gives the same person."""

    def make(role: Role | str) -> User:
        email = f"{role}@facet.example"
        found = User.objects.filter(email=email).first()
        return found or User.objects.create_user(
            email, PASSWORD, name=f"{str(role).title()} Person", role=Role(role)
        )

    return make


@pytest.fixture
def signed_in(person: Callable[[Role | str], User]) -> Callable[[Role | str], Client]:
    """A browser with a colleague of a role signed in: `signed_in("service").get("/contacts/")`."""

    def sign_in(role: Role | str) -> Client:
        client = Client()
        client.force_login(person(role), backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture
def contact(db: None) -> Callable[..., Contact]:
    """Makes a contact: `contact("Ada", "Lovelace", city="London")`."""

    def make(first_name: str = "Ada", last_name: str = "Lovelace", **attributes: object) -> Contact:
        return Contact.objects.create(first_name=first_name, last_name=last_name, attributes=attributes)

    return make
