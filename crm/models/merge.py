from django.db import models
from django.db.models import F, Q

from crm.models.contact import Contact
from crm.models.user import User


class Merge(models.Model):
    """That two contacts were found to be one person: `merged` became part of `survivor`.

    `kept` is what an undoing needs: which rows went over, and what the survivor was before. It is emptied once the
    merge is undone or can no longer be.
    """

    survivor = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    merged = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    source = models.CharField(max_length=80, help_text="form, api:…")
    kept = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=Q(undone_at__isnull=True), name="merged_into_one"
            ),
            models.CheckConstraint(condition=~Q(survivor=F("merged")), name="merge_of_two"),
        ]
        indexes = [
            models.Index(fields=["survivor", "-id"], name="merges_of_survivor"),
            models.Index(fields=["merged", "-id"], name="merges_of_merged"),
            models.Index(
                fields=["at"], name="merges_to_forget", condition=Q(undone_at__isnull=True) & ~Q(kept={})
            ),
        ]


class Duplicate(models.Model):
    """Two living contacts who may be one person, with the reasons; `first` has the smaller number.

    What a colleague dismissed (“not the same person”) stays, so that it is not suggested again.
    """

    first = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    reasons = models.JSONField(default=list, help_text="Keys of crm.domain.likeness.REASONS")
    score = models.PositiveSmallIntegerField()
    found_at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_in_order"),
        ]
        indexes = [
            models.Index(
                fields=["-score", "id"], name="duplicates_open", condition=Q(dismissed_at__isnull=True)
            )
        ]
