"""Keeps what is wrong with segments that cannot be evaluated, and tells when that begins and ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from crm.actions.publishing import publish
from segments.models import Segment


def note_problems(segments: Iterable[Segment], problems: Mapping[str, str], *, at: datetime) -> int:
    """Keep the problem of each of these segments, or that it has none now; how many have one. Under the lock.

    The members of a segment with a problem stay the last good ones.
    """
    failing = 0
    for segment in segments:
        problem = problems.get(segment.slug, "")[:500]
        failing += bool(problem)
        if problem == segment.problem:
            continue
        began = bool(problem) and not segment.problem
        mended = bool(segment.problem) and not problem
        segment.problem = problem
        segment.failed_at = at if began else None if mended else segment.failed_at
        segment.save(update_fields=["problem", "failed_at"])
        if began:
            publish("SegmentFailed", segment=segment.pk, problem=problem)
        elif mended:
            publish("SegmentMended", segment=segment.pk)
    return failing
