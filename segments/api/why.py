"""Why a contact is in a segment or is not."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.documenting import ERRORS
from crm.api.view import ApiView, person_of, read_query
from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.models import Contact
from crm.queries.merging import living_number
from segments.engine.language import moments
from segments.engine.why.why import Node
from segments.models import Segment
from segments.queries.explaining import Explained, explain_segment, happenings
from segments.queries.membership.log import Line, last_move

EXAMPLE: dict[str, Any] = {
    "contact": 7,
    "segment": "loyal-buyers",
    "sentence": "Customers who bought at least 3 times in the last 90 days.",
    "member": True,
    "since": "2026-01-04T08:12:00Z",
    "as_of": "2026-02-01T09:00:00Z",
    "holds": True,
    "changes_at": "2026-03-14T08:00:00Z",
    "unless": "they buy",
    "by_hand": "",
    "outlook": "Until 14 March 2026, 09:00, unless they buy.",
    "reasons": ["bought 3 times in the last 90 days, last on 4 January 2026"],
    "problem": "",
    "last_move": {
        "entered": True,
        "at": "2026-01-04T08:12:00Z",
        "because": "something they did",
        "evidence": ["purchase on 4 Jan 2026"],
    },
    "tree": {
        "path": "",
        "form": "condition",
        "holds": True,
        "decides": True,
        "asks": "who bought at least 3 times in the last 90 days",
        "seen": "bought 3 times in the last 90 days, last on 4 January 2026",
        "lacking": "",
        "value": 3,
        "since": None,
        "interactions": [{"id": 512, "kind": "purchase", "at": "2026-01-04T08:10:02Z"}],
        "parts": [],
    },
}


class WhyQuery(serializers.Serializer):
    """Which segment."""

    segment = serializers.SlugField(max_length=80, help_text="The segment's slug.")


class MoveOut(serializers.Serializer):
    """The newest entry or exit."""

    entered = serializers.BooleanField(help_text="False: left.")
    at = serializers.DateTimeField()
    because = serializers.CharField(help_text="The cause in words.")
    evidence = serializers.ListField(child=serializers.CharField(), help_text="What decided it, in words.")


class WhyOut(serializers.Serializer):
    """The answer, what decided it, and when time will change it."""

    contact = serializers.IntegerField()
    segment = serializers.CharField()
    sentence = serializers.CharField()
    member = serializers.BooleanField(help_text="As of the segment's last count.")
    since = serializers.DateTimeField(allow_null=True, help_text="A member without a break since then.")
    as_of = serializers.DateTimeField()
    holds = serializers.BooleanField(help_text="As of now. The next count makes it the membership.")
    changes_at = serializers.DateTimeField(
        allow_null=True, help_text="When the answer changes if nothing happens, within two years."
    )
    unless = serializers.CharField(help_text="What would keep it from changing.")
    by_hand = serializers.CharField(
        help_text="Who put them in or keeps them out, whatever the rule says; or nothing."
    )
    outlook = serializers.CharField(help_text="The same as a sentence.")
    reasons = serializers.ListField(child=serializers.CharField(), help_text="The facts that decided it.")
    problem = serializers.CharField(help_text="Why the rule cannot be evaluated, if so.")
    last_move = MoveOut(allow_null=True, help_text="Null: never in it.")
    tree = serializers.DictField(
        allow_null=True,
        help_text="The rule's nodes: what each asks, whether it holds, what was seen, the newest interactions "
        "behind it. Null for a list made by hand.",
    )


class ContactWhy(ApiView):
    """GET /contacts/{id}/why/?segment=…"""

    scopes: ClassVar = {"GET": "segments:read"}

    @extend_schema(
        operation_id="contact_why",
        tags=["Segments"],
        summary="Read why a contact is in a segment, or is not",
        description="What was seen at each part of the rule, as of now, and the instant at which the answer will "
        "change if nothing happens. Of sensitive attributes nothing is told, unless the token's owner may see them.",
        parameters=[WhyQuery],
        responses={200: WhyOut, **ERRORS},
        examples=[OpenApiExample("A member", value=EXAMPLE, response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request, contact_id: int) -> Response:
        query = read_query(WhyQuery, request)
        contact = Contact.objects.living().filter(pk=living_number(contact_id) or 0).first()
        if contact is None:
            raise Http404
        segment = get_object_or_404(Segment.objects.live(), slug=query["segment"])
        see_sensitive = person_of(request).may(Permission.VIEW_SENSITIVE)
        told = explain_segment(contact, segment, as_of=now(), see_sensitive=see_sensitive)
        line = last_move(contact.pk, segment, see_sensitive=see_sensitive)
        return Response(why_shaped(contact.pk, told, line))


def why_shaped(contact_id: int, told: Explained, line: Line | None) -> dict[str, Any]:
    """An explanation as JSON, with the newest line of the log."""
    return {
        "contact": contact_id,
        "segment": told.segment.slug,
        "sentence": told.segment.sentence,
        "member": told.member,
        "since": told.since,
        "as_of": told.as_of,
        "holds": told.holds,
        "changes_at": told.changes_at,
        "unless": told.why.unless if told.why and not told.placement else "",
        "by_hand": told.by_hand,
        "outlook": told.outlook,
        "reasons": told.reasons,
        "problem": told.problem,
        "last_move": None
        if line is None
        else {
            "entered": line.entered,
            "at": line.at,
            "because": line.because,
            "evidence": line.evidence,
        },
        "tree": _node(told.why.root, told) if told.why else None,
    }


def _node(node: Node, told: Explained) -> dict[str, Any]:
    seen = node.told
    return {
        "path": node.path,
        "form": node.form,
        "holds": node.holds,
        "decides": node.decides,
        "asks": node.asks,
        "seen": seen.seen if seen else "",
        "lacking": seen.lacking if seen else "",
        "value": seen.value if seen else None,
        "since": moments.to_datetime(seen.since) if seen and seen.since is not None else None,
        "interactions": [
            {"id": told.interactions[one.row], "kind": one.kind, "at": moments.to_datetime(one.at)}
            for one in happenings(node)
        ],
        "parts": [_node(part, told) for part in node.parts],
    }
