"""A caller with a token, and the endpoints as one table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from crm.actions.tokens import make_token
from crm.api.view import ApiView
from crm.domain.roles import Role
from crm.domain.scopes import SCOPES
from crm.models import ApiToken, User
from tests.conftest import NOON


@dataclass
class Caller:
    """Calls the API with one token."""

    key: str
    token: ApiToken
    client: Client

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", **headers}
        if body is None:
            return self.client.generic(method, f"/api/v1{path}", headers=headers)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.generic(
            method, f"/api/v1{path}", data, content_type="application/json", headers=headers
        )

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self("POST", path, body, **headers)

    def patch(self, path: str, body: Any) -> Any:
        return self("PATCH", path, body)


@pytest.fixture(autouse=True)
def _own_cache_and_mirror(settings: Any, tmp_path: Any) -> Iterator[None]:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(tmp_path)}
    }
    settings.MIRROR_DIR = tmp_path / "mirror"
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def caller(person: Callable[[Role | str], User]) -> Callable[..., Caller]:
    """Makes a caller: `caller("marketer", "contacts:read")`; without scopes, with all the role allows."""

    def make(role: str = "administrator", *scopes: str, **terms: Any) -> Caller:
        owner = person(role)
        wanted = scopes or [name for name, scope in SCOPES.items() if owner.may(scope.permission)]
        token, key = make_token(
            name="Web shop", machine=True, scopes=wanted, expires_at=None, by=owner, at=NOON
        )
        for name, value in terms.items():
            setattr(token, name, value)
        token.save()
        return Caller(key, token, Client(raise_request_exception=True))

    return make


def api_views() -> list[tuple[str, type[ApiView]]]:
    """Every endpoint below /api/v1/: (route, view class)."""
    found: list[tuple[str, type[ApiView]]] = []

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> None:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, route)
            elif route.startswith("api/") and hasattr(pattern.callback, "cls"):
                found.append((route, pattern.callback.cls))

    walk(get_resolver().url_patterns, "")
    return found


# method, path with {contact} and {segment}, body, scope
ENDPOINTS = [
    ("GET", "/contacts/", None, "contacts:read"),
    ("POST", "/contacts/", {"first_name": "Grace"}, "contacts:write"),
    ("GET", "/contacts/{contact}/", None, "contacts:read"),
    ("PATCH", "/contacts/{contact}/", {"first_name": "Grace"}, "contacts:write"),
    ("POST", "/contacts/batch/", {"contacts": [{"email": "g@example.com"}]}, "contacts:write"),
    ("GET", "/contacts/{contact}/interactions/", None, "interactions:read"),
    (
        "POST",
        "/interactions/",
        {"interactions": [{"contact": {"external_id": "7"}, "kind": "call", "message_id": "1"}]},
        "interactions:write",
    ),
    ("POST", "/contacts/{contact}/merge/", {"contact": 900_001}, "contacts:merge"),
    ("POST", "/merges/{merge}/undo/", None, "contacts:merge"),
    ("GET", "/operations", None, "operations:read"),
    ("GET", "/segments/", None, "segments:read"),
    ("POST", "/segments/", {"name": "Set", "rule": {"attribute": "email", "op": "is_set"}}, "segments:write"),
    ("POST", "/segments/preview/", {"rule": {"attribute": "email", "op": "is_set"}}, "segments:read"),
    ("DELETE", "/segments/preview/?of=tab&number=1", None, "segments:read"),
    ("POST", "/segments/draft-from-text", {"text": "in London"}, "segments:read"),
    ("GET", "/segments/{segment}/", None, "segments:read"),
    ("PATCH", "/segments/{segment}/", {"description": "New"}, "segments:write"),
    ("GET", "/segments/{segment}/members/", None, "segments:read"),
    ("POST", "/segments/{segment}/members/", {"do": "add", "named": ["C-1"]}, "segments:write"),
    ("POST", "/segments/lists/", {"name": "Guests", "named": ["C-1"]}, "segments:write"),
    ("GET", "/segments/movement/?since=2026-01-01T00:00:00Z&segments={segment}", None, "segments:read"),
    ("GET", "/segments/{segment}/versions/", None, "segments:read"),
    ("POST", "/segments/{dynamic}/versions/", {"number": 1}, "segments:write"),
    ("POST", "/segments/{segment}/snapshot/", {"name": "Then"}, "segments:write"),
    ("GET", "/segments/{segment}/log/", None, "segments:read"),
    ("GET", "/contacts/{contact}/why/?segment={segment}", None, "segments:read"),
    ("GET", "/rules/schema/", None, "segments:read"),
    ("GET", "/contacts/{contact}/badges/", None, "contacts:read"),
    ("GET", "/badges/?external_id=C-1", None, "contacts:read"),
]
