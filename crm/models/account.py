from django.db import models


class Account(models.Model):
    """The company that uses this installation. There is exactly one."""

    name = models.CharField(max_length=200, default="My company")
    timezone = models.CharField(max_length=64, default="UTC")
    currency = models.CharField(max_length=3, default="EUR")
    country = models.CharField(
        max_length=2, default="GB", help_text="Where a phone number without a prefix is from"
    )
    accuracy_floor = models.PositiveSmallIntegerField(
        default=75,
        help_text="Per cent of “Is this right?” below which a segment goes into review",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="account_is_one"),
            models.CheckConstraint(
                condition=models.Q(accuracy_floor__gte=1, accuracy_floor__lte=99),
                name="account_accuracy_floor_share",
            ),
        ]

    def __str__(self) -> str:
        return self.name
