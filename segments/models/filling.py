from django.db import models

from crm.models import User
from segments.models.segment import Segment


class Filling(models.Model):
    """What a fixed segment was filled from, once: how many lines were given, found and new, and which meant nobody."""

    PASTE, FILE, SEARCH, SNAPSHOT, API = "paste", "file", "search", "snapshot", "api"

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=8)
    origin = models.CharField(
        max_length=300, blank=True, help_text="The file's name, the search, the segment and its instant"
    )
    given = models.PositiveIntegerField()
    found = models.PositiveIntegerField()
    added = models.PositiveIntegerField()
    unknown = models.JSONField(
        default=list, help_text="[line, text] of those that mean nobody; the first 1,000"
    )
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(source__in=("paste", "file", "search", "snapshot", "api")),
                name="filling_source_known",
            )
        ]
