from django.db import models
from django.db.models import Q

from crm.models import Contact, User
from segments.models.segment import Segment


class Vote(models.Model):
    """What one person said about one badge of one customer: right or not, with the reason.

    `voter` names the person once only: `user 12`, or `badge key 3: anna@desk.example` where the vote came from a help
    desk. It was given on a version of the rule; a new rule is judged anew.
    """

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.PositiveIntegerField()
    voter = models.CharField(max_length=160)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    right = models.BooleanField()
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact", "segment", "version", "voter"], name="vote_once"),
            models.CheckConstraint(condition=~Q(voter=""), name="vote_has_voter"),
        ]
        indexes = [models.Index(fields=["segment", "version", "-at"], name="vote_by_segment")]


class SegmentReview(models.Model):
    """That a segment needs a look, why, and what somebody decided. At most one is open a segment."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    cause = models.CharField(max_length=300, help_text="The sentence that says why it was opened")
    opened_by = models.ForeignKey(
        User,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        help_text="None: the votes",
    )
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    note = models.CharField(max_length=1_000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment"], condition=Q(resolved_at__isnull=True), name="one_open_review"
            ),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True) | ~Q(note=""), name="resolved_review_has_note"
            ),
        ]
        indexes = [models.Index(fields=["segment", "-opened_at"], name="review_by_segment")]
