from django.db import models
from django.db.models.functions import Now

from crm.models import User
from segments.models import Segment


class Campaign(models.Model):
    """A message meant for a segment. Nothing is sent yet: states end at `approved`."""

    DRAFT, READY, APPROVED, ARCHIVED = "draft", "ready", "approved", "archived"

    name = models.CharField(max_length=120)
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="+")
    objective = models.CharField(max_length=300)
    channel = models.CharField(max_length=8, default="email")
    purpose = models.CharField(max_length=12, default="offers")
    subject = models.CharField(max_length=200, blank=True)
    message = models.TextField(max_length=20_000, blank=True)
    state = models.CharField(max_length=10, default=DRAFT)
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=("draft", "ready", "approved", "archived")),
                name="campaign_state_known",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="campaign_has_name"),
        ]

    def __str__(self) -> str:
        return self.name
