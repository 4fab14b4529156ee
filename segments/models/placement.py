from typing import Self

from django.db import models

from crm.models import Contact, User
from segments.models.segment import Segment


class PlacementQuerySet(models.QuerySet["Placement"]):
    """Chainable readings of placements."""

    def open(self) -> Self:
        """Those nobody took back. They may have come to their end (`until`) by now."""
        return self.filter(removed_at__isnull=True)


class Placement(models.Model):
    """That a colleague put a person into a dynamic segment, or keeps them out, whatever its rule says.

    In force from `at` to `until` (none: until taken back, at `removed_at`). One open placement a person and segment.
    """

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    included = models.BooleanField(help_text="False: kept out")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = PlacementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "contact"],
                condition=models.Q(removed_at__isnull=True),
                name="placed_once",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="placement_has_reason"),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gt=models.F("at")),
                name="placement_ends_after_it_began",
            ),
        ]
        indexes = [models.Index(fields=["segment", "-at"], name="placements_of_segment")]
