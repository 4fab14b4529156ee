from django.db import models
from django.db.models.fields.json import KT
from django.db.models.functions import Now

from crm.models.contact import Contact


class Interaction(models.Model):
    """Something a contact did or that was done with them: call, e-mail, ticket, purchase, page view … an open set.

    `at` has microseconds; `amount` is exact with six decimals; that a message counts once is kept by `Delivery`.
    `recorded_at` and `id` tell what was received first. On PostgreSQL the table is cut by the month of `at`.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
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
