"""Signing in, staying, being shut out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from crm.actions import team
from crm.domain.roles import Role
from crm.models import User
from tests.conftest import PASSWORD


@pytest.fixture(autouse=True)
def fresh_limits(settings: Any, tmp_path: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


def sign_in(client: Client, password: str = PASSWORD, **extra: str) -> Any:
    return client.post("/sign-in/", {"login": "service@facet.example", "password": password, **extra})


def test_the_right_password_opens_the_door(person: Callable[..., User]) -> None:
    person(Role.SERVICE)
    client = Client()
    assert sign_in(client).status_code == 302
    assert client.get("/contacts/").status_code == 200
    assert client.session.get_expire_at_browser_close()


def test_staying_signed_in_lasts_thirty_days(person: Callable[..., User]) -> None:
    person(Role.SERVICE)
    client = Client()
    sign_in(client, remember="on")
    assert not client.session.get_expire_at_browser_close()
    assert client.session.get_expiry_age() == 30 * 24 * 3600


def test_a_wrong_password_says_so_and_not_whose(person: Callable[..., User]) -> None:
    person(Role.SERVICE)
    known = sign_in(Client(), "wrong").content.decode()
    unknown = (
        Client().post("/sign-in/", {"login": "nobody@facet.example", "password": "wrong"}).content.decode()
    )
    sentence = "No account opens with this e-mail and password"
    assert sentence in known
    assert sentence in unknown
    assert "My company" in known


def test_guessing_is_slowed_down(person: Callable[..., User]) -> None:
    person(Role.SERVICE)
    client = Client()
    answers = [sign_in(client, f"guess {number}") for number in range(7)]
    assert "Too many" in answers[-1].content.decode()
    assert "Too many" in sign_in(client).content.decode()


def test_a_deactivated_colleague_is_out_at_once(
    person: Callable[..., User], signed_in: Callable[..., Client], noon: datetime
) -> None:
    client = signed_in(Role.SERVICE)
    assert client.get("/contacts/").status_code == 200
    team.deactivate(user=person(Role.SERVICE), by=person(Role.ADMINISTRATOR), at=noon)
    assert client.get("/contacts/").status_code == 302
    other = Client()
    answer = other.post("/sign-in/", {"login": "service@facet.example", "password": PASSWORD}, follow=True)
    assert "Your access is closed" in answer.content.decode()
    assert other.get("/contacts/").status_code == 302


def test_a_new_password_signs_other_browsers_out(
    person: Callable[..., User], signed_in: Callable[..., Client], noon: datetime
) -> None:
    client = signed_in(Role.SERVICE)
    team.set_password(
        user=person(Role.SERVICE), password="another one", by=person(Role.ADMINISTRATOR), at=noon
    )
    assert client.get("/contacts/").status_code == 302


def test_one_changes_the_own_password_and_stays(
    signed_in: Callable[..., Client], person: Callable[..., User]
) -> None:
    client = signed_in(Role.SERVICE)
    new = "a longer battery staple"
    sent = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/password/", sent).status_code == 302
    assert client.get("/contacts/").status_code == 200
    assert person(Role.SERVICE).check_password(new)


def test_one_without_a_password_chooses_one(
    signed_in: Callable[..., Client], person: Callable[..., User]
) -> None:
    client = signed_in(Role.SERVICE)
    colleague = person(Role.SERVICE)
    colleague.set_unusable_password()
    colleague.save()
    client.force_login(colleague)
    assert client.get("/password/").headers["Location"] == "/password/first/"
    assert b"You have none yet" in client.get("/password/first/").content
    new = "a longer battery staple"
    assert client.post("/password/first/", {"password1": new, "password2": new}).status_code == 302
    assert person(Role.SERVICE).check_password(new)


def test_signing_out_is_a_post(signed_in: Callable[..., Client]) -> None:
    client = signed_in(Role.SERVICE)
    assert client.post("/sign-out/").status_code == 302
    assert client.get("/contacts/").status_code == 302


def test_a_form_without_its_token_is_refused_in_words(person: Callable[..., User]) -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"login": "x", "password": "y"})
    assert answer.status_code == 403
    assert b"The page was open too long" in answer.content
