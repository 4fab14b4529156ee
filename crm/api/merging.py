"""Two contacts made one, by program."""

from __future__ import annotations

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.actions.merging.merging import NotMerged, merge
from crm.actions.merging.undoing import undo
from crm.api.contact_shapes import CONTACT_ANSWER, ContactOut
from crm.api.contacts import answer_for, source_of
from crm.api.documenting import ERRORS
from crm.api.errors import Conflict, ErrorAnswer, invalid
from crm.api.view import ApiView, person_of, read_body
from crm.domain.joining import MERGED, SIDES, BadChoice
from crm.kit.clock import now
from crm.models import Identifier, Merge
from crm.models.consent import CHANNELS, PURPOSES
from crm.queries.merging import Choices, living_number, undoable_until

ANSWERS = [f"{channel} {purpose}" for channel in CHANNELS for purpose in PURPOSES]


class Side(serializers.ChoiceField):
    """Whose value stays."""

    def __init__(self, **terms: Any) -> None:
        super().__init__(choices=SIDES, **terms)


class MergeIn(serializers.Serializer):
    """Which contact goes in, and what stays of each. Without choices the newer value stays and lists are joined."""

    contact = serializers.IntegerField(min_value=1, help_text="The contact that goes in and is gone after.")
    name = Side(required=False, help_text="Whose first and last name stay.")
    company = Side(required=False)
    attributes = serializers.DictField(
        child=Side(), required=False, help_text="Attribute → whose value stays; `both` joins two lists."
    )
    first = serializers.DictField(
        child=serializers.ChoiceField(choices=SIDES[:2]),
        required=False,
        help_text="`email`, `phone` or `external_id` → whose stands first. All are kept.",
    )
    newer_yes = serializers.ListField(
        child=serializers.ChoiceField(choices=ANSWERS),
        required=False,
        max_length=len(ANSWERS),
        help_text="Consents, as `email offers`, of which a newer yes counts against an older no. Else a no stands.",
    )


class MergeOut(serializers.Serializer):
    """What became of the two."""

    id = serializers.IntegerField(help_text="The merge.")
    merged = serializers.IntegerField(help_text="The number that leads to the contact now.")
    at = serializers.DateTimeField()
    undoable_until = serializers.DateTimeField(help_text="Until then it can be undone.")
    contact = ContactOut(help_text="The one contact there is now.")


class MergeContacts(ApiView):
    """POST /contacts/{id}/merge/"""

    scopes: ClassVar = {"POST": "contacts:merge"}

    @extend_schema(
        operation_id="contacts_merge",
        tags=["Contacts"],
        summary="Merge a contact into this one",
        description="Everything of the other goes over in one step; its number and identifiers lead here from then "
        "on. Sent again it answers the same. 409 where the two cannot become one.",
        request=MergeIn,
        responses={200: MergeOut, **ERRORS, 409: OpenApiResponse(ErrorAnswer, "They cannot become one.")},
        examples=[
            OpenApiExample(
                "With a choice",
                value={"contact": 41, "attributes": {"city": "survivor"}, "first": {"email": "merged"}},
                request_only=True,
            ),
            OpenApiExample(
                "Merged",
                value={
                    "id": 3,
                    "merged": 41,
                    "at": "2026-11-22T12:00:00Z",
                    "undoable_until": "2026-12-22T12:00:00Z",
                    "contact": CONTACT_ANSWER,
                },
                response_only=True,
                status_codes=["200"],
            ),
        ],
    )
    def post(self, request: Request, contact_id: int) -> Response:
        body = read_body(MergeIn, request)
        survivor = living_number(contact_id) or contact_id
        try:
            made = merge(
                survivor=survivor,
                merged=body["contact"],
                choices=_choices(body, survivor),
                source=source_of(request),
                by=person_of(request),
                at=now(),
            )
        except BadChoice as refusal:
            raise invalid({f"/{_place(refusal.part)}": str(refusal)}) from refusal
        except NotMerged as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(_shaped(request, made))


class UndoneOut(serializers.Serializer):
    """The two that are two again."""

    id = serializers.IntegerField(help_text="The merge.")
    undone_at = serializers.DateTimeField()
    survivor = ContactOut(help_text="The one that had stayed.")
    merged = ContactOut(help_text="The one that had gone in, with its own number again.")


class UndoMerge(ApiView):
    """POST /merges/{id}/undo/"""

    scopes: ClassVar = {"POST": "contacts:merge"}

    @extend_schema(
        operation_id="contacts_merge_undo",
        tags=["Contacts"],
        summary="Undo a merge",
        description="What went over goes back; what was recorded after the merge stays with the contact that stayed. "
        "Sent again it answers the same. 409 where it can no longer be undone.",
        request=None,
        responses={
            200: UndoneOut,
            **ERRORS,
            409: OpenApiResponse(ErrorAnswer, "It cannot be undone any more."),
        },
        examples=[
            OpenApiExample(
                "Undone",
                value={
                    "id": 3,
                    "undone_at": "2026-11-23T09:00:00Z",
                    "survivor": CONTACT_ANSWER,
                    "merged": CONTACT_ANSWER | {"id": 41, "email": "a.lovelace@example.com"},
                },
                response_only=True,
                status_codes=["200"],
            ),
        ],
    )
    def post(self, request: Request, merge_id: int) -> Response:
        made = get_object_or_404(Merge, pk=merge_id)
        try:
            undone = undo(merge=made, by=person_of(request), at=now())
        except NotMerged as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(
            {
                "id": undone.pk,
                "undone_at": undone.undone_at,
                "survivor": answer_for(request, undone.survivor_id),
                "merged": answer_for(request, undone.merged_id),
            }
        )


def _choices(body: dict[str, Any], survivor: int) -> Choices:
    unknown = [kind for kind in body.get("first", {}) if kind not in Identifier.KINDS]
    if unknown:
        raise invalid({"/first": f"There is no ‘{unknown[0]}’. Known here: {', '.join(Identifier.KINDS)}."})
    return Choices(
        parts={name: body[name] for name in ("name", "company") if name in body},
        attributes=body.get("attributes", {}),
        firsts={
            kind: body["contact"] if side == MERGED else survivor
            for kind, side in body.get("first", {}).items()
        },
        answers=frozenset((one.split()[0], one.split()[1]) for one in body.get("newer_yes", ())),
    )


def _place(part: str) -> str:
    return part if part in ("name", "company") else "attributes"


def _shaped(request: Request, made: Merge) -> dict[str, Any]:
    return {
        "id": made.pk,
        "merged": made.merged_id,
        "at": made.at,
        "undoable_until": undoable_until(made),
        "contact": answer_for(request, made.survivor_id),
    }
