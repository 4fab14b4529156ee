"""Removes the checkpoints that a row of the log with an older instant makes untrue."""

from __future__ import annotations

from datetime import datetime

from segments.models import Checkpoint, MirrorState


def forget_overtaken(state: MirrorState, *, at: datetime) -> None:
    """Before rows of an instant are written: no checkpoint stands that says there will be none. The lock is held."""
    if state.kept_at is None or at >= state.kept_at - Checkpoint.MARGIN:
        return
    Checkpoint.objects.filter(at__gt=at + Checkpoint.MARGIN).delete()
    newest = Checkpoint.objects.order_by("-at").first()
    state.kept_at = newest.at if newest else None
    MirrorState.objects.filter(pk=state.pk).update(kept_at=state.kept_at)
