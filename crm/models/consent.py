from django.db import models

from crm.models.contact import Contact
from crm.models.user import User

CHANNELS = ("email", "sms", "phone", "post")
PURPOSES = ("offers", "service", "profiling")


class ConsentEntry(models.Model):
    """One line of the ledger: never changed, never removed but by erasure."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=8, choices=[(c, c) for c in CHANNELS])
    purpose = models.CharField(max_length=12, choices=[(p, p) for p in PURPOSES])
    granted = models.BooleanField()
    at = models.DateTimeField()
    source = models.CharField(max_length=80)
    proof = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["contact", "-at", "-id"], name="consent_ledger")]


class Consent(models.Model):
    """What the ledger says now, one row per contact, channel and purpose; written with the ledger, never alone."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=8, choices=[(c, c) for c in CHANNELS])
    purpose = models.CharField(max_length=12, choices=[(p, p) for p in PURPOSES])
    granted = models.BooleanField()
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact", "channel", "purpose"], name="consent_state_once"),
            models.CheckConstraint(condition=models.Q(channel__in=CHANNELS), name="consent_channel_known"),
            models.CheckConstraint(condition=models.Q(purpose__in=PURPOSES), name="consent_purpose_known"),
        ]
        indexes = [
            models.Index(fields=["channel", "purpose", "granted", "contact"], name="consent_by_answer"),
        ]
