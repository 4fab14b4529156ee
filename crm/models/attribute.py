from django.db import models
from django.db.models.functions import Now

from crm.domain.attributes import AttributeType


class AttributeDefinition(models.Model):
    """One attribute the account keeps of its contacts. `name` is exact: case and spaces count."""

    name = models.CharField(max_length=120, unique=True)
    label = models.CharField(max_length=120)
    type = models.CharField(max_length=8, choices=[(t.value, t.value) for t in AttributeType])
    sensitive = models.BooleanField(default=False)
    description = models.CharField(max_length=300, blank=True)
    inferred = models.BooleanField(default=False, help_text="The type was read from a file")
    retired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["label", "id"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="attribute_has_name"),
            models.CheckConstraint(
                condition=models.Q(type__in=[t.value for t in AttributeType]),
                name="attribute_type_known",
            ),
        ]

    def __str__(self) -> str:
        return self.label
