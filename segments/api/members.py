"""The members of a segment: read now or as of a past instant, placed by hand, put into lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.documenting import ERRORS, page_of
from crm.api.errors import Conflict, invalid
from crm.api.interactions import bad_key
from crm.api.view import ApiView, PageQuery, paged, person_of, read_body, read_query
from crm.kit.clock import now
from crm.models import User
from crm.queries.feed import BadKey, rows_by_id, whole
from crm.queries.merging import living_numbers
from segments.actions.membership import fixed, placing
from segments.api.shapes import MEMBER_ANSWER, MemberOut
from segments.engine.language.refusals import Refused
from segments.models import Filling, Segment
from segments.queries.membership.departures import members_then
from segments.queries.membership.finding import Entry, contacts_named
from segments.queries.membership.members import members_of

WAYS = ("include", "exclude", "release", "add", "remove")


class MembersQuery(PageQuery):
    """Which members."""

    as_of = serializers.DateTimeField(
        required=False, help_text="The members of this past instant, by the log. Without: those of now."
    )


class PeopleIn(serializers.Serializer):
    """People, by id, e-mail address or external id."""

    contacts = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        required=False,
        max_length=1_000,
        help_text="Contact ids.",
    )
    named = serializers.ListField(
        child=serializers.CharField(max_length=254),
        required=False,
        max_length=1_000,
        help_text="E-mail addresses or external ids.",
    )


class PlaceIn(PeopleIn):
    """What to do with people in a segment."""

    do = serializers.ChoiceField(
        choices=WAYS,
        help_text="A segment that follows a rule: include, exclude, or release to the rule. A list: add, remove.",
    )
    reason = serializers.CharField(
        max_length=300, required=False, allow_blank=True, default="", help_text="To include or exclude: why."
    )
    until = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="From then on the rule decides again."
    )


class PlacedOut(serializers.Serializer):
    """What came of it."""

    done = serializers.IntegerField(help_text="So many people were placed, released, added or removed.")
    moved = serializers.IntegerField(help_text="So many of them came in or went out by it.")
    unknown = serializers.ListField(child=serializers.CharField(), help_text="Those that mean nobody.")
    size = serializers.IntegerField()


class ListOut(PlacedOut):
    """A list that was made."""

    slug = serializers.CharField()


class ListIn(PeopleIn):
    """A list made by hand."""

    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


PLACE: dict[str, Any] = {
    "do": "exclude",
    "named": ["ada@example.com"],
    "reason": "Asked for no offers until summer",
    "until": "2026-06-01T00:00:00Z",
}
PLACED = {"done": 1, "moved": 1, "unknown": [], "size": 411}


class Members(ApiView):
    """GET and POST /segments/{slug}/members/"""

    scopes: ClassVar = {"GET": "segments:read", "POST": "segments:write"}

    @extend_schema(
        operation_id="segments_members",
        tags=["Segments"],
        summary="Read a segment's members",
        description="In the order of their ids. With `as_of` those of a past instant, without the people erased since; "
        "`since` is null where the log does not reach back so far.",
        parameters=[MembersQuery],
        responses={200: page_of(MemberOut, "MemberPage"), **ERRORS},
        examples=[
            OpenApiExample(
                "A page",
                value={"results": [MEMBER_ANSWER], "next": None},
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request, slug: str) -> Response:
        segment = get_object_or_404(Segment, slug=slug)
        query = read_query(MembersQuery, request)
        try:
            after = str(whole(query["after"])) if query["after"] else ""
        except BadKey as error:
            raise bad_key() from error
        instant: datetime | None = query.get("as_of")
        if instant is not None and instant > now():
            raise invalid({"as_of": "The future is not known: ask for an instant that has passed."})
        page = (
            members_of(segment, after=after, size=query["limit"])
            if instant is None
            else members_then(segment, instant, after=after, size=query["limit"])
        )
        contacts = rows_by_id([member.pk for member in page.rows])
        rows = [
            {
                "id": member.pk,
                "name": contacts[member.pk].contact.name,
                "email": contacts[member.pk].email or None,
                "external_id": contacts[member.pk].external_id or None,
                "since": member.since,
            }
            for member in page.rows
            if member.pk in contacts
        ]
        return paged(request, rows, page.next_key)

    @extend_schema(
        operation_id="segments_members_place",
        tags=["Segments"],
        summary="Include people, keep them out, or fill a list",
        description="People included in a segment, or kept out of it, stay so through every count, whatever its rule "
        "says, until released or until `until`. At most 1,000 ids and 1,000 names a call.",
        request=PlaceIn,
        responses={200: PlacedOut, **ERRORS},
        examples=[
            OpenApiExample("Keep somebody out", value=PLACE, request_only=True),
            OpenApiExample("Done", value=PLACED, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        segment = get_object_or_404(Segment, slug=slug)
        body = read_body(PlaceIn, request)
        people, unknown = people_in(body)
        try:
            done, moved = _do(segment, people, unknown, body, person_of(request))
        except placing.NotPlaced as refusal:
            raise invalid({"": str(refusal)}) from refusal
        except fixed.NotAList as refusal:
            raise Conflict(str(refusal)) from refusal
        segment.refresh_from_db()
        return Response({"done": done, "moved": moved, "unknown": unknown, "size": segment.size})


class Lists(ApiView):
    """POST /segments/lists/"""

    scopes: ClassVar = {"POST": "segments:write"}

    @extend_schema(
        operation_id="segments_lists_create",
        tags=["Segments"],
        summary="Make a fixed segment",
        description="It holds exactly these people until you change it. `unknown` names those that mean nobody.",
        request=ListIn,
        responses={201: ListOut, **ERRORS},
        examples=[
            OpenApiExample(
                "A list", value={"name": "Guests", "named": ["ada@example.com"]}, request_only=True
            )
        ],
    )
    def post(self, request: Request) -> Response:
        body = read_body(ListIn, request)
        people, unknown = people_in(body)
        try:
            made = fixed.create_list(
                name=body["name"],
                contacts=people,
                source=_source(people, unknown),
                description=body["description"],
                by=person_of(request),
                at=now(),
            )
        except Refused as refusal:
            raise invalid({problem.path: problem.sentence for problem in refusal.problems}) from refusal
        location = request.build_absolute_uri(f"/api/v1/segments/{made.slug}/")
        answer = {
            "slug": made.slug,
            "done": made.size,
            "moved": made.size,
            "unknown": unknown,
            "size": made.size,
        }
        return Response(answer, status=201, headers={"Location": location})


def people_in(body: dict[str, Any]) -> tuple[list[int], list[str]]:
    """The living contacts that a body names, and those of its names and ids that mean nobody."""
    asked = list(dict.fromkeys(body.get("contacts", [])))
    living = living_numbers(asked)
    names = list(dict.fromkeys(body.get("named", [])))
    found = contacts_named([Entry(line, name) for line, name in enumerate(names, start=1)])
    if not asked and not names:
        raise invalid(
            {"contacts": "Name people: ids in ‘contacts’, e-mail addresses or external ids in ‘named’."}
        )
    people = list(dict.fromkeys([*(living[pk] for pk in asked if pk in living), *found.contacts]))
    return people, [*(str(pk) for pk in asked if pk not in living), *found.unknown]


def _source(people: list[int], unknown: list[str]) -> fixed.Source:
    lines = list(enumerate(unknown, start=1))
    return fixed.Source(Filling.API, "", len(people) + len(unknown), lines)


def _do(
    segment: Segment, people: list[int], unknown: list[str], body: dict[str, Any], by: User
) -> tuple[int, int]:
    """How many were placed, and how many of them moved."""
    at, way = now(), body["do"]
    if way == "add":
        added = fixed.add_people(
            segment=segment, contacts=people, source=_source(people, unknown), by=by, at=at
        )
        return added, added
    if way == "remove":
        removed = fixed.remove_people(segment=segment, contacts=people, by=by, at=at)
        return removed, removed
    if way == "release":
        done = placing.take_back(segment=segment, contacts=people, by=by, at=at)
    else:
        done = placing.place(
            segment=segment,
            contacts=people,
            included=way == "include",
            reason=body["reason"],
            until=body["until"],
            by=by,
            at=at,
        )
    return done.placed, done.moved
