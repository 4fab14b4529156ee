from django.db import models

from crm.models import Contact
from segments.models.run import Run
from segments.models.segment import Segment


class Membership(models.Model):
    """That a contact is in a segment now, and since when without a break."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact", "segment"], name="member_once"),
        ]
        indexes = [models.Index(fields=["segment", "contact"], name="members_of_segment")]


class MembershipChange(models.Model):
    """The log: a contact entered or left a segment at an instant, for a cause."""

    TIME, CHANGE, RULE, MANUAL, ERASURE = "time", "change", "rule", "manual", "erasure"

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    entered = models.BooleanField(help_text="False: left")
    at = models.DateTimeField()
    cause = models.CharField(max_length=8)
    version = models.PositiveIntegerField()
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    class Meta:
        indexes = [
            models.Index(fields=["segment", "-at"], name="segment_log"),
            models.Index(fields=["contact", "-at"], name="contact_log"),
        ]
