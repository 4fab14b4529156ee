"""Two hundred hostile names and values stand everywhere as data: on every page and part of one, in every file, by API."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.core.cache import cache
from django.test import Client

from crm.kit.clock import now
from tests.browser.addresses import REFUSED, every_address
from tests.hostile import FORMULAS, VALUES, Read
from tests.spoiling import spoil, word

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def spoilt(db, settings, tmp_path):
    """The spoilt company, and a browser in which its administrator is signed in."""
    from crm.models import User

    settings.MIRROR_DIR = tmp_path / "mirror"
    cache.clear()
    known = spoil(at=now(), password="correct horse battery")
    client = Client()
    client.force_login(
        User.objects.get(role="administrator"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return known, client


def test_there_are_two_hundred_of_them():
    assert len(set(VALUES)) >= 200
    assert max(map(len, VALUES)) >= 10_000


def test_the_reader_finds_what_would_act():
    for page in ("<b onclick=x>", "<a href=' javascript:x'>", "<script>1</script>", "<img>", "<p style=x>"):
        assert Read(page).acting
    assert not Read('<script src="/x.js"></script><p title="&lt;img&gt;">&lt;script&gt;</p>').acting


def test_words_are_data_on_every_page_and_in_every_file(spoilt):
    known, client = spoilt
    seen, wrong = {"text/html": 0, "text/csv": 0}, []
    for address in every_address(known):
        answer = client.get(address.path)
        if answer.status_code in (302, 405):
            continue
        if answer.status_code != REFUSED.get(address.path, 200):
            wrong.append(f"{address.path} answers {answer.status_code}")
            continue
        whole = (b"".join(answer) if answer.streaming else answer.content).decode("utf-8-sig")
        kind = answer["Content-Type"].partition(";")[0]
        seen[kind] = seen.get(kind, 0) + 1
        if kind == "text/html":
            wrong += [f"{address.path}: {acting[:200]}" for acting in Read(whole).acting]
        elif kind == "text/csv":
            cells = [cell for row in csv.reader(io.StringIO(whole)) for cell in row]
            wrong += [f"{address.path}: {cell[:80]!r}" for cell in cells if _runs(cell)]
        else:
            json.loads(whole)
    assert not wrong, "\n".join(wrong)
    assert seen["text/html"] > 120
    assert seen["text/csv"] > 20


def _runs(cell: str) -> bool:
    """True if a spreadsheet would take the cell for a formula; a number is none."""
    if not cell.lstrip().lstrip("\ufeff").startswith(FORMULAS):
        return False
    try:
        float(cell)
    except ValueError:
        return True
    return False


def test_words_are_shown_whole(spoilt):
    known, client = spoilt
    page = "\n".join(Read(client.get(f"/contacts/{known['customer']}/").content.decode()).texts)
    assert word(0, 200) in page, "the name"
    assert word(0, 300) in page, "the task"
    feedback = "\n".join(Read(client.get("/segments/vip/feedback/").content.decode()).texts)
    assert all(word(place, 500) in feedback for place in range(11, 60))
    listed = "\n".join(Read(client.get("/segments/?sort=name").content.decode()).texts)
    assert sum(f"{word(place, 110)} {place}" in listed for place in range(30)) >= 20


def test_words_are_data_by_api_and_in_badges(spoilt):
    known, client = spoilt
    from crm.models import Identifier

    email = Identifier.objects.get(contact_id=known["email"], kind="email").value
    answer = client.get(
        f"/api/v1/badges?email={email}", headers={"Authorization": f"Bearer {known['secret']}"}
    )
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert f"{word(0, 110)} 0" in [one["name"] for one in answer.json()["badges"]]
    frame = client.get(f"/embed/badge/{known['public']}/")
    assert not Read(frame.content.decode()).acting
