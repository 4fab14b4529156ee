"""Which segments have members of an older rule."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q

from segments.engine.language.parse import parse_document
from segments.engine.language.refusals import Refused
from segments.engine.language.rules import segments_read
from segments.models import Run, Segment

SWEPT_EVERY = timedelta(minutes=1)
UNCOUNTED = ~Q(evaluated_version=F("version")) | Q(evaluated_at=None)


def stale_segments() -> list[int]:
    """Those saved, or back from the archive, since they were evaluated; and all that refer to them at any remove."""
    saved = Segment.objects.live().filter(UNCOUNTED, kind=Segment.DYNAMIC)
    return with_readers(set(saved.values_list("slug", flat=True)))


def waiting_cause(at: datetime) -> str | None:
    """Why a run should follow at once: a minute passed without a sweep, or a rule was saved; None: nothing waits."""
    swept = Run.objects.filter(kind=Run.SWEEP, state=Run.DONE).order_by("-started_at")
    newest = swept.values_list("started_at", flat=True).first()
    if newest is not None and at - newest >= SWEPT_EVERY:
        return "time"
    live = Segment.objects.live().filter(kind=Segment.DYNAMIC, problem="")
    return "rule" if live.filter(UNCOUNTED).exists() else None


def with_readers(slugs: set[str]) -> list[int]:
    """These segments and all live ones that refer to them, at any remove."""
    if not slugs:
        return []
    keys, reads = {}, {}
    for key, slug, document in (
        Segment.objects.live().filter(kind=Segment.DYNAMIC).values_list("pk", "slug", "rule")
    ):
        keys[slug] = key
        try:
            reads[slug] = segments_read(parse_document(document))
        except Refused:
            reads[slug] = set()
    found, fresh = set(slugs), set(slugs)
    while fresh:
        fresh = {slug for slug, read in reads.items() if read & fresh} - found
        found |= fresh
    return sorted(keys[slug] for slug in found if slug in keys)
