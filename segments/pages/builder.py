"""The builder: its page, and what it asks while somebody edits."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from crm.domain.roles import Permission
from crm.kit import clock
from crm.pages.access import allow
from crm.templatetags.facet import at_time
from segments.actions.saving import Outdated, create_segment, save_rule
from segments.engine.parse import parse_document
from segments.engine.refusals import Refused
from segments.models import Segment
from segments.queries import previewing, values
from segments.queries.members import some_members
from segments.queries.segments import naming, segments_to_pick
from segments.queries.templates import templates_for
from segments.uses import uses_of

MOST_COMPARED = 100
EMPTY = {"version": 1, "rule": {"all": []}}


class _Unreadable(ValueError):
    """The body of a request is not what this address reads; the message says what is."""


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        raise _Unreadable("The request could not be read: send a JSON object.") from None
    if not isinstance(found, dict):
        raise _Unreadable("The request could not be read: send a JSON object.")
    return found


def _refusal(refused: Refused, status: int = 400, sentence: str = "") -> JsonResponse:
    number = len(refused.problems)
    words = "one thing needs" if number == 1 else f"{number} things need"
    return JsonResponse(
        {
            "sentence": sentence or f"This segment was not saved: {words} a look.",
            "count": None,
            "problems": [asdict(problem) for problem in refused.problems],
        },
        status=status,
    )


def _unread(problem: Exception) -> JsonResponse:
    return JsonResponse({"sentence": str(problem), "count": None, "problems": []}, status=400)


@allow(Permission.EDIT_SEGMENTS)
def segment_new(request: HttpRequest) -> HttpResponse:
    """A new segment: the builder, empty or begun from a template, a copy or a rule; a POST saves it."""
    if request.method == "POST":
        return _create(request)
    page = _page(request, None)
    begun = next(
        (one for one in page["data"]["templates"] if one["key"] == request.GET.get("template")), None
    )
    copied = Segment.objects.filter(slug=request.GET.get("copy", ""), kind=Segment.DYNAMIC).first()
    if begun is not None:
        page["data"]["document"] = {"version": 1, "rule": begun["rule"]}
        page.update(name=begun["name"], label=begun["label"])
    elif copied is not None:
        page["data"]["document"] = copied.rule
        page.update(name=f"Copy of {copied.name}"[:120], label=copied.label)
    elif (given := _rule_in(request)) is not None:
        page["data"]["document"] = given
    if request.GET:
        page["data"]["draftKey"] += f".{request.GET.urlencode()}"
    return render(request, "segments/builder.html", page)


def _rule_in(request: HttpRequest) -> dict[str, Any] | None:
    """The rule document that the address brings along, if it is one."""
    try:
        found = json.loads(request.GET.get("rule", "")[:8_000])
        parse_document(found)
    except (ValueError, RecursionError):
        return None
    return found


@allow(Permission.EDIT_SEGMENTS)
def segment_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """The rule of a segment in the builder; a POST saves it as a new version."""
    segment = get_object_or_404(Segment, slug=slug)
    if segment.kind == Segment.FIXED:
        return redirect("segment_members", slug=slug)
    if request.method == "POST":
        return _save(request, segment)
    page = _page(request, segment)
    page["data"]["document"] = segment.rule
    return render(request, "segments/builder.html", page)


def _page(request: HttpRequest, segment: Segment | None) -> dict[str, Any]:
    user: Any = request.user
    attributes = values.attributes(sensitive=user.may(Permission.VIEW_SENSITIVE))
    kinds = values.kinds()
    slug = segment.slug if segment else ""
    templates = templates_for({one.name: one.type for one in attributes}, {one["kind"] for one in kinds})
    data = {
        "segment": segment
        and {
            "slug": segment.slug,
            "name": segment.name,
            "version": segment.version,
            "size": segment.size,
        },
        "document": EMPTY,
        "attributes": [asdict(one) for one in attributes],
        "kinds": kinds,
        "segments": segments_to_pick(besides=segment.pk if segment else None),
        "templates": templates,
        "sprite": static("icons.svg"),
        "draftKey": f"facet.draft.{user.pk}.{slug or 'new segment'}",
        "urls": {
            "preview": reverse("segment_preview"),
            "compare": reverse("segment_compare"),
            "values": reverse("segment_values"),
            "rehearse": reverse("segment_rehearse", args=[slug]) if segment else "",
            "save": reverse("segment_edit", args=[slug]) if segment else reverse("segment_new"),
        },
    }
    return {
        "segment": segment,
        "data": data,
        "uses": uses_of(segment) if segment else [],
        "referring": naming(slug) if segment else [],
        "name": "",
        "label": "",
    }


def _create(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    try:
        body = _body(request)
        made = create_segment(
            name=str(body.get("name", "")),
            rule=body.get("document"),
            label=str(body.get("label", ""))[:40],
            note=str(body.get("note", "")),
            by=user,
            at=clock.now(),
        )
    except _Unreadable as problem:
        return _unread(problem)
    except Refused as refused:
        return _refusal(refused)
    return JsonResponse({"url": reverse("segment", args=[made.slug])})


def _save(request: HttpRequest, segment: Segment) -> HttpResponse:
    user: Any = request.user
    try:
        body = _body(request)
        started = body.get("version")
        if not isinstance(started, int):
            raise _Unreadable("Say with ‘version’ which version the change began from.")
        save_rule(
            segment=segment,
            rule=body.get("document"),  # type: ignore[arg-type]
            note=str(body.get("note", "")),
            started_from=started,
            by=user,
            at=clock.now(),
        )
    except _Unreadable as problem:
        return _unread(problem)
    except Refused as refused:
        return _refusal(refused)
    except Outdated as outdated:
        return JsonResponse(
            {"sentence": str(outdated), "url": reverse("segment_versions", args=[segment.slug])}, status=409
        )
    return JsonResponse({"url": reverse("segment", args=[segment.slug])})


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_preview(request: HttpRequest) -> JsonResponse:
    """The exact count of an unsaved rule at every node, its sentence, five people, and who may be e-mailed."""
    at = clock.now()
    try:
        body = _body(request)
        found = previewing.preview(body.get("document"), as_of=at, slug=_slug(body))
    except _Unreadable as problem:
        return _unread(problem)
    except Refused as refused:
        # For an editor's draft a refusal is an answer, not an error that the browser should complain about.
        status = 200 if body.get("draft") is True else 400
        return _refusal(refused, status, sentence="This rule cannot be counted yet.")
    counted = found.counted
    samples = some_members(counted.samples)
    for sample in samples:
        sample["url"] = reverse("contact", args=[sample["id"]])
    return JsonResponse(
        {
            "total": counted.total,
            "count": counted.count,
            "nodes": counted.nodes,
            "sentence": found.sentence,
            "sentences": found.sentences,
            "samples": samples,
            "mailable": found.mailable,
            "as_of": counted.as_of.isoformat(),
            "as_of_words": _as_of(counted.as_of, counted.built_at, behind=counted.behind),
            "seconds": round(counted.seconds, 3),
            "problems": [],
        }
    )


def _as_of(as_of: datetime, built_at: datetime, *, behind: bool) -> str:
    return f"{at_time(built_at)}, newer data is being read" if behind else at_time(as_of)


def _slug(body: dict[str, Any]) -> str:
    slug = body.get("segment", "")
    return slug if isinstance(slug, str) else ""


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_compare(request: HttpRequest) -> JsonResponse:
    """The exact counts of several rules at once: what a rule would find without this or with that."""
    try:
        body = _body(request)
        documents = body.get("documents")
        if not isinstance(documents, dict) or len(documents) > MOST_COMPARED:
            raise _Unreadable(f"Send ‘documents’: at most {MOST_COMPARED} rule documents by name.")
    except _Unreadable as problem:
        return _unread(problem)
    return JsonResponse({"counts": previewing.compare(documents, as_of=clock.now(), slug=_slug(body))})


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_rehearse(request: HttpRequest, slug: str) -> JsonResponse:
    """What saving a rule would do to the members of a segment."""
    segment = get_object_or_404(Segment, slug=slug)
    try:
        found = previewing.rehearse(segment, _body(request).get("document"), as_of=clock.now())
    except _Unreadable as problem:
        return _unread(problem)
    except Refused as refused:
        return _refusal(refused, sentence="The rule cannot be counted yet: some of it needs a look.")
    return JsonResponse(asdict(found))


@allow(Permission.EDIT_SEGMENTS)
@require_GET
def segment_values(request: HttpRequest) -> JsonResponse:
    """The values of an attribute, or of a property of a kind, with counts, narrowed by `q`."""
    query, user = request.GET, request.user
    words = query.get("q", "")[:100]
    if "attribute" in query:
        name = query["attribute"]
        if values.is_sensitive(name) and not user.may(Permission.VIEW_SENSITIVE):  # type: ignore[union-attr]
            return JsonResponse({"sentence": "This attribute is sensitive.", "items": []}, status=403)
        found = values.values_of_attribute(name, words=words)
    elif "kind" in query and "property" in query:
        found = values.values_of_property(query["kind"], query["property"], words=words)
    else:
        return JsonResponse(
            {"sentence": "Say ‘attribute’, or ‘kind’ and ‘property’.", "items": []}, status=400
        )
    return JsonResponse(
        {
            "items": [
                {"value": value, "label": _label(value), "count": number} for value, number in found.values
            ],
            "note": found.note,
            "bars": found.bars,
            "low": found.low,
            "high": found.high,
            "missing": found.missing,
        }
    )


def _label(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
