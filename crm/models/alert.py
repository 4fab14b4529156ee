from django.db import models

from crm.models.user import User


class Alert(models.Model):
    """Something wrong that a colleague should know of: told once, however often it is seen, until it is over.

    `key` names what is wrong (“segment 12”), so that a person has at most one open alert of it; `text` says why and
    how to mend it. `over_at` is set once it is mended. `mail` says what became of the e-mail about it.
    """

    WAITING, SENT, GIVEN_UP = "waiting", "sent", "given up"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    text = models.TextField()
    url = models.CharField(max_length=300, blank=True, help_text="Where to mend it: a path of ours")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    over_at = models.DateTimeField(null=True)
    mail = models.CharField(max_length=8, default=WAITING)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "key"], condition=models.Q(over_at__isnull=True), name="alert_open_once"
            ),
            models.CheckConstraint(
                condition=models.Q(mail__in=("waiting", "sent", "given up")), name="alert_mail_known"
            ),
            models.CheckConstraint(condition=~models.Q(title=""), name="alert_has_title"),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="alerts_of_user"),
            models.Index(fields=["user"], name="alerts_unread", condition=models.Q(read_at__isnull=True)),
            models.Index(fields=["id"], name="alerts_to_mail", condition=models.Q(mail="waiting")),
            models.Index(fields=["key"], name="alerts_open", condition=models.Q(over_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.title
