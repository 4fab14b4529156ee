"""Keeps what somebody edits and has not saved, and marks who has a segment's rule open."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import transaction

from crm.models import User
from segments.models import Draft, Editor, Segment

LONGEST_DOCUMENT = 1_000_000
MOST_DRAFTS = 50


class TooLong(ValueError):
    """The draft is longer than any rule that could be saved."""


def keep_draft(
    *,
    place: str,
    document: dict[str, Any],
    segment: Segment | None,
    version: int | None,
    by: User,
    at: datetime,
) -> Draft:
    """The draft of this person at this place; their oldest go where there are too many. Raises `TooLong`."""
    if len(json.dumps(document)) > LONGEST_DOCUMENT:
        raise TooLong("This draft is too long to be kept: a rule has at most 500 conditions.")
    with transaction.atomic():
        kept, _ = Draft.objects.update_or_create(
            user=by,
            place=place[:200],
            defaults={"segment": segment, "document": document, "version": version, "updated_at": at},
        )
        older = (
            Draft.objects.filter(user=by)
            .order_by("-updated_at", "-pk")
            .values_list("pk", flat=True)[MOST_DRAFTS:]
        )
        Draft.objects.filter(pk__in=list(older)).delete()
    return kept


def forget_draft(*, place: str, by: User) -> None:
    """The draft of this person at this place is gone; nothing where there was none."""
    Draft.objects.filter(user=by, place=place[:200]).delete()


def mark_editor(*, segment: Segment, changing: bool, by: User, at: datetime) -> None:
    """This person has the rule of the segment open now; `changing`: with changes not saved."""
    Editor.objects.update_or_create(segment=segment, user=by, defaults={"seen_at": at, "changing": changing})


def unmark_editor(*, segment: Segment, by: User) -> None:
    """This person closed the rule."""
    Editor.objects.filter(segment=segment, user=by).delete()
