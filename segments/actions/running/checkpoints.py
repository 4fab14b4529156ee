"""Keeps the packed members of some sweeps, so that a past instant is read from the nearest of them and a short log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Max

from segments.models import Checkpoint, MirrorState, Segment

EVERY = timedelta(hours=6)
# How far back -> how far apart: the rest is removed. A file takes a bit a customer and segment.
APART = (
    (timedelta(days=3), timedelta()),
    (timedelta(days=62), timedelta(days=1)),
    (timedelta(days=800), timedelta(days=7)),
    (timedelta.max, timedelta(days=28)),
)


def keep_if_due(state: MirrorState, *, at: datetime) -> None:
    """Name the file that `state` has just named as a checkpoint, where the last one is old; within its transaction."""
    if state.kept_at is not None and at - state.kept_at < EVERY:
        return
    at = max(at, Segment.objects.aggregate(newest=Max("logged_at"))["newest"] or at)
    Checkpoint.objects.create(log=state.log, at=at, packed=state.packed)
    state.kept_at = at
    rows = list(Checkpoint.objects.values_list("pk", "at"))
    Checkpoint.objects.filter(pk__in=superfluous(rows, at=at)).delete()


def superfluous(rows: Sequence[tuple[int, datetime]], *, at: datetime) -> list[int]:
    """The keys of checkpoints (oldest first) that stand closer together than their age asks for."""
    gone, last = [], None
    for key, made in rows:
        apart = next(step for age, step in APART if at - made <= age)
        if last is not None and made - last < apart:
            gone.append(key)
        else:
            last = made
    return gone


def kept_names() -> set[str]:
    """The files of all checkpoints."""
    return set(Checkpoint.objects.values_list("packed", flat=True))
