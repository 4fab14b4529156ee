from django.db import models
from django.db.models import Q

from crm.models import User


class BadgeKey(models.Model):
    """A help desk's narrow door: it opens badges by e-mail, phone or external id, and nothing else.

    `origins` are the web pages that may show them, each as `https://desk.example`; `servers` says whether programs
    without an origin may ask too; `votes` whether “Is this right?” is offered; `rate` is how often a minute.
    """

    name = models.CharField(max_length=80)
    public = models.CharField(max_length=12, unique=True, help_text="Names the key in addresses; no secret")
    origins = models.JSONField(default=list)
    servers = models.BooleanField(default=False)
    votes = models.BooleanField(default=True)
    rate = models.PositiveIntegerField(default=120)
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="badge_key_has_name"),
            models.CheckConstraint(condition=Q(rate__gte=1, rate__lte=6000), name="badge_key_rate"),
        ]

    def __str__(self) -> str:
        return self.name


class BadgeSecret(models.Model):
    """What a help desk sends, kept as a hash only. After a rotation the one before still opens until `ends_at`."""

    key = models.ForeignKey(BadgeKey, on_delete=models.CASCADE, related_name="+")
    hashed = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the secret, in hex")
    hint = models.CharField(max_length=8, help_text="Its last four letters, so that people know it again")
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
