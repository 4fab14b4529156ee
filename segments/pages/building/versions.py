"""Versions of a segment's rule: all of them, any two compared, one brought back after its rehearsal; and deletion."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.kit.paging import whole
from crm.pages.access import allow, colleague
from segments.actions.building import archiving
from segments.actions.building.saving import Outdated, save_rule
from segments.engine.language.refusals import Refused
from segments.mirror.everyone import Preparing
from segments.models import Filling, Segment, SegmentVersion
from segments.pages.segment import frame_of
from segments.queries.building.comparing import Exchange, differences, exchange, rows_of
from segments.queries.building.effects import effects_of
from segments.queries.segments import naming, versions_of
from segments.uses import Effect, uses_of


@allow(Permission.VIEW_SEGMENTS)
@require_safe
def segment_versions(request: HttpRequest, slug: str) -> HttpResponse:
    """What its rule was, when, by whom, why it changed, and what that changed; of a list, what it was filled from."""
    frame = frame_of(request, slug, "versions")
    segment: Segment = frame["segment"]
    fixed = segment.kind == Segment.FIXED
    filled = Filling.objects.filter(segment=segment).select_related("by")[:100] if fixed else []
    context = {**frame, "rows": rows_of(versions_of(segment)), "filled": filled}
    return render(request, "segments/versions.html", context)


@allow(Permission.VIEW_SEGMENTS)
@require_safe
def segment_versions_compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Two versions: the lines that differ, and whom each holds now."""
    frame = frame_of(request, slug, "versions")
    segment: Segment = frame["segment"]
    versions = versions_of(segment)
    if segment.kind == Segment.FIXED or len(versions) < 2:
        return redirect("segment_versions", slug=slug)
    by_number = {version.number: version for version in versions}
    newer = by_number.get(whole(request.GET.get("b", "")) or 0, versions[0])
    older = by_number.get(whole(request.GET.get("a", "")) or 0, versions[1])
    context = {
        **frame,
        "versions": versions,
        "older": older,
        "newer": newer,
        "lines": differences(older, newer, slug=slug),
        **_counted(segment, older, newer),
    }
    return render(request, "segments/versions_compare.html", context)


@allow(Permission.EDIT_SEGMENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def segment_version_rehearsal(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What bringing a version back would change, before it is done; a POST does it."""
    frame = frame_of(request, slug, "versions")
    segment: Segment = frame["segment"]
    if segment.kind == Segment.FIXED:
        return redirect("segment_versions", slug=slug)
    chosen = get_object_or_404(SegmentVersion, segment=segment, number=number)
    current = get_object_or_404(SegmentVersion, segment=segment, number=segment.version)
    if request.method == "POST" and _brought_back(request, segment, chosen):
        return redirect("segment_versions", slug=slug)
    context = {
        **frame,
        "chosen": chosen,
        "current": current,
        "lines": differences(current, chosen, slug=slug),
        "uses": uses_of(segment),
        "referring": naming(slug),
        **_counted(segment, current, chosen, told_of_uses=True),
    }
    return render(request, "segments/version_rehearsal.html", context)


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_delete(request: HttpRequest, slug: str) -> HttpResponse:
    """An archived segment removed for good, unless something uses it."""
    segment = get_object_or_404(Segment, slug=slug)
    try:
        archiving.delete(segment=segment, by=colleague(request), at=now())
    except archiving.StillUsed as refusal:
        messages.error(request, str(refusal))
        return redirect("segment", slug=slug)
    messages.success(request, f"‘{segment.name}’ was deleted with its members, log and versions.")
    return redirect("segments")


def _counted(
    segment: Segment, older: SegmentVersion, newer: SegmentVersion, *, told_of_uses: bool = False
) -> dict[str, Any]:
    """Whom both hold now, and what the newer does to each use; or the sentence that says why that cannot be counted."""
    found: Exchange | None = None
    effects: list[Effect] = []
    problem = ""
    try:
        found = exchange(segment, older, newer, as_of=now())
        effects = effects_of(found.edit) if told_of_uses else []
    except Refused as refused:
        problem = refused.problems[0].sentence
    except Preparing as preparing:
        problem = str(preparing)
    return {"exchange": found, "effects": effects, "problem": problem}


def _brought_back(request: HttpRequest, segment: Segment, chosen: SegmentVersion) -> bool:
    """True if it is in use again, or was; otherwise a message says why not."""
    started = whole(request.POST.get("version", ""))
    try:
        saved = save_rule(
            segment=segment,
            rule=chosen.rule,
            note=request.POST.get("note", "").strip() or f"Restored from version {chosen.number}",
            started_from=started if started is not None else segment.version,
            restored_from=chosen.number,
            by=colleague(request),
            at=now(),
        )
    except Outdated:
        messages.error(request, "Somebody saved this segment meanwhile. Look at the difference again.")
    except Refused as refused:
        messages.error(request, f"Version {chosen.number} cannot be used now. {refused.problems[0].sentence}")
    else:
        if saved.version == started:
            messages.info(
                request, f"The rule in use says the same as version {chosen.number}: nothing changed."
            )
        else:
            messages.success(
                request, f"The rule of version {chosen.number} is in use again, as version {saved.version}."
            )
        return True
    return False
