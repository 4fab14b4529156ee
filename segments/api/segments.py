"""Segments: listed, made, changed, tried out; their members."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.documenting import ERRORS, page_of
from crm.api.errors import Conflict, invalid
from crm.api.interactions import bad_key
from crm.api.view import ApiView, paged, person_of, read_body, read_query
from crm.domain.json_values import storable
from crm.kit.clock import now
from crm.queries.feed import BadKey, whole
from segments.actions.building.archiving import ReadsArchived, StillUsed
from segments.actions.building.revising import DESCRIBED, FollowsNoRule, Revision, revise
from segments.actions.building.saving import Outdated, create_segment
from segments.api.shapes import (
    PREVIEW_ANSWER,
    RULE,
    SEGMENT_ANSWER,
    SEGMENT_EXAMPLE,
    PreviewIn,
    PreviewOut,
    SegmentChange,
    SegmentIn,
    SegmentOut,
    SegmentQuery,
    TurnIn,
    UseOut,
)
from segments.engine.language.refusals import Refused
from segments.mirror.everyone import Preparing
from segments.models import Segment
from segments.queries.building import turns
from segments.queries.building.counting import Counted, count
from segments.queries.building.effects import effects_of
from segments.queries.building.previewing import edit_by
from segments.queries.membership.members import some_members


def document_in(rule: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The rule document in what was sent, and where in the body its rule stands."""
    plain = storable(rule)
    if "rule" in rule or "version" in rule:
        return plain, "/rule/rule"
    return {"version": 1, "rule": plain}, "/rule"


def refused(refusal: Refused, where: str) -> Exception:
    """The 400 of a rule: each problem at its place in the body."""
    fields: dict[str, str] = {}
    for problem in refusal.problems:
        place = where + problem.path
        fields[place] = f"{fields[place]} {problem.sentence}" if place in fields else problem.sentence
    return invalid(fields)


class Segments(ApiView):
    """GET and POST /segments/"""

    scopes: ClassVar = {"GET": "segments:read", "POST": "segments:write"}

    @extend_schema(
        operation_id="segments_list",
        tags=["Segments"],
        summary="List segments",
        parameters=[SegmentQuery],
        responses={200: page_of(SegmentOut, "SegmentPage"), **ERRORS},
        examples=[
            OpenApiExample(
                "A page",
                value={"results": [SEGMENT_ANSWER], "next": None},
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request) -> Response:
        query = read_query(SegmentQuery, request)
        found = Segment.objects.filter(archived_at__isnull=not query["archived"]).order_by("pk")
        if query.get("kind"):
            found = found.filter(kind=query["kind"])
        if query.get("label"):
            found = found.filter(label=query["label"])
        if query["after"]:
            try:
                found = found.filter(pk__gt=whole(query["after"]))
            except BadKey as error:
                raise bad_key() from error
        size = query["limit"]
        rows = list(found[: size + 1])
        shown = rows[:size]
        next_key = str(shown[-1].pk) if len(rows) > size else ""
        return paged(request, SegmentOut(shown, many=True).data, next_key)

    @extend_schema(
        operation_id="segments_create",
        tags=["Segments"],
        summary="Make a segment",
        description="A rule that is not one of the language is refused with a sentence at each place. Members "
        "appear within moments.",
        request=SegmentIn,
        responses={201: SegmentOut, **ERRORS},
        examples=[
            OpenApiExample("A segment", value=SEGMENT_EXAMPLE, request_only=True),
            OpenApiExample("Made", value=SEGMENT_ANSWER, response_only=True, status_codes=["201"]),
        ],
    )
    def post(self, request: Request) -> Response:
        body = read_body(SegmentIn, request)
        document, where = document_in(body.pop("rule"))
        if body.get("slug") and Segment.objects.filter(slug=body["slug"]).exists():
            raise Conflict(
                {"/slug": "Another segment has this slug. Choose one that is free, or leave it out."}
            )
        try:
            segment = create_segment(
                rule=document, kind=Segment.DYNAMIC, by=person_of(request), at=now(), **body
            )
        except Refused as refusal:
            raise refused(refusal, where) from refusal
        location = request.build_absolute_uri(f"{request.path}{segment.slug}/")
        return Response(_fresh(segment), status=201, headers={"Location": location})


class OneSegment(ApiView):
    """GET and PATCH /segments/{slug}/"""

    scopes: ClassVar = {"GET": "segments:read", "PATCH": "segments:write"}

    @extend_schema(
        operation_id="segments_read",
        tags=["Segments"],
        summary="Read a segment",
        responses={200: SegmentOut, **ERRORS},
        examples=[
            OpenApiExample("A segment", value=SEGMENT_ANSWER, response_only=True, status_codes=["200"])
        ],
    )
    def get(self, request: Request, slug: str) -> Response:
        return Response(SegmentOut(get_object_or_404(Segment, slug=slug)).data)

    @extend_schema(
        operation_id="segments_change",
        tags=["Segments"],
        summary="Change a segment",
        description="What you leave out stays. A new rule is a new version. `archived` puts it away or takes it "
        "back; 409 while something uses it, or where it reads segments that are archived.",
        request=SegmentChange,
        responses={200: SegmentOut, **ERRORS},
        examples=[
            OpenApiExample(
                "A new rule", value={"rule": RULE, "note": "Three instead of two"}, request_only=True
            )
        ],
    )
    def patch(self, request: Request, slug: str) -> Response:
        segment = get_object_or_404(Segment, slug=slug)
        body = read_body(SegmentChange, request)
        document, where = document_in(body["rule"]) if "rule" in body else (None, "")
        revision = Revision(
            described={name: body[name] for name in DESCRIBED if name in body},
            rule=document,
            note=body.get("note", ""),
            archived=body.get("archived"),
        )
        try:
            segment = revise(segment=segment, revision=revision, by=person_of(request), at=now())
        except Refused as refusal:
            raise refused(refusal, where) from refusal
        except (ReadsArchived, StillUsed, FollowsNoRule, Outdated) as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(_fresh(segment))


def _fresh(segment: Segment) -> dict[str, Any]:
    return dict(SegmentOut(Segment.objects.get(pk=segment.pk)).data)


class Preview(ApiView):
    """POST and DELETE /segments/preview/"""

    scopes: ClassVar = {"POST": "segments:read", "DELETE": "segments:read"}

    @extend_schema(
        operation_id="segments_preview",
        tags=["Segments"],
        summary="Count a rule without saving it",
        description=(
            "Exact, at every node of the rule, with a few members; with `segment` also how many would join, leave and "
            "stay if the rule became its own, and what that does to each campaign, goal, segment and badge that "
            "uses it. With `turn`, the newest question wins: one that a newer overtook, or "
            "that was cancelled, is answered with 409."
        ),
        request=PreviewIn,
        responses={200: PreviewOut, **ERRORS},
        examples=[
            OpenApiExample("A rule", value={"rule": RULE, "samples": 1}, request_only=True),
            OpenApiExample("Counted", value=PREVIEW_ANSWER, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request) -> Response:
        body = read_body(PreviewIn, request)
        document, where = document_in(body["rule"])
        as_of = body.get("as_of") or now()
        turn = turn_of(request, body["turn"]) if "turn" in body else None
        segment = get_object_or_404(Segment, slug=body["segment"]) if "segment" in body else None
        try:
            if turn:
                turns.begin(turn)
            counted = count(
                document,
                as_of=as_of,
                samples=body["samples"],
                slug=segment.slug if segment else "",
                stop=turns.until_newer(turn),
            )
            rehearsed = _rehearsed(segment, counted) if segment else None
        except Refused as refusal:
            raise refused(refusal, where) from refusal
        except Preparing as preparing:
            return Response(_preparing(as_of, str(preparing)), headers={"Retry-After": "10"})
        except turns.Stopped as stopped:
            raise Conflict(
                "A newer question of this sequence was asked, or this one was cancelled."
            ) from stopped
        return Response(
            {
                "count": counted.count,
                "total": counted.total,
                "nodes": counted.nodes,
                "samples": some_members(list(counted.samples)),
                "as_of": counted.as_of,
                "seconds": round(counted.seconds, 4),
                "rehearsal": rehearsed,
                "behind": counted.behind,
                "built_at": counted.built_at,
                "preparing": "",
            }
        )

    @extend_schema(
        operation_id="segments_preview_cancel",
        tags=["Segments"],
        summary="Stop counting a rule",
        description="The question of this turn, and those before it, are answered with 409.",
        parameters=[TurnIn],
        responses={200: TurnIn, **ERRORS},
        examples=[
            OpenApiExample(
                "Cancelled", value={"of": "tab-1", "number": 7}, response_only=True, status_codes=["200"]
            )
        ],
    )
    def delete(self, request: Request) -> Response:
        turn = turn_of(request, read_query(TurnIn, request))
        turns.cancel(turn)
        return Response({"of": turn.of, "number": turn.number})


def _rehearsed(segment: Segment, counted: Counted) -> dict[str, Any]:
    """How many join, leave and stay, and what that does to each use."""
    edit = edit_by(segment, counted)
    return {
        "joins": len(edit.joining),
        "leaves": len(edit.leaving),
        "stays": len(edit.staying),
        "uses": UseOut(effects_of(edit), many=True).data,
    }


def turn_of(request: Request, told: dict[str, Any]) -> turns.Turn:
    """The turn a person named."""
    return turns.Turn(person_of(request).pk, told["of"], told["number"])


def _preparing(as_of: datetime, sentence: str) -> dict[str, Any]:
    nothing = dict.fromkeys(("count", "total", "seconds", "rehearsal", "built_at"))
    return {**nothing, "nodes": {}, "samples": [], "as_of": as_of, "behind": False, "preparing": sentence}
