from django.db import models
from django.db.models.functions import Now

from crm.models.user import User


class Import(models.Model):
    """One file on its way in. Counters, checkpoint and rows are written in one transaction, so a kill doubles nothing.

    `plan` is the parsed form of `crm.domain.import_plan.ImportPlan`: what was detected, and the mapping chosen.
    """

    CONTACTS, INTERACTIONS = "contacts", "interactions"
    DRAFT, QUEUED, RUNNING = "draft", "queued", "running"
    DONE, FAILED, CANCELLED = "done", "failed", "cancelled"
    STATES = (DRAFT, QUEUED, RUNNING, DONE, FAILED, CANCELLED)

    kind = models.CharField(max_length=12)
    state = models.CharField(max_length=10, default=DRAFT)
    filename = models.CharField(max_length=255)
    path = models.CharField(max_length=1024)
    bytes = models.BigIntegerField(default=0)
    fingerprint = models.CharField(max_length=64, blank=True)
    plan = models.JSONField(default=dict)
    rows_total = models.BigIntegerField(null=True)
    rows_read = models.BigIntegerField(default=0, help_text="The checkpoint")
    created = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    merged_in_file = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    contacts_created = models.BigIntegerField(
        default=0, help_text="Customers made for interactions of unknown people"
    )
    warnings = models.BigIntegerField(default=0)
    error = models.TextField(blank=True)
    worker = models.CharField(max_length=80, blank=True)
    heartbeat_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=("contacts", "interactions")), name="import_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=("draft", "queued", "running", "done", "failed", "cancelled")),
                name="import_state_known",
            ),
        ]


class ImportReject(models.Model):
    """A row that was set aside (or, as a warning, a value that was), with the reason in a sentence."""

    source = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="+")
    row = models.BigIntegerField(help_text="1 is the first row of data")
    warning = models.BooleanField(default=False, help_text="The row was kept, one value was not")
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=300)
    column = models.CharField(max_length=200, blank=True)
    raw = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["source", "row"], name="import_reject_by_row")]
