"""Segments, who is in them, and what was worked out when."""

from segments.models.draft import Draft, Editor
from segments.models.membership import Membership, MembershipChange
from segments.models.run import Run
from segments.models.segment import Segment, SegmentVersion
from segments.models.size import SegmentSize

__all__ = [
    "Draft",
    "Editor",
    "Membership",
    "MembershipChange",
    "Run",
    "Segment",
    "SegmentSize",
    "SegmentVersion",
]
