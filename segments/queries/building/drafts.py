"""Drafts of rules, and who else has a segment's rule open."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from crm.models import User
from segments.models import Draft, Editor, Segment, SegmentVersion

GONE_AFTER = timedelta(seconds=50)


def draft_at(user: User, place: str) -> Draft | None:
    """What this person left unfinished at this place."""
    return Draft.objects.filter(user=user, place=place[:200]).first()


def other_editors(segment: Segment, user: User, *, now: datetime) -> list[tuple[str, bool]]:
    """The names of the others who have the segment's rule open, and whether they have changes."""
    found = Editor.objects.filter(segment=segment, seen_at__gt=now - GONE_AFTER).exclude(user=user)
    names = found.select_related("user").order_by("user__name", "user_id")
    return [(editor.user.name or editor.user.email, editor.changing) for editor in names]


def newest_version(segment: Segment) -> dict[str, Any]:
    """The saved rule of a segment as an editor is told of it: what it says, by whom, since when."""
    saved = (
        SegmentVersion.objects.filter(segment=segment, number=segment.version)
        .select_related("author")
        .first()
    )
    return {
        "version": segment.version,
        "document": segment.rule,
        "sentence": segment.sentence,
        "by": (saved and saved.author and saved.author.name) or "a colleague",
        "at": (saved.created_at if saved else segment.updated_at).isoformat(),
        "note": saved.note if saved else "",
    }
