from django.db import models
from django.db.models import Q

from crm.models import User
from segments.models.segment import Segment


class Playbook(models.Model):
    """One version of how service treats a segment's members. `do` and `avoid` hold one advice a line.

    The newest is `current`; older ones stay, with who wrote them. An empty one says that there is none any more.
    """

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    current = models.BooleanField(default=True)
    do = models.TextField(max_length=2_000, blank=True)
    avoid = models.TextField(max_length=2_000, blank=True)
    offer = models.TextField(max_length=1_000, blank=True)
    tone = models.TextField(max_length=1_000, blank=True)
    escalation = models.TextField(max_length=1_000, blank=True)
    note = models.CharField(max_length=300, blank=True)
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    created_at = models.DateTimeField()

    PARTS = ("do", "avoid", "offer", "tone", "escalation")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "number"], name="playbook_version_once"),
            models.UniqueConstraint(
                fields=["segment"], condition=Q(current=True), name="playbook_one_current"
            ),
        ]

    @property
    def empty(self) -> bool:
        """True where it says nothing."""
        return not any(getattr(self, part) for part in self.PARTS)

    @property
    def dos(self) -> list[str]:
        """What to do, a line each."""
        return [line for line in self.do.splitlines() if line.strip()]

    @property
    def avoids(self) -> list[str]:
        """What to avoid, a line each."""
        return [line for line in self.avoid.splitlines() if line.strip()]
