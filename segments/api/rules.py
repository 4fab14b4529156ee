"""The rule language for machines."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.documenting import ERRORS
from crm.api.view import ApiView
from segments.engine.language.schema import document_schema, file_schema


class RuleSchema(ApiView):
    """GET /rules/schema/"""

    scopes: ClassVar = {"GET": "segments:read"}

    @extend_schema(
        operation_id="rules_schema",
        tags=["Segments"],
        summary="Read the JSON Schema of rules",
        description="2020-12: `document` is what a segment's rule is sent as, `file` a portable segment file. "
        "Saving refuses more than a schema can say: names, types, order of ends.",
        responses={200: OpenApiTypes.OBJECT, **ERRORS},
        examples=[
            OpenApiExample(
                "Schemas",
                value={"document": {"$schema": "…", "type": "object"}, "file": {"$schema": "…"}},
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request) -> Response:
        schemas: dict[str, Any] = {"document": document_schema(), "file": file_schema()}
        return Response(schemas)
