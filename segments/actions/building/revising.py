"""Changes several things of a segment at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from crm.models import User
from segments.actions.building.archiving import archive, describe, restore
from segments.actions.building.saving import save_rule
from segments.models import Segment

DESCRIBED = ("name", "description", "label", "hue", "shown_as_badge")


class FollowsNoRule(ValueError):
    """The segment is a list made by hand."""


@dataclass(frozen=True)
class Revision:
    """What is to be different. None, or not in `described`: stays."""

    described: Mapping[str, Any] = field(default_factory=dict)
    rule: Mapping[str, Any] | None = None
    note: str = ""
    archived: bool | None = None


def revise(*, segment: Segment, revision: Revision, by: User, at: datetime) -> Segment:
    """The segment changed in one transaction.

    Raises `Refused`, `StillUsed`, `ReadsArchived` or `FollowsNoRule`, changing nothing.
    """
    with transaction.atomic():
        if revision.archived is False:
            segment = restore(segment=segment, by=by, at=at)
        if revision.described:
            now = {name: getattr(segment, name) for name in DESCRIBED}
            segment = describe(segment=segment, **{**now, **revision.described}, by=by, at=at)
        if revision.rule is not None:
            if segment.kind == Segment.FIXED:
                raise FollowsNoRule(f"‘{segment.name}’ is a list made by hand: it follows no rule.")
            segment = save_rule(segment=segment, rule=dict(revision.rule), note=revision.note, by=by, at=at)
        if revision.archived:
            segment = archive(segment=segment, by=by, at=at)
    return segment
