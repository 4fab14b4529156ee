"""Gives the OpenAPI schema of the API to whoever asks."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from crm.api.view import ApiView


@cache
def schema_document() -> dict[str, Any]:
    """The schema, made once a process: the code it is made of does not change while it runs."""
    return dict(SchemaGenerator().get_schema(request=None, public=True))


class Schema(ApiView):
    """GET /schema/: open to all, since it says nothing of any customer."""

    permission_classes = [AllowAny]
    schema = None

    def get(self, request: Request) -> HttpResponse:
        body = OpenApiJsonRenderer().render(schema_document())
        return HttpResponse(body, content_type="application/vnd.oai.openapi+json")
