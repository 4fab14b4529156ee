"""Segments, who is in them, and what was worked out when."""

from segments.models.badge_key import BadgeKey, BadgeSecret
from segments.models.checkpoint import Checkpoint
from segments.models.draft import Draft, Editor
from segments.models.filling import Filling
from segments.models.membership import Membership, MembershipChange
from segments.models.mirror_state import MirrorState
from segments.models.placement import Placement
from segments.models.playbook import Playbook
from segments.models.run import Run
from segments.models.segment import Segment, SegmentVersion
from segments.models.size import SegmentSize
from segments.models.vote import SegmentReview, Vote

__all__ = [
    "BadgeKey",
    "BadgeSecret",
    "Checkpoint",
    "Draft",
    "Editor",
    "Filling",
    "Membership",
    "MembershipChange",
    "MirrorState",
    "Placement",
    "Playbook",
    "Run",
    "Segment",
    "SegmentReview",
    "SegmentSize",
    "SegmentVersion",
    "Vote",
]
