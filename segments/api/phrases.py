"""A plain sentence as the draft of a rule."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.documenting import ERRORS
from crm.api.view import ApiView, person_of, read_body
from crm.domain.roles import Permission
from crm.kit.clock import now
from segments.api.shapes import RuleField
from segments.queries.building.wording import draft_from_text

SENTENCE = "women in Lisbon who bought twice this year"


class PhraseIn(serializers.Serializer):
    """What the customers have in common, in words."""

    text = serializers.CharField(max_length=1_000)
    choices = serializers.DictField(
        child=serializers.IntegerField(),
        required=False,
        help_text="Where words can be read in several ways: the key of a choice → the option meant.",
    )


class WordOut(serializers.Serializer):
    """One word, and whether it was understood."""

    text = serializers.CharField()
    understood = serializers.BooleanField()


class ChoiceOut(serializers.Serializer):
    """Words that can be read in several ways; `taken` is the place of the option that was."""

    key = serializers.CharField()
    text = serializers.CharField()
    options = serializers.ListField(child=serializers.CharField())
    taken = serializers.IntegerField()


class PhraseOut(serializers.Serializer):
    """A draft to look over: nothing is saved."""

    document = RuleField(help_text="The draft; its rule is an empty group where nothing was understood.")
    words = WordOut(many=True)
    unknown = serializers.ListField(child=serializers.CharField(), help_text="The words not understood.")
    notes = serializers.ListField(child=serializers.CharField(), help_text="What was assumed, in sentences.")
    choices = ChoiceOut(many=True)


ANSWER: dict[str, Any] = {
    "document": {
        "version": 1,
        "rule": {
            "all": [
                {"attribute": "gender", "op": "is", "value": "female"},
                {"attribute": "city", "op": "is", "value": "Lisbon"},
                {
                    "interaction": "purchase",
                    "window": {"period": "this_year"},
                    "measure": {"fn": "count"},
                    "op": "gte",
                    "value": 2,
                },
            ]
        },
    },
    "words": [{"text": word, "understood": True} for word in SENTENCE.split()],
    "unknown": [],
    "notes": [],
    "choices": [],
}


class DraftFromText(ApiView):
    """POST /segments/draft-from-text"""

    scopes: ClassVar = {"POST": "segments:read"}

    @extend_schema(
        operation_id="segments_draft_from_text",
        tags=["Segments"],
        summary="Turn a sentence into the draft of a rule",
        description="Read with the account's own attributes, kinds, values and segments; nothing leaves the server. "
        "What was not understood is said word by word.",
        request=PhraseIn,
        responses={200: PhraseOut, **ERRORS},
        examples=[
            OpenApiExample("A sentence", value={"text": SENTENCE}, request_only=True),
            OpenApiExample("Its draft", value=ANSWER, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request) -> Response:
        body = read_body(PhraseIn, request)
        found = draft_from_text(
            body["text"],
            as_of=now(),
            sensitive=person_of(request).may(Permission.VIEW_SENSITIVE),
            decisions=body.get("choices"),
        )
        words = [{"text": text, "understood": understood} for text, understood in found.words]
        return Response({**asdict(found), "words": words})
