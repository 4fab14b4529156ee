from django.db import models

from crm.models.user import User


class AuditEntry(models.Model):
    """Who did what, written inside the transaction that did it."""

    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=60, help_text="segment.saved, contact.edited …")
    subject = models.CharField(max_length=60, help_text="segment 12, contact 7 …")
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject", "-at"], name="audit_by_subject")]
