"""Doors that change segments with one press: archive, restore, rename a label."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from crm.domain.roles import Permission
from crm.kit import clock
from crm.pages.access import allow, colleague
from segments.actions.building import archiving, labelling
from segments.models import Segment


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
    try:
        archiving.restore(segment=found, by=user, at=clock.now())
    except archiving.ReadsArchived as refusal:
        messages.error(request, str(refusal))
        return redirect("segment", slug=slug)
    messages.success(request, f"‘{found.name}’ is in use again.")
    return redirect("segment", slug=slug)


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segments_label(request: HttpRequest) -> HttpResponse:
    """A label renamed on every segment that carries it; an empty name takes it off."""
    label, name = request.POST.get("label", ""), request.POST.get("name", "")
    shown = label
    try:
        shown, changed = labelling.rename_label(label=label, name=name, by=colleague(request), at=clock.now())
    except labelling.Unusable as refusal:
        messages.error(request, str(refusal))
    else:
        segments = f"{changed} segment{'' if changed == 1 else 's'}"
        told = (
            f"‘{label}’ is ‘{shown}’ now, on {segments}." if shown else f"‘{label}’ was taken off {segments}."
        )
        messages.success(request, told if changed else f"No segment carries ‘{label}’ any more.")
    return redirect(f"{reverse('segments')}?{urlencode({'label': shown})}" if shown else "segments")
