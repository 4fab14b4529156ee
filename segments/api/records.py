"""What was: versions of a segment's rule, its log, snapshots of it, and movement between segments."""

from __future__ import annotations

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.documenting import ERRORS, page_of
from crm.api.errors import Conflict, invalid
from crm.api.view import ApiView, PageQuery, paged, person_of, read_body, read_query
from crm.domain.roles import Permission
from crm.kit.clock import now
from segments.actions.building.saving import Outdated, save_rule
from segments.actions.membership import fixed
from segments.api.shapes import RULE, SEGMENT_ANSWER, RuleField, SegmentOut
from segments.engine.language.refusals import Refused
from segments.models import Segment, SegmentVersion
from segments.models.causes import CAUSES
from segments.queries.membership.log import Asked, log_of
from segments.queries.membership.movement import TooManySegments, movement
from segments.queries.segments import versions_of


class VersionOut(serializers.ModelSerializer):
    """A version of a rule, with what its rehearsal said when it was saved."""

    rule = RuleField(read_only=True)
    author = serializers.SerializerMethodField()

    class Meta:
        model = SegmentVersion
        fields = [
            "number",
            "rule",
            "sentence",
            "note",
            "author",
            "restored_from",
            "joins",
            "leaves",
            "stays",
            "created_at",
        ]

    def get_author(self, version: SegmentVersion) -> str | None:
        return version.author.name if version.author else None


class RestoreIn(serializers.Serializer):
    """Which version comes back."""

    number = serializers.IntegerField(min_value=1, max_value=2_000_000_000)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class SnapshotIn(serializers.Serializer):
    """A fixed segment of another's members."""

    name = serializers.CharField(max_length=120)
    as_of = serializers.DateTimeField(
        required=False, help_text="The members of this past instant. Without: now."
    )


class LogQuery(PageQuery):
    """Which lines of the log."""

    way = serializers.ChoiceField(choices=["in", "out"], required=False)
    cause = serializers.ChoiceField(choices=list(CAUSES), required=False)
    since = serializers.DateTimeField(required=False, help_text="Not before this instant.")
    until = serializers.DateTimeField(required=False, help_text="Before this instant.")


class LineOut(serializers.Serializer):
    """An entry or exit."""

    contact = serializers.IntegerField()
    name = serializers.CharField()
    entered = serializers.BooleanField(help_text="False: left.")
    at = serializers.DateTimeField()
    cause = serializers.CharField(help_text="interaction, attribute, time, rule, manual …")
    evidence = serializers.ListField(child=serializers.CharField(), help_text="What decided it, in words.")
    version = serializers.IntegerField(help_text="Of the rule.")


class MovementQuery(serializers.Serializer):
    """Which period and which segments."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField(required=False, help_text="Without: now.")
    segments = serializers.CharField(max_length=2_000, help_text="Slugs, separated by commas; at most 20.")


class FlowOut(serializers.Serializer):
    """So many were in one at the start and in another at the end; null: in none of those asked for."""

    source = serializers.CharField(allow_null=True)
    target = serializers.CharField(allow_null=True)
    people = serializers.IntegerField()


class MovementOut(serializers.Serializer):
    """The flows of a period."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    start = serializers.DictField(child=serializers.IntegerField(), help_text="Sizes at the start, by slug.")
    end = serializers.DictField(child=serializers.IntegerField(), help_text="Sizes at the end, by slug.")
    flows = FlowOut(many=True)


VERSION: dict[str, Any] = {
    "number": 2,
    "rule": RULE,
    "sentence": SEGMENT_ANSWER["sentence"],
    "note": "Three instead of two",
    "author": "Grace",
    "restored_from": None,
    "joins": 0,
    "leaves": 61,
    "stays": 412,
    "created_at": "2026-03-01T12:30:00Z",
}


LINE: dict[str, Any] = {
    "contact": 12,
    "name": "Ada Lovelace",
    "entered": True,
    "at": "2026-03-01T12:30:00Z",
    "cause": "interaction",
    "evidence": ["purchase on 1 Mar 2026"],
    "version": 2,
}
MOVED: dict[str, Any] = {
    "since": "2026-02-01T00:00:00Z",
    "until": "2026-03-01T00:00:00Z",
    "start": {"new": 120, "loyal": 380},
    "end": {"new": 96, "loyal": 412},
    "flows": [
        {"source": "new", "target": "loyal", "people": 31},
        {"source": "new", "target": None, "people": 22},
    ],
}


class Versions(ApiView):
    """GET and POST /segments/{slug}/versions/"""

    scopes: ClassVar = {"GET": "segments:read", "POST": "segments:write"}

    @extend_schema(
        operation_id="segments_versions",
        tags=["Segments"],
        summary="Read the versions of a segment's rule",
        description="The newest first, at most 100.",
        responses={200: VersionOut(many=True), **ERRORS},
        examples=[OpenApiExample("A version", value=VERSION, response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request, slug: str) -> Response:
        segment = get_object_or_404(Segment, slug=slug)
        return Response(VersionOut(versions_of(segment), many=True).data)

    @extend_schema(
        operation_id="segments_versions_restore",
        tags=["Segments"],
        summary="Bring a version back",
        description="Its rule is saved as a new version. Where the rule in use says the same, nothing changes.",
        request=RestoreIn,
        responses={200: SegmentOut, **ERRORS},
        examples=[
            OpenApiExample("The first one", value={"number": 1, "note": "Back to two"}, request_only=True),
            OpenApiExample("Restored", value=SEGMENT_ANSWER, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        segment = get_object_or_404(Segment, slug=slug)
        body = read_body(RestoreIn, request)
        if segment.kind == Segment.FIXED:
            raise Conflict(f"‘{segment.name}’ is a list made by hand: it follows no rule.")
        version = get_object_or_404(SegmentVersion, segment=segment, number=body["number"])
        try:
            segment = save_rule(
                segment=segment,
                rule=version.rule,
                note=body["note"] or f"Restored from version {version.number}",
                started_from=segment.version,
                restored_from=version.number,
                by=person_of(request),
                at=now(),
            )
        except Refused as refusal:
            raise invalid({"number": refusal.problems[0].sentence}) from refusal
        except Outdated as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(SegmentOut(segment).data)


class Snapshot(ApiView):
    """POST /segments/{slug}/snapshot/"""

    scopes: ClassVar = {"POST": "segments:write"}

    @extend_schema(
        operation_id="segments_snapshot",
        tags=["Segments"],
        summary="Keep a segment's members as a fixed segment",
        description="Those of now, or of a past instant. The new segment stays as it is when the other changes.",
        request=SnapshotIn,
        responses={201: SegmentOut, **ERRORS},
        examples=[
            OpenApiExample(
                "At new year",
                value={"name": "Loyal, New Year", "as_of": "2026-01-01T00:00:00Z"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        segment = get_object_or_404(Segment, slug=slug)
        body = read_body(SnapshotIn, request)
        try:
            taken = fixed.snapshot(
                segment=segment, name=body["name"], as_of=body.get("as_of"), by=person_of(request), at=now()
            )
        except fixed.NotKnownThen as refusal:
            raise invalid({"as_of": str(refusal)}) from refusal
        except Refused as refusal:
            raise invalid({"name": refusal.problems[0].sentence}) from refusal
        location = request.build_absolute_uri(f"/api/v1/segments/{taken.slug}/")
        return Response(SegmentOut(taken).data, status=201, headers={"Location": location})


class Log(ApiView):
    """GET /segments/{slug}/log/"""

    scopes: ClassVar = {"GET": "segments:read"}

    @extend_schema(
        operation_id="segments_log",
        tags=["Segments"],
        summary="Read who entered and left a segment",
        description="The newest first, with the cause, what decided it, and the version of the rule.",
        parameters=[LogQuery],
        responses={200: page_of(LineOut, "LogPage"), **ERRORS},
        examples=[
            OpenApiExample(
                "A page",
                value={"results": [LINE], "next": None},
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request, slug: str) -> Response:
        segment = get_object_or_404(Segment, slug=slug)
        query = read_query(LogQuery, request)
        asked = Asked(
            way=query.get("way", ""),
            cause=query.get("cause", ""),
            since=query.get("since"),
            until=query.get("until"),
            after=query["after"],
        )
        see = person_of(request).may(Permission.VIEW_SENSITIVE)
        page = log_of(segment, asked, see_sensitive=see, size=query["limit"])
        rows = [
            {
                "contact": line.contact_id,
                "name": line.name,
                "entered": line.entered,
                "at": line.at,
                "cause": line.cause,
                "evidence": line.evidence,
                "version": line.version,
            }
            for line in page.rows
        ]
        return paged(request, rows, page.next_key)


class MovementBetween(ApiView):
    """GET /segments/movement/"""

    scopes: ClassVar = {"GET": "segments:read"}

    @extend_schema(
        operation_id="segments_movement",
        tags=["Segments"],
        summary="Read who moved between segments in a period",
        description="Exact, from the logs. Segments overlap, so one contact may be in several flows; flows of nobody "
        "are left out.",
        parameters=[MovementQuery],
        responses={200: MovementOut, **ERRORS},
        examples=[OpenApiExample("A month", value=MOVED, response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request) -> Response:
        query = read_query(MovementQuery, request)
        slugs = list(dict.fromkeys(part.strip() for part in query["segments"].split(",") if part.strip()))
        found = {one.slug: one for one in Segment.objects.filter(slug__in=slugs)}
        unknown = [slug for slug in slugs if slug not in found]
        if unknown or not slugs:
            raise invalid({"segments": f"There is no segment {', '.join(unknown) or 'in this list'}."})
        until = min(query.get("until") or now(), now())
        if query["since"] > until:
            raise invalid({"since": "The period ends before it begins."})
        try:
            moved = movement(query["since"], until, [found[slug] for slug in slugs])
        except TooManySegments as refusal:
            raise invalid({"segments": str(refusal)}) from refusal
        return Response(
            {
                "since": moved.since,
                "until": moved.until,
                "start": {one.slug: moved.start[one.pk] for one in moved.segments},
                "end": {one.slug: moved.end[one.pk] for one in moved.segments},
                "flows": [
                    {
                        "source": flow.source.slug if flow.source else None,
                        "target": flow.target.slug if flow.target else None,
                        "people": flow.people,
                    }
                    for flow in moved.flows
                ],
            }
        )
