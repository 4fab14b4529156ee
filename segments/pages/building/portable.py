"""Portable segment files: one to take away, and the page that brings one in."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from crm.domain.roles import Permission
from crm.kit import clock
from crm.pages.access import allow
from segments.actions.building.carrying import import_file
from segments.engine.language.refusals import Refused
from segments.engine.portable import Unreadable
from segments.models import Segment
from segments.queries.building import values
from segments.queries.building.portable import Look, file_of, look_into, rules_of
from segments.queries.segments import segments_to_pick

LARGEST = 1_000_000


@allow(Permission.VIEW_SEGMENTS)
def segment_file(request: HttpRequest, slug: str) -> HttpResponse:
    """The portable file of a segment by rule."""
    segment = get_object_or_404(Segment, slug=slug)
    if segment.kind != Segment.DYNAMIC:
        raise Http404("A list made by hand has no rule to carry.")
    text = json.dumps(file_of(segment), ensure_ascii=False, indent=2)
    answer = HttpResponse(text, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{segment.slug}.segment.json"'
    return answer


@allow(Permission.EDIT_SEGMENTS)
def segment_import(request: HttpRequest) -> HttpResponse:
    """Brings a file in: its tests are run and shown, names this account lacks are mapped, then it is saved."""
    if request.method != "POST":
        return render(request, "segments/import.html", {})
    text = _text(request)
    attributes, segments = _mapped(request, "attribute:"), _mapped(request, "segment:")
    try:
        if len(text) > LARGEST:
            raise Unreadable("The file is larger than 1 MB: that is no segment file.")
        file = _read(text)
        look = look_into(file, attributes=attributes, segments=segments)
    except Unreadable as problem:
        return render(
            request, "segments/import.html", {"problem": str(problem), "text": text[:LARGEST]}, status=400
        )
    name = request.POST.get("name", look.name).strip()
    problems: list[str] = [problem.sentence for problem in look.problems]
    if "save" in request.POST and _complete(look):
        user: Any = request.user
        try:
            made = import_file(
                name=name,
                rules=rules_of(file),
                attributes=attributes,
                segments=segments,
                by=user,
                at=clock.now(),
            )
        except Refused as refused:
            problems = [problem.sentence for problem in refused.problems]
        else:
            messages.success(request, f"{made.name} was imported. Its members are being worked out.")
            return redirect("segment", made.slug)
    return _show(request, text, name, look, problems)


def _complete(look: Look) -> bool:
    return not look.attributes and all(one.inside for one in look.segments)


def _show(request: HttpRequest, text: str, name: str, look: Look, problems: list[str]) -> HttpResponse:
    user: Any = request.user
    here = values.attributes(sensitive=user.may(Permission.VIEW_SENSITIVE))
    choices = [
        (one, [field for field in here if not one.type or not field.type or field.type == one.type])
        for one in look.attributes
    ]
    context = {
        "text": text,
        "name": name,
        "look": look,
        "problems": problems,
        "attribute_choices": choices,
        "segment_choices": [one for one in look.segments if not one.inside],
        "brought": [one for one in look.segments if one.inside],
        "segments": segments_to_pick(),
        "mapped": {**_kept(request, "attribute:"), **_kept(request, "segment:")},
        "complete": _complete(look),
    }
    return render(request, "segments/import.html", context)


def _text(request: HttpRequest) -> str:
    upload = request.FILES.get("file")
    if upload is not None and not isinstance(upload, list):
        return upload.read(LARGEST + 1).decode("utf-8-sig", errors="replace")
    return request.POST.get("text", "")


def _read(text: str) -> Any:
    if not text.strip():
        raise Unreadable("Choose a file, or paste what is in it.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("This is no segment file: it is not JSON.") from None


def _mapped(request: HttpRequest, before: str) -> dict[str, str]:
    return {
        key.removeprefix(before): str(value)
        for key, value in request.POST.items()
        if key.startswith(before) and value
    }


def _kept(request: HttpRequest, before: str) -> dict[str, str]:
    return {f"{before}{name}": value for name, value in _mapped(request, before).items()}
