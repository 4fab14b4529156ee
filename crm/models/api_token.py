from django.db import models
from rest_framework_api_key.models import AbstractAPIKey

from crm.models.user import User


class ApiToken(AbstractAPIKey):
    """A key for the API, of a person or a machine. Only its hash is kept; scopes say what it opens."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    machine = models.BooleanField(default=False, help_text="Used by a program, not by the owner")
    scopes = models.JSONField(default=list)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta(AbstractAPIKey.Meta):
        abstract = False
