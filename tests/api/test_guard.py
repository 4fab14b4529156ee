"""Who gets in: every endpoint, with every kind of key that must not open it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from config.api_schema import Schema
from crm.actions.merging.merging import merge
from crm.api.view import NothingHere
from crm.domain.scopes import SCOPES
from crm.kit.clock import now
from crm.models import ApiToken, Contact, Identifier
from segments.actions.building.saving import create_segment
from segments.api.desk import Desk, DeskVotes
from segments.models import Segment
from tests.api.conftest import ENDPOINTS, Caller, api_views

OPEN = {NothingHere, Schema, Desk, DeskVotes}  # the last two open with a badge key only
pytestmark = pytest.mark.django_db


@pytest.fixture
def places(contact: Callable[..., Contact]) -> dict[str, Any]:
    """What the paths of `ENDPOINTS` name."""
    ada = contact()
    Identifier.objects.create(contact=ada, kind="external_id", value="C-1", shown="C-1")
    Contact.objects.create(pk=900_001, first_name="Twin")
    for number in (900_002, 900_003):
        Contact.objects.create(pk=number, first_name="Other twin")
    merged = merge(survivor=900_002, merged=900_003, by=None, at=now())
    segment = Segment.objects.create(slug="loyal", name="Loyal", kind="fixed")
    rule = {"version": 1, "rule": {"attribute": "email", "op": "is_set"}}
    dynamic = create_segment(name="Dynamic", rule=rule, by=None, at=now())
    return {"contact": ada.pk, "segment": segment.slug, "dynamic": dynamic.slug, "merge": merged.pk}


def test_every_view_names_a_scope_for_every_method() -> None:
    assert api_views()
    for route, view in api_views():
        if view in OPEN:
            continue
        methods = {name for name in ("get", "post", "patch", "put", "delete") if hasattr(view, name)}
        assert {method.upper() for method in methods} == set(view.scopes), route
        assert set(view.scopes.values()) <= set(SCOPES), route


def test_the_table_of_endpoints_is_complete() -> None:
    told = {(method, scope) for method, _, _, scope in ENDPOINTS}
    known = {(m, s) for _, view in api_views() if view not in OPEN for m, s in view.scopes.items()}
    assert known == told
    count = sum(len(view.scopes) for _, view in api_views() if view not in OPEN)
    assert count == len(ENDPOINTS)


@pytest.mark.parametrize(("method", "path", "body", "scope"), ENDPOINTS)
def test_a_right_token_opens_it(
    method: str, path: str, body: Any, scope: str, caller: Callable[..., Caller], places: dict[str, Any]
) -> None:
    answer = caller("administrator", scope)(method, path.format(**places), body)
    assert answer.status_code in (200, 201), answer.content


@pytest.mark.parametrize(("method", "path", "body", "scope"), ENDPOINTS)
def test_anything_else_does_not(
    method: str, path: str, body: Any, scope: str, caller: Callable[..., Caller], places: dict[str, Any]
) -> None:
    path = path.format(**places)
    others = [name for name in SCOPES if name != scope]
    assert _refused(caller("administrator", *others)(method, path, body), 403, "forbidden")
    good = caller("administrator", scope)
    good.key = good.key[:-1] + ("a" if good.key[-1] != "a" else "b")
    assert _refused(good(method, path, body), 401, "unauthenticated")
    assert _refused(caller("administrator", scope, revoked=True)(method, path, body), 401, "unauthenticated")
    expired = caller("administrator", scope, expiry_date=now() - timedelta(seconds=1))
    assert _refused(expired(method, path, body), 401, "unauthenticated")
    away = caller("manager" if scope.startswith("operations") else "marketer", scope)
    away.token.owner.is_active = False
    away.token.owner.save()
    assert _refused(away(method, path, body), 401, "unauthenticated")
    no_token = Client().generic(method, f"/api/v1{path}", "{}", content_type="application/json")
    assert _refused(no_token, 401, "unauthenticated")
    assert no_token.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_session_does_not_open_the_api(signed_in: Callable[[str], Client]) -> None:
    assert signed_in("administrator").get("/api/v1/contacts/").status_code == 401


def test_a_token_never_allows_more_than_its_owner(caller: Callable[..., Caller]) -> None:
    call = caller("marketer", "segments:write", "segments:read")
    owner = call.token.owner
    owner.role = "manager"
    owner.save()
    assert call.get("/segments/").status_code == 200
    refused = call.post("/segments/", {"name": "x", "rule": {"attribute": "email", "op": "is_set"}})
    assert _refused(refused, 403, "forbidden")
    owner.role = "service"
    owner.save()
    assert _refused(call.get("/segments/"), 401, "unauthenticated")


def test_basic_takes_the_key_as_name_or_password(caller: Callable[..., Caller]) -> None:
    call = caller()
    for pair in (f"{call.key}:", f"anyone:{call.key}"):
        header = "Basic " + base64.b64encode(pair.encode()).decode()
        assert call.get("/contacts/", Authorization=header).status_code == 200
    for header in (
        "Basic ///",
        "Basic " + base64.b64encode(b"\xff").decode(),
        "Bearer",
        "Bearer \x00",
        "Digest x",
    ):
        assert call.get("/contacts/", Authorization=header).status_code == 401


def test_the_last_use_is_noted_once_a_minute(caller: Callable[..., Caller]) -> None:
    call = caller()
    call.get("/contacts/")
    first = ApiToken.objects.get(pk=call.token.pk).last_used_at
    call.get("/contacts/")
    assert first is not None
    assert ApiToken.objects.get(pk=call.token.pk).last_used_at == first
    ApiToken.objects.filter(pk=call.token.pk).update(last_used_at=first - timedelta(minutes=2))
    call.get("/contacts/")
    again = ApiToken.objects.get(pk=call.token.pk).last_used_at
    assert again is not None
    assert again >= first


def test_keys_are_kept_as_a_fast_hash_only(caller: Callable[..., Caller]) -> None:
    call = caller()
    assert call.key not in call.token.hashed_key
    assert call.token.hashed_key.startswith("sha512$$")


def _refused(answer: Any, status: int, code: str) -> bool:
    assert answer.status_code == status, answer.content
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "fields", "request_id"}
    assert error["message"].endswith(".")
    return bool(error["code"] == code)


def test_a_cache_that_is_away_turns_nobody_away(monkeypatch):
    from types import SimpleNamespace

    from crm.api import throttling

    class Away:
        def add(self, *told):
            raise ConnectionError("no server there")

    said: list[str] = []
    monkeypatch.setattr(throttling, "cache", Away())
    monkeypatch.setattr(throttling.log, "warning", lambda words, *_: said.append(words))
    request = SimpleNamespace(auth=None, headers={}, META={"REMOTE_ADDR": "127.0.0.1"})
    assert throttling.TokenThrottle().allow_request(request, None)
    assert "not counted" in said[0]
