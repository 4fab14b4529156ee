from django.db import models
from django.db.models import Q

from crm.models.contact import Contact
from crm.models.user import User


class Task(models.Model):
    """Something a colleague is to do for a customer, by a day. Done and removed ones can be brought back."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    title = models.CharField(max_length=300)
    assignee = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    due_on = models.DateField(null=True, blank=True)
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(title=""), name="task_has_title")]
        indexes = [
            models.Index(fields=["contact", "-created_at"], name="task_by_contact"),
            models.Index(
                fields=["assignee", "due_on", "id"],
                name="task_open_by_assignee",
                condition=Q(done_at__isnull=True, removed_at__isnull=True),
            ),
            models.Index(
                fields=["due_on", "id"],
                name="task_open",
                condition=Q(done_at__isnull=True, removed_at__isnull=True),
            ),
            models.Index(
                fields=["-done_at", "-id"],
                name="task_done",
                condition=Q(done_at__isnull=False, removed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.title
