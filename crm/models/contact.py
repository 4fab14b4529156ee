from typing import Self

from django.db import models
from django.db.models.functions import Now

from crm.models.company import Company
from crm.models.names import NameInOrder
from crm.models.user import User


class ContactQuerySet(models.QuerySet["Contact"]):
    """Chainable readings of contacts."""

    def living(self) -> Self:
        """Those who are neither erased nor merged into another."""
        return self.filter(erased_at__isnull=True, merged_into__isnull=True)


class Contact(models.Model):
    """One person the account knows. What the account keeps of them is in `attributes`, by name.

    A value in `attributes` is JSON: text, number, true/false, an ISO date or instant as text, or a list of text.
    An absent key, null, "" and [] all mean missing.
    """

    first_name = models.CharField(max_length=200, blank=True)
    last_name = models.CharField(max_length=200, blank=True)
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    attributes = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    erased_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.RESTRICT, related_name="+", db_index=False
    )

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | ~models.Q(merged_into=models.F("id")),
                name="contact_not_merged_into_itself",
            ),
        ]
        indexes = [
            models.Index(fields=["updated_at", "id"], name="contact_by_update"),
            models.Index(
                NameInOrder("last_name", "first_name"),
                "id",
                name="contact_by_name",
                condition=models.Q(erased_at__isnull=True, merged_into__isnull=True),
            ),
            # Only of the merged: an index of all would tempt SQLite to read everybody who is not.
            models.Index(
                fields=["merged_into"], name="contact_merged", condition=models.Q(merged_into__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What to call them on a page; never empty."""
        return f"{self.first_name} {self.last_name}".strip() or f"Customer {self.pk}"


class ContactChange(models.Model):
    """What changed on a contact at one moment: {name: [before, after]}. The history of attributes.

    `first_name`, `last_name`, `company` and identifiers stand in it beside attributes.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    source = models.CharField(max_length=80, help_text="form, import 12, api …")
    changes = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["contact", "-at"], name="contact_change_by_contact")]


class ContactTouch(models.Model):
    """Says that a contact changed and must be judged again; no contact means: all of them.

    Written in the transaction of the change; removed only in the transaction that wrote the verdicts that cover it.
    `evidence` names what changed, where that is known: {"interactions": [ids]} or {"attributes": [names]}.
    """

    contact = models.ForeignKey(
        Contact, null=True, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    cause = models.CharField(max_length=12, default="change")
    evidence = models.JSONField(null=True)
    at = models.DateTimeField(db_default=Now())
