from django.db import models

from segments.models.segment import Segment


class SegmentSize(models.Model):
    """A segment's size at the end of a day (of the account's zone), with who came and went that day."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_index=False)
    on = models.DateField()
    size = models.PositiveIntegerField()
    entered = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["on"]
        constraints = [models.UniqueConstraint(fields=["segment", "on"], name="segment_size_once_a_day")]
