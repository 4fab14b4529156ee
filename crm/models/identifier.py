from django.db import models

from crm.models.contact import Contact


class Identifier(models.Model):
    """What a contact is found by. `value` is normalised and belongs to one contact."""

    EMAIL, PHONE, EXTERNAL_ID = "email", "phone", "external_id"
    KINDS = (EMAIL, PHONE, EXTERNAL_ID)

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=12, choices=[(kind, kind) for kind in KINDS])
    value = models.CharField(max_length=254)
    shown = models.CharField(max_length=254, help_text="As it was written")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="identifier_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=("email", "phone", "external_id")),
                name="identifier_kind_known",
            ),
            models.CheckConstraint(condition=~models.Q(value=""), name="identifier_has_value"),
        ]

    def __str__(self) -> str:
        return self.shown
