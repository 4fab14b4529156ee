from django.db import models
from django.db.models.functions import Now


class OutboxEvent(models.Model):
    """Something that happened, written in the transaction in which it did. The relay turns it into tasks.

    `name` is a key of `config/reactions.py`. Sent events are kept a day, then removed by the sweep.
    """

    name = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="outbox_waiting", condition=models.Q(sent_at__isnull=True))
        ]
