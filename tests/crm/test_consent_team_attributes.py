"""The consent ledger, the team that always keeps an administrator, and attributes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from crm.actions import attributes, consents, team
from crm.domain.attributes import AttributeType
from crm.domain.roles import Role
from crm.models import Account, AttributeDefinition, Consent, ConsentEntry, Contact, User


def answer(contact: Contact, granted: bool, given_at: datetime, at: datetime) -> None:
    consents.record(
        contact=contact,
        channel="email",
        purpose="offers",
        granted=granted,
        given_at=given_at,
        source="form",
        by=None,
        at=at,
    )


def test_the_newest_answer_counts_in_whatever_order_they_arrive(
    contact: Callable[..., Contact], noon: datetime
) -> None:
    ada = contact()
    answer(ada, False, noon, noon)
    answer(ada, True, noon - timedelta(days=3), noon)
    state = Consent.objects.get()
    assert (state.granted, state.since) == (False, noon)
    assert ConsentEntry.objects.count() == 2


def test_many_answers_at_once(contact: Callable[..., Contact], noon: datetime) -> None:
    people = [contact() for _ in range(3)]
    answers = [
        consents.Answer(one.pk, "sms", "offers", granted, noon - timedelta(days=days), "import 1")
        for one in people
        for days, granted in ((2, True), (1, False), (5, True))
    ]
    consents.record_many(answers=answers, by=None, at=noon)
    assert list(Consent.objects.values_list("granted", flat=True)) == [False, False, False]
    assert ConsentEntry.objects.count() == 9


def test_an_answer_from_tomorrow_or_for_nothing_is_refused(
    contact: Callable[..., Contact], noon: datetime
) -> None:
    ada = contact()
    with pytest.raises(consents.ConsentRefused, match="lies ahead"):
        answer(ada, True, noon + timedelta(days=1), noon)
    with pytest.raises(consents.ConsentRefused, match="no channel"):
        consents.record_many(
            answers=[consents.Answer(ada.pk, "pigeon", "offers", True, noon, "form")], by=None, at=noon
        )
    assert not ConsentEntry.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.create(contact=ada, channel="pigeon", purpose="offers", granted=True, since=noon)
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.create(contact=ada, channel="sms", purpose="fun", granted=True, since=noon)


def test_the_last_administrator_stays(person: Callable[..., User], noon: datetime) -> None:
    boss = person(Role.ADMINISTRATOR)
    with pytest.raises(team.TeamRefused, match="only administrator"):
        team.deactivate(user=boss, by=boss, at=noon)
    with pytest.raises(team.TeamRefused, match="only administrator"):
        team.change_role(user=boss, role=Role.SERVICE, by=boss, at=noon)
    other = team.invite(
        email=" Bo@Facet.example ", name="Bo", role=Role.ADMINISTRATOR, password="x", by=boss, at=noon
    )
    assert other.email == "bo@facet.example"
    team.deactivate(user=boss, by=other, at=noon)
    with pytest.raises(team.TeamRefused):
        team.deactivate(user=other, by=other, at=noon)


def test_a_colleague_is_invited_once(person: Callable[..., User], noon: datetime) -> None:
    boss = person(Role.ADMINISTRATOR)
    with pytest.raises(team.TeamRefused, match="already"):
        team.invite(email=boss.email.upper(), name="X", role=Role.SERVICE, password="x", by=boss, at=noon)


def test_the_invitation_shows_a_password_that_works(signed_in: Callable[..., Client]) -> None:
    sent = {"name": "Bo", "email": "bo@facet.example", "role": "service"}
    answer = signed_in(Role.ADMINISTRATOR).post("/team/invite/", sent)
    password = answer.context["password"]
    assert User.objects.get(email="bo@facet.example").check_password(password)
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_attributes_are_defined_once_and_retire(person: Callable[..., User], noon: datetime) -> None:
    by = person(Role.MARKETER)
    first = attributes.define(name="first_purchase", type=AttributeType.DATE, by=by, at=noon)
    assert first.label == "First purchase"
    for name, sentence in (("first_purchase", "already"), ("email", "already"), (" ", "Give")):
        with pytest.raises(attributes.AttributeRefused, match=sentence):
            attributes.define(name=name, type=AttributeType.TEXT, by=by, at=noon)
    attributes.retire(definition=first, by=by, at=noon)
    attributes.restore(definition=first, by=by, at=noon)
    assert AttributeDefinition.objects.get().retired_at is None


@pytest.mark.django_db
@pytest.mark.parametrize("terms", [{"name": "", "type": "text"}, {"name": "x", "type": "colour"}])
def test_the_database_refuses_an_attribute_without_name_or_type(terms: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AttributeDefinition.objects.create(label="X", **terms)


@pytest.mark.django_db
def test_there_is_one_account_and_users_are_lower_case_with_a_role() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.create(pk=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="Bo@facet.example", name="Bo", role="service")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="bo@facet.example", name="Bo", role="king")


def test_settings_change_and_a_wrong_currency_says_so(signed_in: Callable[..., Client]) -> None:
    client = signed_in(Role.ADMINISTRATOR)
    entered = {
        "name": "Alpine",
        "timezone": "Europe/Vienna",
        "currency": "eur",
        "country": "AT",
        "accuracy_floor": "80",
    }
    assert client.post("/account/", entered).status_code == 302
    assert Account.objects.get().currency == "EUR"
    wrong = client.post("/account/", entered | {"currency": "euro"})
    assert wrong.status_code == 422
    assert b"Write three letters" in wrong.content


def test_what_is_wrong_with_an_invitation_is_said_at_its_field(signed_in: Callable[..., Client]) -> None:
    answer = signed_in(Role.ADMINISTRATOR).post(
        "/team/invite/", {"name": "", "email": "no", "role": Role.SERVICE}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(r'id="id_name_error">.*?This cannot stay empty\.', page, re.S)
    assert re.search(r'id="id_email_error">.*?Write an e-mail address, as ada@example\.com\.', page, re.S)
    assert 'value="no"' in page
