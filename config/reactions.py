"""What reacts to what: the map of the product. A new reaction is one entry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reaction:
    """A task to send when an event happened. Many waiting events give one task, which finds out what is to be done."""

    task: str
    arguments: dict[str, Any] = field(default_factory=dict)


REACTIONS: dict[str, tuple[Reaction, ...]] = {
    "ContactsChanged": (Reaction("segments.judge_changed"),),
    "ImportQueued": (Reaction("crm.resume_imports"),),
    "ImportFinished": (Reaction("segments.recompute_segments", {"cause": "change"}),),
    "SegmentSaved": (Reaction("segments.recompute_segments", {"cause": "rule"}),),
    "MembersChanged": (),
    "SegmentFailed": (Reaction("crm.raise_alerts"),),
    "SegmentMended": (Reaction("crm.raise_alerts"),),
    "RecomputeAsked": (Reaction("segments.recompute_segments", {"cause": "asked"}),),
    "RebuildAsked": (Reaction("segments.rebuild_mirror"),),
    "ReconcileAsked": (Reaction("segments.reconcile"),),
    "DriftFound": (),
    "DuplicatesAsked": (Reaction("crm.find_duplicates"),),
    "GoalSaved": (Reaction("campaigns.measure_goals"),),
}
