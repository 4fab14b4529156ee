"""Doors that change a segment with one press: archive, restore, an older version again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from crm.domain.roles import Permission
from crm.kit import clock
from crm.pages.access import allow
from segments.actions import archiving
from segments.actions.saving import Outdated, save_rule
from segments.engine.refusals import Refused
from segments.models import Segment, SegmentVersion


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_archive(request: HttpRequest, slug: str) -> HttpResponse:
    """Put it away, unless something uses it."""
    found = get_object_or_404(Segment, slug=slug)
    user: Any = request.user
    try:
        archiving.archive(segment=found, by=user, at=clock.now())
    except archiving.StillUsed as refusal:
        messages.error(request, str(refusal))
        return redirect("segment", slug=slug)
    messages.success(request, f"‘{found.name}’ was archived. Its members and versions are kept.")
    return redirect("segment", slug=slug)


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_restore(request: HttpRequest, slug: str) -> HttpResponse:
    """Take it back into use."""
    found = get_object_or_404(Segment, slug=slug)
    user: Any = request.user
    archiving.restore(segment=found, by=user, at=clock.now())
    messages.success(request, f"‘{found.name}’ is in use again.")
    return redirect("segment", slug=slug)


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_version_restore(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The rule of an older version again, as a new version."""
    found = get_object_or_404(Segment, slug=slug, kind=Segment.DYNAMIC)
    older = get_object_or_404(SegmentVersion, segment=found, number=number)
    user: Any = request.user
    try:
        save_rule(
            segment=found,
            rule=older.rule,
            note=f"Restored from version {number}",
            started_from=found.version,
            by=user,
            at=clock.now(),
        )
    except Outdated:
        messages.error(request, "Somebody saved this segment just now. Look at the newest version first.")
    except Refused as refused:
        messages.error(request, f"Version {number} cannot be used now. {refused.problems[0].sentence}")
    else:
        messages.success(request, f"The rule of version {number} is in use again.")
    return redirect("segment_versions", slug=slug)
