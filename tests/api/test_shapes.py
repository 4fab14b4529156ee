"""Whatever goes wrong, the answer has one shape; and what cannot be kept is refused with a sentence."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from crm.api.contacts import Contacts
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


def error_of(answer: Any, status: int) -> dict[str, Any]:
    """The error inside an answer, its shape checked."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "fields", "request_id"}
    assert body["error"]["message"][-1] in ".}…"
    assert answer.headers["X-Request-Id"] == body["error"]["request_id"]
    return dict(body["error"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[",
        b"nonsense",
        b"\xff\xfe{}",
        b'{"first_name": NaN}',
        b'{"attributes": {"score": Infinity}}',
        b'{"attributes": {"score": 1e999}}',
        b'{"attributes": {"score": ' + b"9" * 5000 + b"}}",
        b'{"first_name": "a\\u0000b"}',
        b'{"first_name": "\\ud800"}',
        b'{"attributes": {"\\ud800": 1}}',
        b'{"first_name": "' + b"a" * 201 + b'"}',
        b'{"attributes": {"x": "' + b"a" * 100_001 + b'"}}',
        b"[" * 100_000,
        b'{"attributes": {"x": ' + b"[" * 70 + b"1" + b"]" * 70 + b"}}",
        b"null",
        b'"text"',
        b"7",
        b"[]",
        b"{}",
        b'{"first_name": 7}',
        b'{"first_name": {"a": 1}}',
        b'{"email": "ada@"}',
        b'{"email": ["ada@example.com", 7]}',
        b'{"phone": "12"}',
        b'{"attributes": []}',
        b'{"attributes": {"": 1}}',
        b'{"attributes": {"email": "ada@example.com"}}',
        b'{"surname": "Lovelace"}',
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/contacts/"), ("POST", "/interactions/")])
def test_bad_bodies(method: str, path: str, body: bytes, caller: Callable[..., Caller]) -> None:
    assert error_of(caller()(method, path, body), 400)["code"] == "invalid"


@pytest.mark.parametrize(
    "item",
    [
        None,
        7,
        "x",
        [],
        {},
        {"kind": ""},
        {"kind": "x" * 121},
        {"kind": "a\x00"},
        {"kind": "\ud800"},
        {"message_id": None},
        {"message_id": ""},
        {"message_id": "x" * 201},
        {"message_id": {"a": 1}},
        {"source": "x" * 81},
        {"source": 7},
        {"contact": None},
        {"contact": {}},
        {"contact": "ada@example.com"},
        {"contact": {"email": "a@example.com", "id": 1}},
        {"contact": {"name": "Ada"}},
        {"contact": {"id": "1"}},
        {"contact": {"id": True}},
        {"contact": {"id": 10**30}},
        {"contact": {"id": 999_999}},
        {"contact": {"email": "nonsense"}},
        {"contact": {"email": 7}},
        {"contact": {"phone": "abc"}},
        {"contact": {"external_id": " "}},
        {"contact": {"external_id": "x" * 255}},
        {"at": "yesterday"},
        {"at": 7},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"at": "9999-12-31T23:59:59-14:00"},
        {"at": "1066-10-14"},
        {"amount": "ten"},
        {"amount": "NaN"},
        {"amount": "1_000"},
        {"amount": True},
        {"amount": [1]},
        {"amount": "1e400"},
        {"amount": 10**13},
        {"amount": "0.0000001"},
        {"currency": "EURO"},
        {"currency": 7},
        {"properties": []},
        {"properties": {"": 1}},
        {"properties": {"a": "\x00"}},
        {"properties": {str(number): number for number in range(101)}},
        {"what": "ever"},
    ],
)
def test_a_bad_item_is_refused_alone(item: Any, caller: Callable[..., Caller]) -> None:
    good = {"contact": {"external_id": "1"}, "kind": "call", "message_id": "good"}
    bad = {**good, "message_id": "bad", **item} if isinstance(item, dict) and item else item
    answer = caller().post("/interactions/", {"interactions": [bad, good]}).json()
    assert (answer["created"], answer["refused"]) == (1, 1)
    assert answer["results"][0]["status"] == "refused"
    assert all(sentence.endswith((".", "}.")) for sentence in answer["results"][0]["fields"].values())
    assert answer["results"][1]["status"] == "created"


def test_addresses_that_are_not_there(caller: Callable[..., Caller]) -> None:
    call = caller()
    for path in ("/nothing/", "/contacts", "/contacts/999999/", f"/contacts/{10**30}/", "/segments/none/"):
        assert error_of(call.get(path), 404)["code"] == "not_found"
    assert error_of(Client().get("/api/elsewhere"), 404)
    assert error_of(Client().post("/api/v1/nothing/"), 404)


def test_methods_and_media_types(caller: Callable[..., Caller]) -> None:
    call = caller()
    assert error_of(call("DELETE", "/contacts/"), 405)["code"] == "method_not_allowed"
    assert error_of(call("PUT", "/interactions/", {}), 405)
    assert error_of(call("OPTIONS", "/contacts/"), 405)
    header = {"Authorization": f"Bearer {call.key}"}
    form = Client().post("/api/v1/contacts/", {"first_name": "Ada"}, headers=header)
    assert error_of(form, 415)["code"] == "unsupported_media_type"
    assert error_of(call.get("/contacts/", Accept="text/html"), 406)
    assert error_of(call.post("/contacts/", {}, **{"Content-Encoding": "br"}), 415)
    assert error_of(call.post("/contacts/", {"first_name": "A"}, **{"Transfer-Encoding": "chunked"}), 411)


def test_queries_are_checked(caller: Callable[..., Caller]) -> None:
    call = caller()
    for query in (
        "limit=0",
        "limit=501",
        "limit=x",
        "after=x",
        "after=99999999999999999999999",
        "page=2",
        "q=%00",
        "email=nonsense",
        "updated_since=x",
        "updated_since=2026-01-01T00:00:00Z&after=x~y",
        "email=a@example.com&q=x",
        "segment=a%20b",
    ):
        assert error_of(call.get(f"/contacts/?{query}"), 400)["fields"], query


def test_bodies_are_bounded(caller: Callable[..., Caller]) -> None:
    call = caller()
    large = b'{"first_name": "' + b"a" * (6 * 1024 * 1024) + b'"}'
    assert error_of(call.post("/contacts/", large), 413)["code"] == "too_large"
    bomb = gzip.compress(b" " * (30 * 1024 * 1024))
    gzipped = {"Content-Encoding": "gzip"}
    assert error_of(call.post("/contacts/", bomb, **gzipped), 413)
    assert error_of(call.post("/contacts/", b"nonsense", **gzipped), 400)
    assert error_of(call.post("/contacts/", gzip.compress(b"{}")[:-4], **gzipped), 400)
    good = gzip.compress(json.dumps({"first_name": "Ada"}).encode())
    assert call.post("/contacts/", good, **gzipped).status_code == 201
    many = [{"external_id": str(number)} for number in range(1_001)]
    assert error_of(call.post("/contacts/batch/", {"contacts": many}), 400)
    assert error_of(call.post("/contacts/batch/", {"contacts": []}), 400)


def test_what_nobody_foresaw(caller: Callable[..., Caller], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Any, request: Any) -> None:
        raise RuntimeError("the secret inside")

    logged: list[Any] = []
    monkeypatch.setattr("crm.api.errors.log.error", lambda *words, **more: logged.append(words))

    call = caller()
    monkeypatch.setattr(Contacts, "get", fail)
    error = error_of(call.get("/contacts/"), 500)
    assert "secret" not in error["message"]
    assert error["request_id"] in error["message"]
    assert [words[1] for words in logged] == [error["request_id"]]


def test_too_many_requests(caller: Callable[..., Caller], monkeypatch: pytest.MonkeyPatch) -> None:
    from rest_framework.settings import api_settings

    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, "token", "3/min")
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, "anonymous", "2/min")
    monkeypatch.setattr("crm.api.throttling.WINDOW", 10**7)
    call, other = caller(), caller()
    assert [call.get("/segments/").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = call.get("/segments/")
    assert error_of(refused, 429)["code"] == "too_many_requests"
    assert int(refused.headers["Retry-After"]) > 0
    assert other.get("/segments/").status_code == 200
    guesses = [Client().get("/api/v1/contacts/", headers={"Authorization": "Bearer x"}) for _ in range(3)]
    assert [guess.status_code for guess in guesses] == [401, 401, 429]
    assert error_of(guesses[-1], 429)


def test_answers_are_not_kept_by_caches(caller: Callable[..., Caller]) -> None:
    answer = caller().get("/contacts/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers
