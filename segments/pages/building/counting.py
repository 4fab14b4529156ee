"""What the builder asks while somebody edits: counts, comparisons, rehearsals, values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from crm.domain.roles import Permission
from crm.kit import clock
from crm.pages.access import allow
from crm.templatetags.facet import at_time
from segments.engine.language.naming import quoted
from segments.engine.language.refusals import Refused
from segments.mirror.everyone import Preparing
from segments.models import Segment
from segments.pages.building.asking import (
    Unreadable,
    body_of,
    for_browsers,
    preparing,
    refusal,
    slug_of,
    turn_of,
    unread,
)
from segments.queries.building import previewing, turns, values
from segments.queries.building.counting import Counted, count
from segments.queries.building.effects import effects_of
from segments.queries.building.templates import templates_for
from segments.queries.membership.members import some_members

MOST_COMPARED = 100


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_preview(request: HttpRequest) -> JsonResponse:
    """The exact count of an unsaved rule at every node, its sentence, five people, and who may be e-mailed."""
    at = clock.now()
    try:
        body = body_of(request)
        turn = turn_of(request, body)
        if turn is not None:
            turns.begin(turn)
        found = previewing.preview(
            body.get("document"), as_of=at, slug=slug_of(body), stop=turns.until_newer(turn)
        )
    except Unreadable as problem:
        return unread(problem)
    except Refused as refused:
        # For an editor's draft a refusal is an answer, not an error that the browser should complain about.
        status = 200 if body.get("draft") is True else 400
        return refusal(refused, status, sentence="This rule cannot be counted yet.")
    except Preparing as state:
        return preparing(state)
    except turns.Stopped:
        return unread(ValueError("A newer edit is being counted."), 409)
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
            "samples": samples,
            "mailable": found.mailable,
            "reach": [asdict(one) for one in found.reach],
            "as_of": counted.as_of.isoformat(),
            "as_of_words": _as_of(counted),
            "seconds": round(counted.seconds, 3),
            "problems": [],
        }
    )


def _as_of(counted: Counted) -> str:
    """As of when, and whose members are older than that."""
    words = at_time(counted.as_of)
    if counted.behind:
        words = f"{at_time(counted.built_at)}, newer data is being read"
    if counted.kept:
        names = ", ".join(map(quoted, counted.kept))
        words += f", {names} with the last good members (it cannot be evaluated now)"
    return words


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_compare(request: HttpRequest) -> JsonResponse:
    """The exact counts of several rules at once: what a rule would find without this or with that."""
    try:
        body = body_of(request)
        documents = body.get("documents")
        if not isinstance(documents, dict) or len(documents) > MOST_COMPARED:
            raise Unreadable(f"Send ‘documents’: at most {MOST_COMPARED} rule documents by name.")
    except Unreadable as problem:
        return unread(problem)
    try:
        counts = previewing.compare(documents, as_of=clock.now(), slug=slug_of(body))
    except Preparing as state:
        return preparing(state)
    return JsonResponse({"counts": counts})


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_rehearse(request: HttpRequest, slug: str) -> JsonResponse:
    """What saving a rule would do to the members of a segment, and to each use of it."""
    segment = get_object_or_404(Segment, slug=slug)
    try:
        counted = count(body_of(request).get("document"), as_of=clock.now(), slug=slug)
        edit = previewing.edit_by(segment, counted)
        uses = effects_of(edit)
    except Unreadable as problem:
        return unread(problem)
    except Refused as refused:
        return refusal(refused, sentence="The rule cannot be counted yet: some of it needs a look.")
    except Preparing as state:
        return preparing(state)
    against = segment.evaluated_version or segment.version
    told = asdict(previewing.told(edit)) | {"against": against, "uses": [asdict(one) for one in uses]}
    return JsonResponse(told)


@allow(Permission.EDIT_SEGMENTS)
@require_GET
def segments_templates(request: HttpRequest) -> HttpResponse:
    """How many customers each template finds: a fragment that fills the figures of the dialog."""
    types = {one.name: one.type for one in values.attributes(sensitive=False)}
    offered = templates_for(types, {one["kind"] for one in values.kinds()})
    counts: dict[str, int] = {}
    try:
        rules = {one["key"]: {"version": 1, "rule": one["rule"]} for one in offered}
        counts = previewing.compare(rules, as_of=clock.now())
    except Preparing:
        pass  # the dialog stays without figures
    found = [(one["key"], counts[one["key"]]) for one in offered if one["key"] in counts]
    return render(request, "segments/_template_counts.html", {"counts": found})


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
                {"value": for_browsers(value), "label": _label(value), "count": number}
                for value, number in found.values
            ],
            "note": found.note,
            "bars": found.bars,
            "low": found.low,
            "high": found.high,
            "low_label": found.low_label,
            "high_label": found.high_label,
            "missing": found.missing,
        }
    )


def _label(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
