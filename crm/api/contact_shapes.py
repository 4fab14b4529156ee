"""A contact as JSON, for answers and for the schema."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.api.view import PageQuery
from crm.queries.contacts import Row
from crm.queries.feed import visible


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string"},
            {"type": "array", "items": {"type": "string"}, "maxItems": 20},
        ],
        "nullable": True,
    }
)
class OneOrMany(serializers.JSONField):
    """A text or a list of texts."""


@extend_schema_field(OpenApiTypes.OBJECT)
class Attributes(serializers.JSONField):
    """Attributes by name."""


class ContactIn(serializers.Serializer):
    """A contact as you send it; what you leave out stays as it is."""

    first_name = serializers.CharField(max_length=200, required=False)
    last_name = serializers.CharField(max_length=200, required=False)
    company = serializers.CharField(max_length=200, required=False, help_text="By name; made where unknown.")
    email = OneOrMany(required=False, help_text="One address, a list of them, or null.")
    phone = OneOrMany(
        required=False, help_text="One number, a list, or null. Without +: the account's country."
    )
    external_id = OneOrMany(required=False, help_text="Your own number for them, a list, or null.")
    attributes = Attributes(
        required=False, help_text="Name → text, number, true/false, date, instant or list."
    )


class ContactOut(serializers.Serializer):
    """A contact."""

    id = serializers.IntegerField()
    name = serializers.CharField(help_text="What to call them; never empty.")
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    company = serializers.CharField(allow_null=True)
    email = serializers.CharField(allow_null=True, help_text="The first of them.")
    phone = serializers.CharField(allow_null=True)
    external_id = serializers.CharField(allow_null=True)
    identifiers = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), help_text="All of them, by kind."
    )
    attributes = Attributes(help_text="Without the sensitive ones, unless the token's owner may see these.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ContactQuery(PageQuery):
    """Which contacts."""

    q = serializers.CharField(
        required=False, max_length=200, help_text="Beginnings of words: name, e-mail, phone, external id."
    )
    email = serializers.CharField(required=False, max_length=254)
    external_id = serializers.CharField(required=False, max_length=254)
    phone = serializers.CharField(required=False, max_length=40)
    segment = serializers.SlugField(required=False, max_length=80, help_text="Members of this segment now.")
    updated_since = serializers.DateTimeField(required=False, help_text="Changed at or after this instant.")


class ContactBatch(serializers.Serializer):
    """Between 1 and 1,000 contacts."""

    contacts = ContactIn(many=True)


class ContactOutcome(serializers.Serializer):
    """What became of one contact, in the order sent."""

    status = serializers.ChoiceField(choices=["created", "updated", "refused"])
    id = serializers.IntegerField(allow_null=True)
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(), help_text="Refused: JSON pointer into the item → why."
    )


class ContactBatchOut(serializers.Serializer):
    """What became of a batch."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = ContactOutcome(many=True)


def shaped(row: Row, hidden: frozenset[str]) -> dict[str, Any]:
    """A contact as an answer, without the attributes in `hidden`."""
    contact = row.contact
    return {
        "id": contact.pk,
        "name": contact.name,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "company": contact.company.name if contact.company else None,
        "email": row.email or None,
        "phone": row.phone or None,
        "external_id": row.external_id or None,
        "identifiers": row.identifiers,
        "attributes": visible(contact.attributes, hidden),
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
    }


CONTACT_EXAMPLE = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.com",
    "external_id": "C-1815",
    "attributes": {"city": "London", "newsletter": True},
}
CONTACT_ANSWER = {
    "id": 12,
    "name": "Ada Lovelace",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "company": None,
    "email": "ada@example.com",
    "phone": None,
    "external_id": "C-1815",
    "identifiers": {"email": ["ada@example.com"], "external_id": ["C-1815"]},
    "attributes": {"city": "London", "newsletter": True},
    "created_at": "2026-03-01T12:30:00Z",
    "updated_at": "2026-03-01T12:30:00Z",
}
BATCH_EXAMPLE = {
    "contacts": [
        {"external_id": "C-1815", "attributes": {"city": "London"}},
        {"email": "grace@example.com", "first_name": "Grace"},
    ]
}
BATCH_ANSWER = {
    "created": 1,
    "updated": 1,
    "refused": 0,
    "results": [
        {"status": "updated", "id": 12, "fields": {}},
        {"status": "created", "id": 13, "fields": {}},
    ],
}
