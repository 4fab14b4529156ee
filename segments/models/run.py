from django.db import models


class Run(models.Model):
    """One evaluation of segments: as of when, why, how long by phase, what came of it.

    In each lane at most one runs at a time (a constraint): those who judge everyone, those who judge the few that
    changed, those who compare, those who read the mirror anew. A run whose heartbeat stopped is taken over.
    """

    RUNNING, DONE, FAILED, ABANDONED = "running", "done", "failed", "abandoned"
    SWEEP, RULE, QUICK, RECONCILE, REBUILD = "sweep", "rule", "quick", "reconcile", "rebuild"
    EVERYONE, CHANGED = "everyone", "changed"  # the lanes

    kind = models.CharField(max_length=10, default=SWEEP)
    lane = models.CharField(max_length=8, default=EVERYONE)
    as_of = models.DateTimeField()
    cause = models.CharField(max_length=40)
    state = models.CharField(max_length=10, default=RUNNING)
    worker = models.CharField(max_length=80, blank=True)
    heartbeat_at = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    segments = models.PositiveIntegerField(default=0)
    failing = models.PositiveIntegerField(default=0, help_text="Segments that could not be evaluated")
    contacts = models.PositiveIntegerField(default=0, help_text="So many were judged")
    entered = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    moved = models.JSONField(default=dict, help_text="By segment id: [in, out], those that changed")
    seconds = models.JSONField(default=dict, help_text="By phase: read, judge, compare, write")
    patch = models.BigIntegerField(default=0, help_text="The newest patch of the mirror that was judged")
    note = models.TextField(blank=True, help_text="What was unusual, in sentences")
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lane"], condition=models.Q(state="running"), name="one_run_at_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["-started_at"], name="run_newest"),
            models.Index(fields=["kind", "-started_at"], name="run_newest_of_kind"),
        ]
