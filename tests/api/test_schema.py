"""The schema is a tested contract: valid, complete, and what it says is there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve
from drf_spectacular.validation import validate_schema

from config.api_schema import Schema, schema_document
from crm.api.view import NothingHere
from tests.api.conftest import ENDPOINTS, Caller, api_views

pytestmark = pytest.mark.django_db
DESK = {
    ("GET", "/api/v1/badges"),
    ("POST", "/api/v1/badges/votes"),
}  # open with a badge key, not with a token


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema_document()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_the_schema_is_valid_and_open_to_all(capsys: pytest.CaptureFixture[str]) -> None:
    answer = Client().get("/api/v1/schema/")
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.")
    validate_schema(schema_document())
    said = capsys.readouterr()
    assert "Warning" not in said.err
    assert "Error" not in said.err


def test_every_endpoint_is_told_with_scope_errors_and_examples() -> None:
    told = {(method.upper(), path) for path, method, _ in operations()}
    there = set()
    for route, view in api_views():
        if view not in (NothingHere, Schema):
            path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)
            there |= {(method, path) for method in view.scopes}
    assert told == there | DESK
    assert len(told) == len(ENDPOINTS) + len(DESK)
    for path, method, operation in operations():
        desk = (method.upper(), path) in DESK
        assert bool(operation.get("x-scope")) is not desk, path
        assert operation["summary"], path
        by_token = [{"token": []}, {"basic": []}]
        assert operation["security"] == ([{"badge key": []}] if desk else by_token), path
        assert {"400", "401", "403", "404", "429"} <= set(operation["responses"]), (method, path)
        if "requestBody" in operation:
            assert operation["requestBody"]["content"]["application/json"]["examples"], path


def test_every_documented_path_resolves() -> None:
    for path, _, _ in operations():
        filled = path.replace("{contact_id}", "7").replace("{merge_id}", "3").replace("{slug}", "loyal")
        assert resolve(filled).func.cls is not NothingHere, path


def test_the_examples_are_accepted(caller: Callable[..., Caller]) -> None:
    call = caller()
    for path, method, operation in operations():
        if method != "post" or "/segments/" in path or "{" in path or ("POST", path) in DESK:
            continue
        for example in operation["requestBody"]["content"]["application/json"]["examples"].values():
            answer = call.post(path.removeprefix("/api/v1"), example["value"])
            assert answer.status_code in (200, 201), answer.content
            assert answer.json().get("refused", 0) == 0, answer.content


def test_the_guide_tells_every_operation(signed_in: Callable[[str], Client]) -> None:
    page = signed_in("marketer").get("/api/", headers={"Host": "localhost"}).content.decode()
    for path, _, operation in operations():
        assert path in page
        assert operation["summary"] in unescape(page)
    assert "http://localhost/api/v1/contacts/" in page
    assert signed_in("service").get("/api/").status_code == 403
    assert Client().get("/api/").status_code == 302
