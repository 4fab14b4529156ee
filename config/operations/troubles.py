"""What is wrong with the moving of work: the outbox, the changes that wait, the mails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse

from config.relay import unknown_events
from crm.kit.figures import duration
from crm.models import Alert, ContactTouch, OutboxEvent
from crm.troubles import Trouble

OUTBOX_WAIT = timedelta(minutes=5)
TOUCH_WAIT = timedelta(minutes=3)
MAIL_DAYS = timedelta(days=2)


def troubles(at: datetime) -> Iterator[Trouble]:
    """Four queries, whatever is wrong."""
    yield from _outbox(at)
    yield from _touches(at)
    yield from _mails(at)


def _outbox(at: datetime) -> Iterator[Trouble]:
    waiting = OutboxEvent.objects.filter(sent_at__isnull=True).order_by("id")
    oldest = waiting.values_list("created_at", flat=True).first()
    unknown = unknown_events()
    if unknown:
        names = ", ".join(f"‘{name}’" for name in unknown)
        yield Trouble(
            key="outbox unknown",
            title="The outbox holds events that this version of Facet does not know",
            text=f"{names} wait and are kept. Bring web and workers to the same version.",
            url=reverse("operations"),
        )
    elif oldest is not None and at - oldest > OUTBOX_WAIT:
        yield Trouble(
            key="outbox late",
            title=f"Events wait in the outbox for {duration(at - oldest)}",
            text="Nothing is lost, but nothing follows from changes until they are sent. See that the broker answers "
            "and that a worker of the quick queue runs (‘celery -A config worker --queues=quick’).",
            url=reverse("operations"),
        )


def _touches(at: datetime) -> Iterator[Trouble]:
    oldest = ContactTouch.objects.order_by("id").values_list("at", flat=True).first()
    if oldest is not None and at - oldest > TOUCH_WAIT:
        yield Trouble(
            key="changes late",
            title=f"Changes of customers wait to be judged for {duration(at - oldest)}",
            text="Badges are as old as that. See that a worker of the quick queue runs, and what the newest runs say.",
            url=reverse("operations"),
        )


def _mails(at: datetime) -> Iterator[Trouble]:
    lost = Alert.objects.filter(mail=Alert.GIVEN_UP, at__gte=at - MAIL_DAYS).order_by("-id")
    error = lost.values_list("mail_error", flat=True).first()
    if error is not None:
        yield Trouble(
            key="mail",
            title="E-mails about alerts could not be sent",
            text=f"The mail server said: {error}. Check EMAIL_URL. The alerts themselves are on everybody’s page.",
            url=reverse("alerts"),
            severe=False,
        )
