from django.db import models
from django.db.models.functions import Lower, Now


class Company(models.Model):
    """An organisation that contacts belong to."""

    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="company_name_once"),
            models.CheckConstraint(condition=~models.Q(name=""), name="company_has_name"),
        ]

    def __str__(self) -> str:
        return self.name
