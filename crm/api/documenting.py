"""What the schema says of every endpoint: errors, pages, order."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

from crm.api.authentication import TokenAuthentication
from crm.api.errors import ErrorAnswer

ERRORS: dict[int, OpenApiResponse] = {
    400: OpenApiResponse(ErrorAnswer, "Something you sent is wrong; `fields` says what."),
    401: OpenApiResponse(ErrorAnswer, "No token, or one that is unknown, revoked or expired."),
    403: OpenApiResponse(ErrorAnswer, "The token lacks the scope, or its owner's role the right."),
    404: OpenApiResponse(ErrorAnswer, "There is nothing with this name or number."),
    429: OpenApiResponse(ErrorAnswer, "Too many requests; `Retry-After` says when to try again."),
}


def page_of(row: type[serializers.Serializer], name: str) -> Any:
    """The schema of a page of these rows."""
    return inline_serializer(
        name,
        {
            "results": row(many=True),
            "next": serializers.URLField(allow_null=True, help_text="The address of the next page, if any."),
        },
    )


def say_scopes(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Write the scope that each operation needs into the schema; a hook of the generator."""
    for path, _, method, view in generator._get_paths_and_endpoints():
        scope = getattr(view, "scopes", {}).get(method)
        for address, operations in result["paths"].items():
            if address == path and scope and method.lower() in operations:
                operations[method.lower()]["x-scope"] = scope
    return result


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema describes it."""

    target_class = TokenAuthentication
    name = ["token", "basic"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "A token made on the page /tokens/."},
            {"type": "http", "scheme": "basic", "description": "The token as user name or as password."},
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        return [{name: []} for name in self.name]  # either, not both
