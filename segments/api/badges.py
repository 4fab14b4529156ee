"""The badges of a contact, for help desks and shops."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.documenting import ERRORS
from crm.api.errors import invalid
from crm.api.view import ApiView, person_of, read_query
from crm.domain.identifiers import BadIdentifier, normal_identifier
from crm.kit.clock import now
from crm.models import Contact, User
from crm.queries.accounts import current_account
from crm.queries.feed import contact_row
from segments.api.shapes import BADGES_ANSWER, BadgeQuery, BadgesOut
from segments.queries.service.desk import contact_behind
from segments.queries.service.standing import Standing, standings_of

ANSWERED = [OpenApiExample("Badges", value=BADGES_ANSWER, response_only=True, status_codes=["200"])]


class ContactBadges(ApiView):
    """GET /contacts/{id}/badges/"""

    scopes: ClassVar = {"GET": "contacts:read"}

    @extend_schema(
        operation_id="contact_badges",
        tags=["Badges"],
        summary="Read a contact's badges",
        description="The segments it is in now that show as badges.",
        responses={200: BadgesOut, **ERRORS},
        examples=ANSWERED,
    )
    def get(self, request: Request, contact_id: int) -> Response:
        row = contact_row(contact_id)
        if row is None:
            raise Http404
        return Response(badges_shaped(row.contact, viewer=person_of(request)))


class Badges(ApiView):
    """GET /badges/?email=…"""

    scopes: ClassVar = {"GET": "contacts:read"}

    @extend_schema(
        operation_id="badges_find",
        tags=["Badges"],
        summary="Read badges by e-mail, phone or external id",
        description="One call for a help desk: whom it speaks to, and what they are.",
        parameters=[BadgeQuery],
        responses={200: BadgesOut, **ERRORS},
        examples=ANSWERED,
    )
    def get(self, request: Request) -> Response:
        query = read_query(BadgeQuery, request)
        if len(query) != 1:
            raise invalid({"": "Ask by exactly one of email, external_id and phone."})
        kind, written = next(iter(query.items()))
        country = current_account().country
        try:
            value = normal_identifier(kind, written, country=country)
        except BadIdentifier as error:
            raise invalid({f"/{kind}": str(error)}) from error
        contact = contact_behind(kind, value)
        if contact is None:
            raise Http404
        return Response(badges_shaped(contact, viewer=person_of(request)))


def badges_shaped(contact: Contact, *, viewer: User) -> dict[str, Any]:
    """The answer of both endpoints."""
    standings = standings_of(contact, viewer, as_of=now())
    return {
        "contact": contact.pk,
        "name": contact.name,
        "badges": [badge_shaped(standing) for standing in standings],
    }


def badge_shaped(standing: Standing) -> dict[str, Any]:
    """One badge as programs read it."""
    told, playbook, accuracy = standing.told, standing.playbook, standing.accuracy
    return {
        "slug": told.segment.slug,
        "name": told.segment.name,
        "description": told.segment.description,
        "label": told.segment.label,
        "hue": told.segment.hue,
        "since": told.since,
        "as_of": told.segment.evaluated_at,
        "why": told.reasons or [told.segment.sentence or "Listed by hand."],
        "until": told.changes_at if not told.pending else None,
        "unless": told.why.unless if told.why else "",
        "outlook": "Leaves with the next count." if told.pending else told.outlook,
        "playbook": {
            "do": playbook.dos,
            "avoid": playbook.avoids,
            "offer": playbook.offer,
            "tone": playbook.tone,
            "escalation": playbook.escalation,
        }
        if playbook
        else None,
        "accuracy": {
            "share": round(accuracy.share, 4),
            "low": round(accuracy.low, 4),
            "high": round(accuracy.high, 4),
            "votes": accuracy.n,
        }
        if accuracy.n
        else None,
    }
