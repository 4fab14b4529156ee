from django.db import models


class Run(models.Model):
    """One evaluation of segments: as of when, why, how long, what came of it.

    At most one runs at a time (a constraint); a run whose heartbeat stopped is taken over.
    """

    RUNNING, DONE, FAILED, ABANDONED = "running", "done", "failed", "abandoned"

    as_of = models.DateTimeField()
    cause = models.CharField(max_length=40)
    state = models.CharField(max_length=10, default=RUNNING)
    worker = models.CharField(max_length=80, blank=True)
    heartbeat_at = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    segments = models.PositiveIntegerField(default=0)
    contacts = models.PositiveIntegerField(default=0)
    entered = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    seconds = models.JSONField(default=dict, help_text="By phase: mirror, judge, write")
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="running"), name="one_run_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["-started_at"], name="run_newest")]
