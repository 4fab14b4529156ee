"""The narrow door for help desks: what it opens, and every thing that it must not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from crm.domain.origins import BadOrigin, normal_origin
from crm.kit.clock import now
from crm.models import Account, AttributeDefinition, Contact
from segments.actions.service import badge_keys, playbooks
from segments.api import desk
from segments.models import BadgeKey, BadgeSecret, Membership, Placement, Vote

DESK = "https://desk.example"


@pytest.fixture
def made(person):
    """Makes a key: (key, secret)."""

    def make(**terms):
        terms = {"name": "Desk", "origins": [DESK], "servers": False, "votes": True, "rate": 120} | terms
        return badge_keys.make_key(**terms, by=person("service lead"), at=now())

    return make


@pytest.fixture
def ask():
    """Asks as a page of an origin does."""

    def call(secret, query="email=ada@example.com", origin=DESK, client=None, **headers):
        if origin:
            headers["Origin"] = origin
        if secret:
            headers["Authorization"] = f"Bearer {secret}"
        return (client or Client()).get(f"/api/v1/badges?{query}", headers=headers)

    return call


def send(secret, body, origin=DESK):
    headers = {"Origin": origin, "Authorization": f"Bearer {secret}"}
    return Client().post("/api/v1/badges/votes", body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("query", ["email=ADA@example.com", "phone=%2B4915112345678", "external_id=C-1815"])
def test_badges_by_each_identifier(ada, badge, made, ask, person, noon, query):
    segment = badge("Loyal", ada)
    playbooks.write(
        segment=segment, parts={"do": "Thank"}, note="", started_from=0, by=person("marketer"), at=noon
    )
    _, secret = made()
    answer = ask(secret, query)
    assert answer.status_code == 200, answer.content
    assert answer.headers["Access-Control-Allow-Origin"] == DESK
    assert "Origin" in answer.headers["Vary"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert set(answer.json()) == {"badges", "may_vote", "as_of"}
    (found,) = answer.json()["badges"]
    assert (found["slug"], found["why"], found["vote"]) == ("loyal", ["Country is ‘Germany’"], None)
    assert found["playbook"]["do"] == ["Thank"]


def test_an_unknown_customer_looks_like_one_without_badges(ada, made, ask):
    _, secret = made()
    known, unknown = ask(secret).json(), ask(secret, "email=nobody@example.com").json()
    assert known["badges"] == unknown["badges"] == []
    assert set(known) == set(unknown)


def test_erased_and_merged_contacts_are_not_found(ada, badge, made, ask, contact, noon):
    badge("Loyal", ada)
    _, secret = made()
    Contact.objects.filter(pk=ada.pk).update(erased_at=noon)
    assert ask(secret).json()["badges"] == []
    Contact.objects.filter(pk=ada.pk).update(erased_at=None, merged_into=contact("Other"))
    assert ask(secret).json()["badges"] == []


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://desk.example",
        "https://desk.example.evil.example",
        "https://desk.example:8443",
        "https://sub.desk.example",
        "null",
        "",
    ],
)
def test_any_other_origin_is_refused(ada, badge, made, ask, origin):
    badge("Loyal", ada)
    _, secret = made()
    answer = Client().get(
        "/api/v1/badges?email=ada@example.com",
        headers={"Origin": origin, "Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert b"Loyal" not in answer.content


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_browser_without_an_origin_is_refused(ada, made, ask, site):
    _, secret = made(servers=True)
    assert ask(secret, origin="", **{"Sec-Fetch-Site": site}).status_code == 403


def test_our_own_frame_may_ask(ada, made, ask):
    _, secret = made()
    assert ask(secret, origin="", **{"Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert ask(secret, origin="http://testserver").status_code == 200


def test_programs_only_where_the_key_says_so(ada, made, ask):
    _, secret = made()
    assert ask(secret, origin="").status_code == 403
    _, other = made(servers=True, origins=[])
    assert ask(other, origin="").status_code == 200


def test_only_a_badge_key_opens_it(ada, made, ask, signed_in, person):
    from crm.actions.tokens import make_token

    _, secret = made()
    _, token = make_token(
        name="x",
        machine=True,
        scopes=["contacts:read"],
        expires_at=None,
        by=person("administrator"),
        at=now(),
    )
    for wrong in ("", "fb_", secret[:-1] + "!", secret[:-1], "fb_" + "A" * 40, token, "x" * 500):
        answer = ask(wrong)
        assert answer.status_code == 401, wrong
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert ask("", client=signed_in("administrator")).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/contacts/",
        "/contacts/1/",
        "/contacts/1/badges/",
        "/badges/?email=ada@example.com",
        "/segments/",
        "/segments/loyal/members/",
        "/schema/",
        "/interactions/",
    ],
)
def test_a_badge_key_opens_nothing_else(ada, badge, made, path):
    badge("Loyal", ada)
    _, secret = made(servers=True)
    for method in ("GET", "POST"):
        answer = Client().generic(method, f"/api/v1{path}", headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code in (401, 405), (method, path, answer.content)
        assert b"Ada" not in answer.content
    assert Client().get("/contacts/", headers={"Authorization": f"Bearer {secret}"}).status_code == 302


def test_what_is_not_a_badge_never_appears(ada, badge, made, ask):
    badge("Hidden Cause", ada, shown_as_badge=False)
    badge("Archived", ada, archived_at=now())
    leaning = {"all": [{"segment": "hidden-cause", "op": "in"}]}
    badge("Leaning", ada, rule={"version": 1, "rule": leaning})
    _, secret = made()
    answer = ask(secret)
    assert [found["name"] for found in answer.json()["badges"]] == ["Leaning"]
    assert "Hidden Cause" not in answer.content.decode()
    assert "Archived" not in answer.content.decode()


def test_sensitive_attributes_never_appear(ada, badge, made, ask):
    AttributeDefinition.objects.create(name="illness", label="Illness", type="text", sensitive=True)
    ada.attributes["illness"] = "Gout"
    ada.save()
    ill = {"version": 1, "rule": {"any": [{"not": {"attribute": "illness", "op": "is", "value": "none"}}]}}
    badge("Ill", ada, rule=ill)
    badge("Leaning", ada, rule={"version": 1, "rule": {"segment": "ill", "op": "in"}})
    badge("Plain", ada)
    _, secret = made()
    answer = ask(secret)
    assert [found["name"] for found in answer.json()["badges"]] == ["Plain"]
    for word in ("Ill", "Gout", "Leaning"):
        assert word not in answer.content.decode()
    refused = send(secret, {"email": "ada@example.com", "segment": "ill", "right": False})
    assert refused.status_code == 404


def test_who_placed_them_by_hand_and_why_stays_in_facet(ada, badge, made, ask, person, noon):
    segment = badge("Loyal", ada)
    Placement.objects.create(
        segment=segment,
        contact=ada,
        included=True,
        reason="Cousin of the boss",
        by=person("marketer"),
        at=noon,
    )
    _, secret = made()
    answer = ask(secret)
    assert answer.json()["badges"][0]["why"] == ["Placed by hand."]
    assert "Cousin" not in answer.content.decode()
    assert "Marketer" not in answer.content.decode()


def test_the_rate_of_a_key_is_kept(ada, made, ask):
    _, secret = made(rate=3)
    assert [ask(secret).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    _, other = made()
    assert ask(other).status_code == 200


def test_guessing_addresses_is_stopped(ada, badge, made, ask, monkeypatch):
    monkeypatch.setattr(desk, "MISSES", 3)
    badge("Loyal", ada)
    _, secret = made()
    for number in range(3):
        assert ask(secret, f"email=guess{number}@example.com").status_code == 200
    stopped = ask(secret)
    assert stopped.status_code == 429
    assert int(stopped.headers["Retry-After"]) > 0
    assert b"Loyal" not in stopped.content


def test_guessing_keys_is_stopped(ada, ask, monkeypatch, db):
    minute = desk.now().replace(second=20)  # all within one minute of the clock, which counts them
    monkeypatch.setattr(desk, "now", lambda: minute)
    assert {ask("fb_" + "A" * 40).status_code for _ in range(60)} == {401}
    assert ask("fb_" + "A" * 40).status_code == 429


@pytest.mark.parametrize(
    "query", ["", "email=", "email=a@b.example&phone=1", "email=nonsense", "name=Ada", "phone=12"]
)
def test_bad_questions_get_a_sentence(made, ask, query):
    _, secret = made()
    answer = ask(secret, query)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_preflight_names_only_origins_of_living_keys(made, person):
    key, _ = made()
    wants = {"Origin": DESK, "Access-Control-Request-Method": "GET"}
    answer = Client().options("/api/v1/badges", headers=wants)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (204, DESK)
    assert "Access-Control-Allow-Credentials" not in answer.headers
    other = Client().options("/api/v1/badges", headers=wants | {"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers
    badge_keys.revoke_key(key=key, by=person("service lead"), at=now())
    gone = Client().options("/api/v1/badges", headers=wants)
    assert "Access-Control-Allow-Origin" not in gone.headers


def test_rotation_overlaps_and_ends(ada, made, ask, person, monkeypatch):
    key, old = made()
    new = badge_keys.rotate_key(key=key, overlap=timedelta(hours=1), by=person("service lead"), at=now())
    assert (ask(old).status_code, ask(new).status_code) == (200, 200)
    later = now() + timedelta(hours=1, seconds=1)
    monkeypatch.setattr(desk, "now", lambda: later)
    assert (ask(old).status_code, ask(new).status_code) == (401, 200)
    newest = badge_keys.rotate_key(key=key, overlap=timedelta(0), by=person("service lead"), at=later)
    assert (ask(new).status_code, ask(newest).status_code) == (401, 200)


def test_revoking_ends_all_secrets(ada, made, ask, person):
    key, secret = made()
    assert badge_keys.revoke_key(key=key, by=person("service lead"), at=now())
    assert ask(secret).status_code == 401
    assert not badge_keys.revoke_key(key=key, by=person("service lead"), at=now())
    with pytest.raises(badge_keys.KeyRefused, match="revoked"):
        badge_keys.rotate_key(key=key, overlap=timedelta(0), by=person("service lead"), at=now())


def test_only_a_hash_is_kept(made):
    key, secret = made()
    kept = BadgeSecret.objects.get(key=key)
    assert len(secret) == 43
    assert secret not in (kept.hashed, kept.hint)
    assert kept.hint == secret[-4:]
    assert secret not in str(BadgeKey.objects.values())


def test_a_vote_from_the_desk_counts_once_an_agent(ada, badge, made):
    badge("Loyal", ada)
    key, secret = made()
    body = {
        "email": "ada@example.com",
        "segment": "loyal",
        "right": False,
        "reason": "<b>Left</b>",
        "agent": "Bo",
    }
    found = send(secret, body).json()["badges"][0]
    assert (found["vote"], found["reason"]) == (False, "<b>Left</b>")
    send(secret, body | {"agent": "BO", "right": True})
    send(secret, body | {"agent": "Cy"})
    assert set(Vote.objects.values_list("voter", "right")) == {
        (f"badge key {key.pk}: bo", True),
        (f"badge key {key.pk}: cy", False),
    }
    send(secret, body | {"agent": "Cy", "right": None})
    assert Vote.objects.count() == 1


def test_votes_that_must_not_be(ada, badge, made):
    badge("Loyal", ada)
    badge("Hidden", ada, shown_as_badge=False)
    badge("Other")
    body = {"email": "ada@example.com", "right": True}
    _, silent = made(votes=False)
    assert send(silent, body | {"segment": "loyal"}).status_code == 403
    _, secret = made()
    for slug in ("hidden", "other", "none"):
        assert send(secret, body | {"segment": slug}).status_code == 404
    assert send(secret, body | {"segment": "loyal"}, origin="https://evil.example").status_code == 403
    assert send(secret, body | {"segment": "loyal", "email": "no@example.com"}).status_code == 404
    assert send(secret, body | {"segment": "loyal", "reason": "x" * 501}).status_code == 400
    assert not Vote.objects.exists()


def test_days_are_those_of_the_account(ada, badge, made, ask):
    badge("Loyal", ada)
    Account.objects.update_or_create(pk=1, defaults={"timezone": "Pacific/Kiritimati"})
    Membership.objects.update(since=datetime(2026, 3, 15, 12, tzinfo=UTC))
    _, secret = made()
    (found,) = ask(secret).json()["badges"]
    assert found["since"] == "2026-03-16T02:00:00+14:00"


def test_it_takes_a_fixed_number_of_queries(ada, badge, made, ask, django_assert_max_num_queries):
    for number in range(6):
        badge(f"S{number}", ada)
    _, secret = made()
    ask(secret)
    with django_assert_max_num_queries(11):
        assert len(ask(secret).json()["badges"]) == 6
    AttributeDefinition.objects.create(name="iban", label="IBAN", type="text", sensitive=True)
    with django_assert_max_num_queries(11):
        assert len(ask(secret).json()["badges"]) == 6
    Membership.objects.all().delete()


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        (" https://Desk.Example/ ", "https://desk.example"),
        ("https://desk.example:443", "https://desk.example"),
        ("https://desk.example:8443", "https://desk.example:8443"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_origins_have_one_form(written, normal):
    assert normal_origin(written) == normal


@pytest.mark.parametrize(
    "written",
    ["", "*", "https://*.example", "desk.example", "https://", "http://desk.example", "https://a.example/x",
     "https://a@b.example", "ftp://a.example", "https://a.example:x", "javascript:alert(1)", "null",
     "https://a.example'; script-src *", "https://a b.example", "https://-a.example"],
)  # fmt: skip
def test_other_texts_are_no_origins(written):
    with pytest.raises(BadOrigin):
        normal_origin(written)
