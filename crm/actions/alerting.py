"""Tells colleagues what is wrong, once a trouble, in the product and by mail; and that it is over."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from crm.domain.roles import Role
from crm.models import Alert, User
from crm.troubles import Trouble

log = logging.getLogger(__name__)
MAILED_AT_ONCE = 50
GIVE_UP_AFTER = timedelta(days=1)
Send = Callable[[Alert, str], None]


def tell(*, troubles: Iterable[Trouble], at: datetime) -> int:
    """Bring the open alerts in line with the troubles there are: new ones opened, those over closed; how many opened.

    The same troubles again change nothing, so it may be called as often as one likes.
    """
    now = {trouble.key: trouble for trouble in troubles}
    with transaction.atomic():
        standing = Alert.objects.filter(over_at__isnull=True)
        if connection.features.has_select_for_update:
            standing = standing.select_for_update()
        held = {(alert.key, alert.user_id): alert for alert in standing}
        told = {key for key, _ in held}
        active = {user.pk: user for user in User.objects.filter(is_active=True)}
        administrators = [user.pk for user in active.values() if user.role == Role.ADMINISTRATOR]
        fresh = []
        for key, trouble in now.items():
            to = [trouble.to] if trouble.to in active else administrators
            if key not in told:
                fresh += [_alert(trouble, user, at) for user in to if user is not None]
        Alert.objects.bulk_create(fresh, ignore_conflicts=True)
        for (key, _), alert in held.items():
            if key in now and (alert.text, alert.title) != (now[key].text, now[key].title[:200]):
                Alert.objects.filter(pk=alert.pk).update(text=now[key].text, title=now[key].title[:200])
        over = [alert.pk for (key, _), alert in held.items() if key not in now]
        Alert.objects.filter(pk__in=over).update(over_at=at)
    return len(fresh)


def _alert(trouble: Trouble, user: int, at: datetime) -> Alert:
    return Alert(
        user_id=user,
        key=trouble.key[:80],
        title=trouble.title[:200],
        text=trouble.text,
        url=trouble.url[:300],
        at=at,
    )


def mark_read(*, by: User, alerts: Sequence[int] | None = None, at: datetime) -> int:
    """Mark the given alerts of a person as read, all of them where none is named; how many were not yet."""
    unread = Alert.objects.filter(user=by, read_at__isnull=True)
    if alerts is not None:
        unread = unread.filter(pk__in=alerts)
    return unread.update(read_at=at)


def mail_waiting(*, send: Send, at: datetime) -> int:
    """Send the e-mails that wait; how many went out. What fails is tried again for a day, then given up.

    An alert that is over before its mail went out needs none. Each is sent in a transaction that holds its row: two
    workers send no mail twice, and a crash between sending and noting it sends one with the same message id again.
    """
    Alert.objects.filter(mail=Alert.WAITING, over_at__isnull=False).update(mail=Alert.SENT)
    sent = 0
    waiting = list(
        Alert.objects.filter(mail=Alert.WAITING).order_by("id").values_list("pk", flat=True)[:MAILED_AT_ONCE]
    )
    for number in waiting:
        sent += _mail(number, send, at)
    return sent


def _mail(number: int, send: Send, at: datetime) -> bool:
    with transaction.atomic():
        mine = Alert.objects.select_related("user").filter(pk=number, mail=Alert.WAITING)
        if connection.features.has_select_for_update_skip_locked:
            mine = mine.select_for_update(skip_locked=True, of=("self",))
        alert = mine.first()
        if alert is None:
            return False
        try:
            send(alert, message_id(alert))
        except Exception as error:  # whatever the mail server, the network or the file system says
            log.warning("The e-mail about alert %s could not be sent: %s", number, error)
            given_up = at - alert.at > GIVE_UP_AFTER
            Alert.objects.filter(pk=number).update(
                mail=Alert.GIVEN_UP if given_up else Alert.WAITING,
                mail_attempts=F("mail_attempts") + 1,
                mail_error=str(error)[:300] or type(error).__name__,
            )
            return False
        Alert.objects.filter(pk=number).update(
            mail=Alert.SENT, mail_attempts=F("mail_attempts") + 1, mail_error=""
        )
    return True


def message_id(alert: Alert) -> str:
    """The same for the same alert, so that a mail sent twice shows once."""
    return f"<alert.{alert.pk}.{alert.at:%Y%m%d%H%M%S}@facet>"
