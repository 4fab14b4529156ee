"""Rules that mean harm, sent to the doors that take rules: a clear refusal or an answer, never a server error."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from crm.models import Contact
from tests.api.conftest import Caller
from tests.segments.rule_bombs import BOMBS

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(60)]
REFUSED = (400, 413)


@pytest.fixture(autouse=True)
def somebody(contact: Callable[..., Contact]) -> Contact:
    return contact(age=30, city="a" * 3_000 + "b", born="2000-02-29")


@pytest.mark.parametrize(("text", "good"), [bomb[1:] for bomb in BOMBS], ids=[bomb[0] for bomb in BOMBS])
def test_the_api_refuses_or_answers(caller: Callable[..., Caller], text: str, good: bool | str) -> None:
    call = caller("marketer", "segments:read", "segments:write")
    body = f'{{"rule":{{"version":1,"rule":{text}}}'.encode()
    preview = call.post("/segments/preview/", body + b"}")
    saved = call.post("/segments/", body + b',"name":"Bomb"}')
    for answer, done in ((preview, 200), (saved, 201)):
        assert answer.status_code in ((done,) if good is True else REFUSED if not good else (done, *REFUSED))
        if answer.status_code in REFUSED:
            assert answer.json()["error"]["fields"] or answer.json()["error"]["message"], answer.content[:500]


@pytest.mark.parametrize(("text", "good"), [bomb[1:] for bomb in BOMBS], ids=[bomb[0] for bomb in BOMBS])
def test_the_builder_refuses_or_answers(
    signed_in: Callable[..., Client], text: str, good: bool | str
) -> None:
    body = f'{{"document":{{"version":1,"rule":{text}}}}}'.encode()
    answer = signed_in("marketer").post("/segments/preview/", body, content_type="application/json")
    assert answer.status_code in (200, *REFUSED)
    assert (answer.json()["count"] is not None) >= (good is True), answer.content[:500]
    assert answer.json()["count"] is not None or answer.json()["sentence"]
