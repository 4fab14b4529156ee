"""What forms offer to choose from."""

from __future__ import annotations

from django.db.models import QuerySet

from crm.domain.roles import PERMISSIONS, Permission
from crm.models import Interaction, User
from segments.models import Segment

LOOKED_AT = 5_000


def owners(permission: Permission) -> QuerySet[User]:
    """Colleagues who may see what they would own."""
    roles = [role for role, permissions in PERMISSIONS.items() if permission in permissions]
    return User.objects.filter(is_active=True, role__in=roles).order_by("name", "pk")


def segments_in_use() -> QuerySet[Segment]:
    """Segments a goal or a campaign can be about."""
    return Segment.objects.live().order_by("name", "pk")


def recent_kinds() -> list[str]:
    """Kinds among the newest interactions: a bounded look, so that it is fast on any number of them."""
    newest = Interaction.objects.order_by("-pk").values_list("kind", flat=True)[:LOOKED_AT]
    return sorted(set(newest))
