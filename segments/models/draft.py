from django.db import models

from crm.models import User
from segments.models.segment import Segment


class Draft(models.Model):
    """A rule somebody edits and has not saved: one for each place where rules are edited, seen by its author only.

    `place` is the address of the builder it was written in, so that a new segment begun from a template has its own.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    place = models.CharField(max_length=200)
    segment = models.ForeignKey(Segment, null=True, on_delete=models.CASCADE, related_name="+")
    document = models.JSONField()
    version = models.PositiveIntegerField(null=True, help_text="The version of the segment it began from")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "place"], name="draft_once_a_place")]


class Editor(models.Model):
    """Somebody who has a segment's rule open; a while after `seen_at` they count as gone."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()
    changing = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "user"], name="editor_once_a_segment")]
