"""Interactions: sent many at once, each counted once; read by contact."""

from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from crm.actions.recording import Outcome, record_interactions
from crm.api.documenting import ERRORS, page_of
from crm.api.errors import invalid
from crm.api.view import ApiView, PageQuery, paged, person_of, read_query, token_in
from crm.domain.interaction_items import InteractionItem, ItemRefused, read_item
from crm.kit.clock import now
from crm.models import Interaction
from crm.queries.accounts import current_account
from crm.queries.feed import BadKey, contact_row, interactions_of

MOST = 1_000


class ContactKeySerializer(serializers.Serializer):
    """By what the contact is found: exactly one of these."""

    id = serializers.IntegerField(required=False)
    email = serializers.CharField(required=False)
    external_id = serializers.CharField(required=False)
    phone = serializers.CharField(required=False)

    class Meta:
        ref_name = "ContactKey"


class InteractionIn(serializers.Serializer):
    """Something a contact did, or that was done with them."""

    contact = ContactKeySerializer(help_text="Unknown e-mail, phone or external id: the contact is made.")
    kind = serializers.CharField(max_length=120, help_text="purchase, call, page view … any word of yours.")
    at = serializers.DateTimeField(
        required=False, help_text="When; ISO 8601. Without: now. Without offset: the account's zone."
    )
    amount = serializers.DecimalField(
        max_digits=18, decimal_places=6, required=False, allow_null=True, help_text="Exact; number or text."
    )
    currency = serializers.CharField(max_length=3, required=False, help_text="ISO 4217, for example EUR.")
    properties = serializers.DictField(required=False, help_text="Whatever else there is to know, as JSON.")
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=80, required=False, help_text="The system it comes from. Without: this token."
    )
    message_id = serializers.CharField(
        max_length=200, help_text="Yours, the same at each delivery: one sent twice counts once by source."
    )


class InteractionBatch(serializers.Serializer):
    """Between 1 and 1,000 interactions."""

    interactions = InteractionIn(many=True)


class OutcomeOut(serializers.Serializer):
    """What became of one item, in the order sent."""

    status = serializers.ChoiceField(choices=["created", "duplicate", "refused"])
    message_id = serializers.CharField(allow_null=True)
    id = serializers.IntegerField(allow_null=True, help_text="The interaction.")
    contact = serializers.IntegerField(allow_null=True, help_text="Whose it is.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(), help_text="Refused: JSON pointer into the item → why."
    )


class BatchOut(serializers.Serializer):
    """What became of a batch."""

    created = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = OutcomeOut(many=True)


class InteractionOut(serializers.ModelSerializer):
    """An interaction that is on record."""

    contact = serializers.IntegerField(source="contact_id")
    properties = serializers.DictField()

    class Meta:
        model = Interaction
        fields = [
            "id",
            "contact",
            "kind",
            "at",
            "amount",
            "currency",
            "properties",
            "source",
            "message_id",
            "recorded_at",
        ]


EXAMPLE = {
    "interactions": [
        {
            "contact": {"email": "ada@example.com"},
            "kind": "purchase",
            "at": "2026-03-01T12:30:00Z",
            "amount": "19.90",
            "currency": "EUR",
            "properties": {"product": "Teapot", "quantity": 1},
            "message_id": "order-1001-line-1",
        }
    ]
}
ANSWER = {
    "created": 1,
    "duplicates": 0,
    "refused": 0,
    "results": [
        {"status": "created", "message_id": "order-1001-line-1", "id": 90210, "contact": 12, "fields": {}}
    ],
}


class Interactions(ApiView):
    """POST /interactions/"""

    scopes: ClassVar = {"POST": "interactions:write"}
    judges_items = True

    @extend_schema(
        operation_id="interactions_send",
        tags=["Interactions"],
        summary="Send interactions",
        description="Each is answered by itself: a wrong one does not lose the others. What is answered `created` is "
        "safely kept. Sending the same batch again answers `duplicate` and changes nothing.",
        request=InteractionBatch,
        responses={200: BatchOut, **ERRORS},
        examples=[
            OpenApiExample("A purchase", value=EXAMPLE, request_only=True),
            OpenApiExample("Recorded", value=ANSWER, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request) -> Response:
        raws = items_in(request.data, "interactions")
        token, at, account = token_in(request), now(), current_account()
        default_source = f"api:{token.prefix}"
        items: list[InteractionItem] = []
        answers: list[dict[str, Any]] = []
        places: list[int] = []
        for place, raw in enumerate(raws):
            try:
                item = read_item(
                    raw,
                    default_source=default_source,
                    received_at=at,
                    zone=ZoneInfo(account.timezone),
                    country=account.country,
                )
            except ItemRefused as refusal:
                answers.append(answer_of(Outcome("refused"), _message_id(raw), refusal.fields))
            else:
                items.append(item)
                places.append(place)
                answers.append({})
        outcomes = record_interactions(items=items, origin=default_source, by=person_of(request), at=at)
        for place, item, outcome in zip(places, items, outcomes, strict=True):
            wrong = {"/contact/id": outcome.reason} if outcome.reason else {}
            answers[place] = answer_of(outcome, item.message_id, wrong)
        told = [answer["status"] for answer in answers]
        return Response(
            {
                "created": told.count("created"),
                "duplicates": told.count("duplicate"),
                "refused": told.count("refused"),
                "results": answers,
            }
        )


def items_in(body: Any, name: str) -> list[Any]:
    """The items of a batch: `{name: […]}`, or the list alone. Raises 400."""
    if isinstance(body, dict) and set(body) == {name}:
        body = body[name]
    if not isinstance(body, list):
        raise invalid({"": f"Send {{“{name}”: [ … ]}} with between 1 and {MOST:,} items."})
    if not 1 <= len(body) <= MOST:
        raise ParseError(f"Send between 1 and {MOST:,} items at once; these are {len(body):,}.")
    return body


def answer_of(outcome: Outcome, message_id: str | None, wrong: dict[str, str]) -> dict[str, Any]:
    """One line of the answer."""
    return {
        "status": outcome.status,
        "message_id": message_id,
        "id": outcome.interaction,
        "contact": outcome.contact,
        "fields": wrong,
    }


def _message_id(raw: Any) -> str | None:
    value = raw.get("message_id") if isinstance(raw, dict) else None
    return value[:200] if isinstance(value, str) and value.isprintable() else None


class ContactInteractions(ApiView):
    """GET /contacts/{id}/interactions/"""

    scopes: ClassVar = {"GET": "interactions:read"}

    @extend_schema(
        operation_id="contact_interactions",
        tags=["Interactions"],
        summary="Read a contact's interactions",
        description="Newest first.",
        parameters=[PageQuery],
        responses={200: page_of(InteractionOut, "InteractionPage"), **ERRORS},
    )
    def get(self, request: Request, contact_id: int) -> Response:
        query = read_query(PageQuery, request)
        row = contact_row(contact_id)
        if row is None:
            raise Http404
        try:
            page = interactions_of(row.contact.pk, after=query["after"], size=query["limit"])
        except BadKey as error:
            raise bad_key() from error
        return paged(request, InteractionOut(page.rows, many=True).data, page.next_key)


def bad_key() -> ParseError:
    """The 400 for an `after` that no page gave."""
    return invalid({"/after": "Take ‘after’ from the ‘next’ address of the page before."})
