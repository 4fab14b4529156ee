from django.db import models
from django.db.models.fields.json import KT
from django.db.models.functions import Now

from crm.models.contact import Contact


class Interaction(models.Model):
    """Something a contact did or that was done with them: call, e-mail, ticket, purchase, page view … an open set.

    `at` has microseconds; `amount` is exact with six decimals; `(source, message_id)` makes a delivery count once.
    `recorded_at` and `id` tell what was received first.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=120)
    at = models.DateTimeField()
    amount = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    properties = models.JSONField(default=dict)
    source = models.CharField(max_length=80)
    message_id = models.CharField(max_length=200)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "message_id"], name="interaction_once"),
            models.CheckConstraint(condition=~models.Q(kind=""), name="interaction_has_kind"),
            models.CheckConstraint(condition=~models.Q(message_id=""), name="interaction_has_message_id"),
        ]
        indexes = [
            models.Index(fields=["contact", "-at", "-id"], name="interaction_timeline"),
            # A customer is found by the number of an order; only interactions that name one are in it.
            models.Index(
                KT("properties__order_id"),
                name="interaction_by_order",
                condition=models.Q(properties__has_key="order_id"),
            ),
        ]
