"""The builder: its page, and what it asks while somebody edits."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse

from crm.domain.roles import Permission
from crm.kit import clock
from crm.pages.access import allow
from crm.queries.accounts import account_zone
from segments.actions.building.drafts import forget_draft
from segments.actions.building.saving import Outdated, create_segment, save_rule
from segments.engine.language.parse import parse_document
from segments.engine.language.refusals import Refused
from segments.models import Segment
from segments.pages.building.asking import Unreadable, body_of, for_browsers, refusal, unread
from segments.queries.building import values
from segments.queries.building.drafts import draft_at, newest_version
from segments.queries.building.templates import templates_for
from segments.queries.segments import labels_to_pick, naming, segments_to_pick, spelled_as_used
from segments.uses import uses_of

EMPTY = {"version": 1, "rule": {"all": []}}


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
    return _shown(request, page)


def _shown(request: HttpRequest, page: dict[str, Any]) -> HttpResponse:
    return render(request, "segments/builder.html", {**page, "data": for_browsers(page["data"])})


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
    return _shown(request, page)


def _page(request: HttpRequest, segment: Segment | None) -> dict[str, Any]:
    user: Any = request.user
    attributes = values.attributes(sensitive=user.may(Permission.VIEW_SENSITIVE))
    kinds = values.kinds()
    slug = segment.slug if segment else ""
    place = request.get_full_path()[:200]
    kept = draft_at(user, place)
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
        "zone": str(account_zone()),
        "today": clock.now().astimezone(account_zone()).date().isoformat(),
        "place": place,
        "draftKey": f"facet.draft.{user.pk}.{place}",
        "draft": kept
        and {"document": kept.document, "version": kept.version, "at": kept.updated_at.isoformat()},
        "urls": {
            "preview": reverse("segment_preview"),
            "compare": reverse("segment_compare"),
            "values": reverse("segment_values"),
            "draft": reverse("segment_draft"),
            "phrase": reverse("segment_phrase"),
            "why": reverse("segment_draft_why"),
            "whys": reverse("segment_draft_whys"),
            "others": reverse("segment_draft_others"),
            "elsewhen": reverse("segment_elsewhen"),
            "people": reverse("segment_draft_people"),
            "editing": reverse("segment_editing", args=[slug]) if segment else "",
            "rehearse": reverse("segment_rehearse", args=[slug]) if segment else "",
            "save": reverse("segment_edit", args=[slug]) if segment else reverse("segment_new"),
        },
    }
    uses = uses_of(segment) if segment else []
    return {
        "segment": segment,
        "data": data,
        "uses": uses,
        "busy": any(use.holds for use in uses),
        "referring": naming(slug) if segment else [],
        "name": "",
        "label": "",
        "labels": labels_to_pick(),
    }


def _create(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    try:
        body = body_of(request)
        made = create_segment(
            name=str(body.get("name", "")),
            rule=body.get("document"),
            label=spelled_as_used(str(body.get("label", ""))[:40]),
            note=str(body.get("note", "")),
            by=user,
            at=clock.now(),
        )
    except Unreadable as problem:
        return unread(problem)
    except Refused as refused:
        return refusal(refused)
    _forget(request, body)
    return JsonResponse({"url": reverse("segment", args=[made.slug])})


def _forget(request: HttpRequest, body: dict[str, Any]) -> None:
    user: Any = request.user
    forget_draft(place=str(body.get("place", "")), by=user)


def _save(request: HttpRequest, segment: Segment) -> HttpResponse:
    user: Any = request.user
    try:
        body = body_of(request)
        started = body.get("version")
        if not isinstance(started, int):
            raise Unreadable("Say with ‘version’ which version the change began from.")
        save_rule(
            segment=segment,
            rule=body.get("document"),  # type: ignore[arg-type]
            note=str(body.get("note", "")),
            started_from=started,
            by=user,
            at=clock.now(),
        )
    except Unreadable as problem:
        return unread(problem)
    except Refused as refused:
        return refusal(refused)
    except Outdated as outdated:
        segment.refresh_from_db()
        answer = {
            "sentence": str(outdated),
            "url": reverse("segment_versions", args=[segment.slug]),
            "theirs": for_browsers(newest_version(segment)),
        }
        return JsonResponse(answer, status=409)
    _forget(request, body)
    return JsonResponse({"url": reverse("segment", args=[segment.slug])})
