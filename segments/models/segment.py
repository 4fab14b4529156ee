from typing import Self

from django.db import models
from django.db.models.functions import Now

from crm.models import User


class SegmentQuerySet(models.QuerySet["Segment"]):
    """Chainable readings of segments."""

    def live(self) -> Self:
        """Those in use: not archived."""
        return self.filter(archived_at__isnull=True)


class Segment(models.Model):
    """A named group of contacts: found by a rule (dynamic) or listed by hand (fixed).

    `rule` is the document of the rule language ({"version": 1, "rule": …}); `size` and `evaluated_at` say what the
    newest run found and as of when; a verdict older than `evaluated_at` never replaces a newer one. `problem` is the
    sentence that says why the segment could not be evaluated; its last good members stay.
    """

    DYNAMIC, FIXED = "dynamic", "fixed"

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=8, default=DYNAMIC)
    hue = models.PositiveSmallIntegerField(default=1)
    label = models.CharField(max_length=40, blank=True, help_text="demographic, behavioural …")
    shown_as_badge = models.BooleanField(default=True)
    badge_rank = models.PositiveSmallIntegerField(
        default=3,
        help_text="Which badge a customer's page says first: 1 first, 2 important, 3 ordinary, 4 last",
    )
    rule = models.JSONField(default=dict, blank=True)
    sentence = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    size = models.PositiveIntegerField(default=0)
    evaluated_at = models.DateTimeField(null=True, help_text="As of when its members are true")
    evaluated_version = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)
    failed_at = models.DateTimeField(null=True, help_text="Since when it could not be evaluated")
    logged_at = models.DateTimeField(
        null=True, help_text="The newest instant in its log; none goes before it"
    )
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    objects = SegmentQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=("dynamic", "fixed")), name="segment_kind_known"
            ),
            models.CheckConstraint(condition=models.Q(hue__gte=1, hue__lte=10), name="segment_hue_known"),
            models.CheckConstraint(condition=~models.Q(name=""), name="segment_has_name"),
            models.CheckConstraint(
                condition=models.Q(badge_rank__gte=1, badge_rank__lte=4), name="segment_badge_rank_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def being_counted(self) -> bool:
        """True from saving a rule until it is counted: its members are nobody yet, or those of an older version."""
        if self.kind != self.DYNAMIC or self.archived_at is not None or self.problem:
            return False
        return self.evaluated_at is None or 0 < self.evaluated_version < self.version

    @property
    def uncounted(self) -> bool:
        """True until its first rule is counted: how many and who its members are, nobody knows yet."""
        return self.being_counted and self.evaluated_at is None


class SegmentVersion(models.Model):
    """What a segment's rule was, from which moment, by whom and why.

    `joins`, `leaves` and `stays` are what the rehearsal said when it was saved; none for a first version.
    """

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    rule = models.JSONField()
    sentence = models.TextField(blank=True)
    note = models.CharField(max_length=300, blank=True)
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    restored_from = models.PositiveIntegerField(null=True)
    joins = models.PositiveIntegerField(null=True)
    leaves = models.PositiveIntegerField(null=True)
    stays = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["segment", "number"], name="segment_version_once")]
