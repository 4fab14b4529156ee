from django.db import models

from crm.models.contact import Contact
from crm.models.user import User


class Note(models.Model):
    """What a colleague wrote about a contact."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    body = models.TextField(max_length=10_000)
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(body=""), name="note_has_body")]
        indexes = [models.Index(fields=["contact", "-created_at"], name="note_by_contact")]
