from django.db import models

from crm.models import Contact
from segments.models.run import Run
from segments.models.segment import Segment

# The two tables that grow to tens of millions of rows. Their references are not checked by the database on each row:
# contacts are never deleted (erasing keeps the row), and segments cascade below. The row itself is the primary key; on
# SQLite the table is kept in the order of it (`migrations/0002_members_by_key.py`).


class Membership(models.Model):
    """That a contact is in a segment now, and since when without a break."""

    pk = models.CompositePrimaryKey("segment_id", "contact_id")
    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    since = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["contact"], name="segments_of_contact")]


class MembershipChange(models.Model):
    """The log: a contact entered or left a segment at an instant, for a cause (`segments.models.causes`).

    `evidence` is what decided it, where that is known: {"interactions": [ids]}, {"attributes": [names]},
    {"segments": [slugs]}, {"reason": "…"}. Where the rules of those segments were saved, "versions" has the version of
    each, and "through" the segments between, which the rule names and in which the contact moved as well.

    Rows are numbered in the order of their writing, and never get an earlier instant than the segment's row before.
    `run` may name a run whose record was cleared away.
    """

    INTERACTION, ATTRIBUTE, CONSENT, CHANGE = "interaction", "attribute", "consent", "change"
    TIME, RULE, SEGMENT, MANUAL = "time", "rule", "segment", "manual"
    MERGE, ERASURE, RECONCILE = "merge", "erasure", "reconcile"

    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    run = models.ForeignKey(
        Run, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    at = models.DateTimeField()
    version = models.PositiveIntegerField()
    entered = models.BooleanField(help_text="False: left")
    cause = models.CharField(max_length=12)
    evidence = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["segment", "-at"], name="segment_log"),
            # Without the instant: one customer's lines are few, and equal keys take a third of the room.
            models.Index(fields=["contact"], name="contact_log"),
        ]
