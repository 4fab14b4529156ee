"""Told once, by mail once, closed when it is over."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from crm.actions import alerting
from crm.kit.mail import send_text
from crm.models import Alert
from crm.tasks import raise_alerts
from crm.troubles import TROUBLES, Trouble

pytestmark = pytest.mark.django_db


def red(to=None, text="‘City’ is retired: bring it back."):
    return Trouble("segment 1", "‘Graz’ cannot be evaluated", text, "/segments/graz/", to=to)


def send(alert, message_id):
    send_text(subject=alert.title, text=alert.text, to=alert.user.email, message_id=message_id)


def test_the_owner_is_told_once_however_often_it_is_seen(person, noon):
    owner = person("marketer")
    for minutes in range(5):
        alerting.tell(troubles=[red(owner.pk)], at=noon + timedelta(minutes=minutes))
    alert = Alert.objects.get()
    assert (alert.user, alert.title, alert.at, alert.over_at) == (owner, red().title, noon, None)


def test_another_cause_of_the_same_changes_the_words_and_tells_nobody_again(person, noon):
    owner = person("marketer")
    alerting.tell(troubles=[red(owner.pk)], at=noon)
    alerting.mark_read(by=owner, at=noon)
    alerting.tell(troubles=[red(owner.pk, "‘Land’ is retired.")], at=noon)
    assert Alert.objects.get().text == "‘Land’ is retired."
    assert Alert.objects.get().read_at == noon


def test_mended_closes_and_a_new_failure_is_told_again(person, noon):
    owner, later = person("marketer"), noon + timedelta(hours=1)
    alerting.tell(troubles=[red(owner.pk)], at=noon)
    alerting.tell(troubles=[], at=later)
    assert Alert.objects.get().over_at == later
    alerting.tell(troubles=[red(owner.pk)], at=later)
    assert Alert.objects.count() == 2


def test_without_an_owner_who_signs_in_the_administrators_are_told(person, noon):
    owner, boss = person("marketer"), person("administrator")
    owner.is_active = False
    owner.save()
    alerting.tell(troubles=[red(owner.pk), Trouble("runs fail", "Runs fail", "Disk full.")], at=noon)
    assert list(Alert.objects.values_list("user", flat=True)) == [boss.pk, boss.pk]


def test_each_is_mailed_once(person, noon):
    owner = person("marketer")
    alerting.tell(troubles=[red(owner.pk)], at=noon)
    assert alerting.mail_waiting(send=send, at=noon) == 1
    assert alerting.mail_waiting(send=send, at=noon) == 0
    (letter,) = mail.outbox
    assert letter.to == [owner.email]
    assert letter.subject == "Facet: ‘Graz’ cannot be evaluated"
    assert letter.extra_headers["Message-ID"].startswith("<alert.")
    assert Alert.objects.get().mail == Alert.SENT


def test_a_mail_that_fails_is_tried_again_then_given_up_and_says_why(person, noon):
    def away(alert, message_id):
        raise ConnectionRefusedError("no mail server there")

    alerting.tell(troubles=[red(person("marketer").pk)], at=noon)
    assert alerting.mail_waiting(send=away, at=noon) == 0
    alert = Alert.objects.get()
    assert (alert.mail, alert.mail_attempts, alert.mail_error) == ("waiting", 1, "no mail server there")
    alerting.mail_waiting(send=away, at=noon + timedelta(hours=25))
    assert Alert.objects.get().mail == Alert.GIVEN_UP


def test_what_is_over_before_its_mail_needs_none(person, noon):
    alerting.tell(troubles=[red(person("marketer").pk)], at=noon)
    alerting.tell(troubles=[], at=noon)
    assert alerting.mail_waiting(send=send, at=noon) == 0
    assert not mail.outbox


def test_the_task_asks_every_source_tells_and_mails(person, monkeypatch, settings):
    settings.FACET_URL = "https://facet.example"
    owner = person("marketer")
    monkeypatch.setattr("crm.troubles.TROUBLES", {"test": lambda at: [red(owner.pk)]})
    raise_alerts()
    assert "https://facet.example/segments/graz/" in mail.outbox[0].body


def test_every_storey_registered_its_troubles():
    assert {"segments", "operations"} <= TROUBLES.keys()


def test_telling_takes_the_same_queries_for_one_as_for_many(person, noon, django_assert_max_num_queries):
    person("administrator")
    many = [Trouble(f"segment {n}", f"‘{n}’ is red", "Why.") for n in range(50)]
    alerting.tell(troubles=many, at=noon)
    with django_assert_max_num_queries(7):
        alerting.tell(troubles=[], at=noon)
    assert not Alert.objects.filter(over_at=None).exists()


def test_the_list_shows_mine_and_marks_them_read(signed_in, person, noon):
    owner = person("marketer")
    alerting.tell(troubles=[red(owner.pk), Trouble("b", "Theirs", "x", to=person("service").pk)], at=noon)
    browser = signed_in("marketer")
    page = browser.get(reverse("alerts")).content.decode()
    assert "‘Graz’ cannot be evaluated" in page
    assert "Theirs" not in page
    assert "Alerts: 1 unread" in browser.get(reverse("alerts_bell")).content.decode()
    number = Alert.objects.get(user=owner).pk
    answer = browser.post(reverse("alerts_read"), {"alert": number, "next": "/segments/graz/"})
    assert answer.url == "/segments/graz/"
    assert "none unread" in browser.get(reverse("alerts_bell")).content.decode()


def test_nobody_reads_for_another_nor_is_sent_elsewhere(signed_in, person, noon):
    alerting.tell(troubles=[red(person("marketer").pk)], at=noon)
    answer = signed_in("service").post(
        reverse("alerts_read"), {"alert": Alert.objects.get().pk, "next": "https://evil.example/"}
    )
    assert answer.url == reverse("alerts")
    assert Alert.objects.get().read_at is None


def test_the_list_pages_by_key(signed_in, person, noon, django_assert_num_queries):
    owner = person("marketer")
    Alert.objects.bulk_create(
        Alert(user=owner, key=f"k{n}", title=f"Number {n}", text="x", at=noon) for n in range(35)
    )
    browser = signed_in("marketer")
    first = browser.get(reverse("alerts"))
    assert "Number 34" in first.content.decode()
    assert "Number 3<" not in first.content.decode()
    key = first.context["page"].next_key
    assert "Number 3<" in browser.get(reverse("alerts"), {"after": key}).content.decode()


def test_empty_says_so(signed_in):
    assert "Nothing is wrong" in signed_in("service").get(reverse("alerts")).content.decode()
