"""Contacts: found, read, made, changed, kept in step with another system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.actions.contacts import ContactRefused, Taken
from crm.actions.upserting import change, make, upsert
from crm.api.contact_shapes import (
    BATCH_ANSWER,
    BATCH_EXAMPLE,
    CONTACT_ANSWER,
    CONTACT_EXAMPLE,
    ContactBatch,
    ContactBatchOut,
    ContactIn,
    ContactOut,
    ContactQuery,
    shaped,
)
from crm.api.documenting import ERRORS, page_of
from crm.api.errors import Conflict, invalid
from crm.api.interactions import bad_key, items_in
from crm.api.view import ApiView, paged, person_of, read_query, token_in
from crm.domain.contact_items import ContactItem, Terms, read_contact
from crm.domain.identifiers import BadIdentifier, normal_identifier
from crm.domain.interaction_items import ItemRefused
from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.models import AttributeDefinition
from crm.panels import FILTERS
from crm.queries.accounts import current_account
from crm.queries.feed import BadKey, Wanted, contact_row, contacts, sensitive_names


def hidden_from(request: Request) -> frozenset[str]:
    """The attributes that this token's owner may not see."""
    return frozenset() if person_of(request).may(Permission.VIEW_SENSITIVE) else sensitive_names()


def terms_for(request: Request) -> Terms:
    """What contacts of this request are read against, in two queries."""
    definitions = list(AttributeDefinition.objects.values_list("name", "type", "sensitive"))
    see_all = person_of(request).may(Permission.VIEW_SENSITIVE)
    return Terms(
        country=current_account().country,
        types={name: type_name for name, type_name, _ in definitions},
        closed=frozenset(name for name, _, sensitive in definitions if sensitive and not see_all),
    )


def read_one(request: Request) -> ContactItem:
    """The contact in the body. Raises 400."""
    try:
        return read_contact(request.data, terms_for(request))
    except ItemRefused as refusal:
        raise invalid(refusal.fields) from refusal


def refused(refusal: ContactRefused) -> Exception:
    """The answer to a contact that cannot be kept so."""
    path = f"/{refusal.field}" if refusal.field else ""
    if isinstance(refusal, Taken):
        return Conflict(detail={path: f"{refusal} It is contact {refusal.owner}."})
    return invalid({path: str(refusal)})


def source_of(request: Request) -> str:
    """What a contact's history says where a change came from."""
    return f"api:{token_in(request).prefix}"


class Contacts(ApiView):
    """GET and POST /contacts/"""

    scopes: ClassVar = {"GET": "contacts:read", "POST": "contacts:write"}

    @extend_schema(
        operation_id="contacts_list",
        tags=["Contacts"],
        summary="Find contacts",
        description="One of `q`, `email`, `external_id`, `phone`; `segment` narrows any. With `updated_since` the "
        "longest unchanged come first, so that a copy can be kept in step.",
        parameters=[ContactQuery],
        responses={200: page_of(ContactOut, "ContactPage"), **ERRORS},
        examples=[
            OpenApiExample(
                "A page",
                value={"results": [CONTACT_ANSWER], "next": None},
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request) -> Response:
        query = read_query(ContactQuery, request)
        country = current_account().country
        wanted = _wanted(query, country)
        try:
            page = contacts(wanted, after=query["after"], size=query["limit"], country=country)
        except BadKey as error:
            raise bad_key() from error
        hidden = hidden_from(request)
        return paged(request, [shaped(row, hidden) for row in page.rows], page.next_key)

    @extend_schema(
        operation_id="contacts_create",
        tags=["Contacts"],
        summary="Make a contact",
        description="409 where an identifier belongs to another contact already.",
        request=ContactIn,
        responses={201: ContactOut, **ERRORS},
        examples=[
            OpenApiExample("A contact", value=CONTACT_EXAMPLE, request_only=True),
            OpenApiExample("Made", value=CONTACT_ANSWER, response_only=True, status_codes=["201"]),
        ],
    )
    def post(self, request: Request) -> Response:
        item = read_one(request)
        try:
            made = make(item=item, source=source_of(request), by=person_of(request), at=now())
        except ContactRefused as refusal:
            raise refused(refusal) from refusal
        answer = answer_for(request, made.pk)
        return Response(
            answer, status=201, headers={"Location": request.build_absolute_uri(f"{request.path}{made.pk}/")}
        )


class OneContact(ApiView):
    """GET and PATCH /contacts/{id}/"""

    scopes: ClassVar = {"GET": "contacts:read", "PATCH": "contacts:write"}

    @extend_schema(
        operation_id="contacts_read",
        tags=["Contacts"],
        summary="Read a contact",
        description="The number of a contact that was merged into another answers with that one: see `id`.",
        responses={200: ContactOut, **ERRORS},
        examples=[
            OpenApiExample("A contact", value=CONTACT_ANSWER, response_only=True, status_codes=["200"])
        ],
    )
    def get(self, request: Request, contact_id: int) -> Response:
        return Response(answer_for(request, contact_id))

    @extend_schema(
        operation_id="contacts_change",
        tags=["Contacts"],
        summary="Change a contact",
        description="What you leave out stays. Attributes merge by name; null takes one away. Identifiers of a kind "
        "that you send replace those of that kind. The number of a merged contact changes whom it was merged into.",
        request=ContactIn,
        responses={200: ContactOut, **ERRORS},
        examples=[
            OpenApiExample(
                "Move and forget",
                value={"attributes": {"city": "Leeds", "birthday": None}},
                request_only=True,
            )
        ],
    )
    def patch(self, request: Request, contact_id: int) -> Response:
        item = read_one(request)
        row = contact_row(contact_id)
        if row is None:
            raise Http404
        try:
            change(
                contact_id=row.contact.pk,
                item=item,
                source=source_of(request),
                by=person_of(request),
                at=now(),
            )
        except ContactRefused as refusal:
            raise refused(refusal) from refusal
        return Response(answer_for(request, contact_id))


class ContactsBatch(ApiView):
    """POST /contacts/batch/"""

    scopes: ClassVar = {"POST": "contacts:write"}
    judges_items = True

    @extend_schema(
        operation_id="contacts_upsert",
        tags=["Contacts"],
        summary="Make or change many contacts",
        description="Each is found by external id, e-mail or phone, and made where there is none. Identifiers are "
        "added, attributes merge. A wrong one does not lose the others.",
        request=ContactBatch,
        responses={200: ContactBatchOut, **ERRORS},
        examples=[
            OpenApiExample("Two contacts", value=BATCH_EXAMPLE, request_only=True),
            OpenApiExample("Kept", value=BATCH_ANSWER, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request) -> Response:
        raws = items_in(request.data, "contacts")
        terms = terms_for(request)
        answers: list[dict[str, Any]] = []
        items: list[ContactItem] = []
        places: list[int] = []
        for place, raw in enumerate(raws):
            try:
                items.append(read_contact(raw, terms))
                places.append(place)
                answers.append({})
            except ItemRefused as refusal:
                answers.append({"status": "refused", "id": None, "fields": refusal.fields})
        outcomes = upsert(items=items, source=source_of(request), by=person_of(request), at=now())
        for place, outcome in zip(places, outcomes, strict=True):
            path = f"/{outcome.field}" if outcome.field else ""
            fields = {path: outcome.reason} if outcome.reason else {}
            answers[place] = {"status": outcome.status, "id": outcome.contact, "fields": fields}
        told = [answer["status"] for answer in answers]
        counts = {status: told.count(status) for status in ("created", "updated", "refused")}
        return Response({**counts, "results": answers})


def answer_for(request: Request, contact_id: int) -> dict[str, Any]:
    """The contact as this token may see it. Raises 404."""
    row = contact_row(contact_id)
    if row is None:
        raise Http404
    return shaped(row, hidden_from(request))


def _wanted(query: Mapping[str, Any], country: str) -> Wanted:
    """What the parameters ask for. Raises 400 where they cannot be asked together."""
    given = [kind for kind in ("email", "external_id", "phone") if query.get(kind)]
    if len(given) + bool(query.get("q")) > 1 or (query.get("updated_since") and query.get("q")):
        raise invalid({"": "Ask for one of q, email, external_id and phone; updated_since goes without q."})
    if query.get("segment") and "segment" not in FILTERS:
        raise invalid({"/segment": "Contacts cannot be narrowed by segment here."})
    identifier = None
    for kind in given:
        try:
            identifier = (kind, normal_identifier(kind, query[kind], country=country))
        except BadIdentifier as error:
            raise serializers.ValidationError({kind: str(error)}) from error
    return Wanted(
        text=query.get("q", ""),
        identifier=identifier,
        segment=query.get("segment", ""),
        updated_since=query.get("updated_since"),
    )
