"""The badges of a contact, for help desks and shops."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.documenting import ERRORS
from crm.api.errors import invalid
from crm.api.view import ApiView, read_query
from crm.domain.identifiers import BadIdentifier, normal_identifier
from crm.queries.accounts import current_account
from crm.queries.contacts import Row
from crm.queries.feed import Wanted, contact_row, contacts
from segments.api.shapes import BADGES_ANSWER, BadgeQuery, BadgesOut
from segments.queries.badges import badges_with_since

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
        return Response(badges_shaped(row))


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
        page = contacts(Wanted(identifier=(kind, value)), after="", size=1, country=country)
        if not page.rows:
            raise Http404
        return Response(badges_shaped(page.rows[0]))


def badges_shaped(row: Row) -> dict[str, Any]:
    """The answer of both endpoints."""
    return {
        "contact": row.contact.pk,
        "name": row.contact.name,
        "badges": [
            {
                "slug": member.segment.slug,
                "name": member.segment.name,
                "description": member.segment.description,
                "label": member.segment.label,
                "hue": member.segment.hue,
                "since": member.since,
                "as_of": member.segment.evaluated_at,
            }
            for member in badges_with_since(row.contact.pk)
        ],
    }
