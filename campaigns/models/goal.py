from django.db import models
from django.db.models.functions import Now

from crm.models import User
from segments.models import Segment


class Goal(models.Model):
    """A SMART goal: a metric of a segment (specific, measurable), a target, the objective it serves, a due date.

    `baseline` is the metric's value on `starts_on`, worked out, never typed in.
    """

    name = models.CharField(max_length=160)
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="+")
    metric = models.CharField(max_length=40, help_text="A key of campaigns.domain.metrics.METRICS")
    options = models.JSONField(default=dict, help_text="What the metric asks for: kind, channel …")
    objective = models.CharField(max_length=300, blank=True)
    starts_on = models.DateField()
    due_on = models.DateField()
    baseline = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    target = models.DecimalField(max_digits=20, decimal_places=6)
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(due_on__gt=models.F("starts_on")), name="goal_due_after_start"
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="goal_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class GoalPoint(models.Model):
    """The metric's value at the end of one day; `members` is n."""

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="+", db_index=False)
    on = models.DateField()
    value = models.DecimalField(max_digits=20, decimal_places=6)
    members = models.PositiveIntegerField()
    measured_at = models.DateTimeField()

    class Meta:
        ordering = ["on"]
        constraints = [models.UniqueConstraint(fields=["goal", "on"], name="goal_point_once_a_day")]
