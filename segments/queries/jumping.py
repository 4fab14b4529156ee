"""Segments for the palette."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from crm.kit.figures import counted
from crm.models import User
from crm.palette import Hit
from segments.models import Segment


def segments_like(viewer: User, text: str, most: int) -> Sequence[Hit]:
    """The segments in use whose name holds what was typed, the largest first; one query."""
    rows = Segment.objects.live().filter(name__icontains=text).order_by("-size", "name")
    return [
        Hit(one.name, reverse("segment", args=[one.slug]), "gem", counted(one.size, "member"), one.hue)
        for one in rows.only("name", "slug", "size", "hue")[:most]
    ]
