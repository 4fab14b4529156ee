"""The pages of help desk keys, the frame and the script."""

from __future__ import annotations

import pytest
from django.test import Client

from crm.domain.roles import Role
from segments.models import BadgeKey, BadgeSecret

FORM = {"name": "Zendesk", "origins": "https://desk.example", "votes": "on", "rate": "60"}


@pytest.fixture
def lead(signed_in):
    return signed_in("service lead")


def make(lead, **fields):
    answer = lead.post("/help-desks/new/", FORM | fields)
    return answer, BadgeKey.objects.order_by("-pk").first()


def secret_in(answer):
    return answer.context["secret"]


def test_the_secret_is_shown_once(lead, db):
    assert "No help desk yet" in lead.get("/help-desks/").content.decode()
    answer, key = make(lead)
    assert answer.status_code == 201
    secret = secret_in(answer)
    assert answer.content.decode().count(secret) >= 3
    assert "no-store" in answer.headers["Cache-Control"]
    page = lead.get(f"/help-desks/{key.pk}/").content.decode()
    assert secret not in page
    assert "YOUR_KEY" in page
    assert "Zendesk" in lead.get("/help-desks/").content.decode()


def test_what_was_entered_stays_when_wrong(lead, db):
    answer, key = make(lead, origins="http://desk.example")
    assert (answer.status_code, key) == (422, None)
    text = answer.content.decode()
    assert "is not safe" in text
    assert 'value="Zendesk"' in text
    assert make(lead, origins="")[0].status_code == 422
    assert make(lead, rate="0")[0].status_code == 422


def test_everything_wrong_is_said_at_once(lead, db):
    answer, key = make(lead, name=" ", origins="http://desk.example ftp://x", rate="9000")
    assert (answer.status_code, key) == (422, None)
    text = answer.content.decode()
    for sentence in ("is not safe", "‘ftp://x’ is no origin", "equal to 6000"):
        assert sentence in text
    assert set(answer.context["form"].errors) == {"name", "origins", "rate"}
    both, _ = make(lead, name="", origins="")
    assert {"name", "origins"} == set(both.context["form"].errors)
    _, kept = make(lead)
    changed = lead.post(f"/help-desks/{kept.pk}/", {"name": "", "origins": "nonsense", "rate": "60"})
    assert changed.status_code == 422
    assert {"name", "origins"} == set(changed.context["form"].errors)


def test_terms_change_and_secrets_rotate(lead, db):
    answer, key = make(lead)
    old = secret_in(answer)
    sent = FORM | {"origins": "https://desk.example https://other.example"}
    assert lead.post(f"/help-desks/{key.pk}/", sent).status_code == 302
    key.refresh_from_db()
    assert key.origins == ["https://desk.example", "https://other.example"]
    answer = lead.post(f"/help-desks/{key.pk}/rotate/", {"overlap": "24"})
    assert answer.status_code == 201
    assert secret_in(answer) != old
    assert BadgeSecret.objects.filter(key=key).count() == 2
    assert lead.post(f"/help-desks/{key.pk}/rotate/", {"overlap": "x"}).status_code == 302
    assert lead.post(f"/help-desks/{key.pk}/revoke/").status_code == 302
    page = lead.get(f"/help-desks/{key.pk}/")
    assert "Revoked on" in page.content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_only_those_who_connect_help_desks_get_in(signed_in, lead, role):
    _, key = make(lead)
    allowed = role in (Role.SERVICE_LEAD, Role.ADMINISTRATOR)
    client = signed_in(role)
    for address in ("/help-desks/", "/help-desks/new/", f"/help-desks/{key.pk}/"):
        assert client.get(address).status_code == (200 if allowed else 403)
        assert Client().get(address).status_code == 302
    if not allowed:
        for act in ("rotate", "revoke"):
            assert client.post(f"/help-desks/{key.pk}/{act}/").status_code == 403


def test_the_frame_names_exactly_its_origins(lead, db):
    _, key = make(lead)
    answer = Client().get(f"/embed/badge/{key.public}/")
    assert answer.status_code == 200
    policy = dict(
        part.strip().split(" ", 1)
        for part in answer.headers["Content-Security-Policy"].split(";")
        if " " in part.strip()
    )
    assert policy["frame-ancestors"] == "'self' https://desk.example"
    assert policy["script-src"] == "'self'"
    assert "X-Frame-Options" not in answer.headers
    assert not answer.cookies
    lead.post(f"/help-desks/{key.pk}/revoke/")
    gone = Client().get(f"/embed/badge/{key.public}/")
    assert gone.status_code == 404
    assert "frame-ancestors 'none'" in gone.headers["Content-Security-Policy"]
    assert gone.headers["X-Frame-Options"] == "DENY"


def test_every_other_page_refuses_frames(lead, db):
    answer = lead.get("/help-desks/")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_the_script_is_small_and_holds_no_secret(db):
    answer = Client().get("/embed/badge.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert len(answer.content) < 12_000
    assert b"innerHTML" not in answer.content
    assert not answer.cookies
