from django.db import models


class Delivery(models.Model):
    """That a message arrived: one row a (source, message id), so that a delivery repeated counts once.

    It stands apart from `Interaction` because that table is cut by month on PostgreSQL, where a uniqueness has to
    hold the instant too. It names nobody and stays when a contact is erased: a replay does not bring them back.
    """

    pk = models.CompositePrimaryKey("source", "message_id")
    source = models.CharField(max_length=80)
    message_id = models.CharField(max_length=200)
    interaction_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(message_id=""), name="delivery_has_message_id"),
        ]
