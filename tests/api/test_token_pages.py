"""The pages on which tokens are made, seen and revoked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from crm.actions.tokens import make_token
from crm.kit.clock import now
from crm.models import ApiToken, AuditEntry
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
FORM = {"name": "Web shop", "used_by": "machine", "scopes": ["contacts:read"], "lives": "30"}


def test_made_shown_once_and_used(signed_in: Callable[[str], Client]) -> None:
    client = signed_in("marketer")
    made = client.post("/tokens/new/", FORM)
    assert made.status_code == 201
    assert "no-store" in made.headers["Cache-Control"]
    key = re.search(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}", made.content.decode())
    assert key is not None
    token = ApiToken.objects.get()
    assert token.machine
    assert token.expiry_date is not None
    assert timedelta(days=29) < token.expiry_date - now() < timedelta(days=31)
    header = {"Authorization": f"Bearer {key[0]}"}
    assert Client().get("/api/v1/contacts/", headers=header).status_code == 200
    page = client.get("/tokens/").content.decode()
    assert "Web shop" in page
    assert token.prefix in page
    assert key[0] not in page
    assert AuditEntry.objects.get().action == "token.made"


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": "x" * 51}, {"scopes": []}, {"scopes": ["segments:write"]}, {"lives": "9999"}],
)
def test_refused_with_what_was_entered(wrong: dict[str, Any], signed_in: Callable[[str], Client]) -> None:
    answer = signed_in("manager").post("/tokens/new/", {**FORM, **wrong})
    assert answer.status_code == 400
    assert not ApiToken.objects.exists()
    if "name" not in wrong:
        assert "Web shop" in answer.content.decode()


def test_revoked_by_owner_or_administrator_only(
    signed_in: Callable[[str], Client], person: Callable[[str], Any], django_assert_max_num_queries: Any
) -> None:
    owner = person("marketer")
    token, key = make_token(
        name="Till", machine=True, scopes=["contacts:read"], expires_at=None, by=owner, at=NOON
    )
    manager, administrator = signed_in("manager"), signed_in("administrator")
    assert "Till" not in manager.get("/tokens/").content.decode()
    assert manager.post(f"/tokens/{token.prefix}/revoke/").status_code == 404
    with django_assert_max_num_queries(8):
        assert "Till" in administrator.get("/tokens/").content.decode()
    assert administrator.get(f"/tokens/{token.prefix}/revoke/").status_code == 405
    assert administrator.post(f"/tokens/{token.prefix}/revoke/").status_code == 302
    header = {"Authorization": f"Bearer {key}"}
    assert Client().get("/api/v1/contacts/", headers=header).status_code == 401
    assert administrator.post(f"/tokens/{token.prefix}/revoke/").status_code == 302


def test_who_may_open_the_pages(signed_in: Callable[[str], Client]) -> None:
    for path in ("/tokens/", "/tokens/new/"):
        assert Client().get(path).status_code == 302
        assert signed_in("service").get(path).status_code == 403
        assert signed_in("manager").get(path).status_code == 200
