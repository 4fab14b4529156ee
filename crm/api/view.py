"""What every view of the API has in common."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.api.errors import invalid
from crm.api.parsing import LengthRequired
from crm.models import ApiToken, User


class PageQuery(serializers.Serializer):
    """Which page of a list."""

    after = serializers.CharField(
        required=False,
        default="",
        max_length=300,
        help_text="Where the page begins; `next` of the page before has it.",
    )
    limit = serializers.IntegerField(
        required=False, default=100, min_value=1, max_value=500, help_text="How many rows at most."
    )


class ApiView(APIView):
    """A view that names the scope of each of its methods in `scopes`."""

    scopes: ClassVar[dict[str, str]] = {}
    judges_items = False
    http_method_names = ["get", "head", "post", "patch", "put", "delete"]

    def perform_authentication(self, request: Request) -> None:
        """Count the request before anything else, so that guesses at keys are limited too."""
        try:
            super().perform_authentication(request)
        except APIException:
            super().check_throttles(request)
            raise
        super().check_throttles(request)

    def check_throttles(self, request: Request) -> None:
        """Done with the authentication."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            raise LengthRequired()

    def finalize_response(self, request: HttpRequest, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def person_of(request: Request) -> User:
    """The owner of the token."""
    return cast(User, request.user)


def token_in(request: Request) -> ApiToken:
    """The token itself."""
    return cast(ApiToken, request.auth)


def read_query(serializer: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    """The parameters after the question mark, checked. A name nobody knows is refused: it would do nothing."""
    reader = serializer(data=request.query_params.dict())
    unknown = {
        f"/{name}": f"There is no such parameter. Known here: {', '.join(reader.fields)}."
        for name in request.query_params
        if name not in reader.fields
    }
    if unknown:
        raise invalid(unknown)
    reader.is_valid(raise_exception=True)
    return dict(reader.validated_data)


def read_body(
    serializer: type[serializers.Serializer], request: Request, *, partial: bool = False
) -> dict[str, Any]:
    """The body, checked. Raises 400 with a sentence for each field that is wrong or not known."""
    body = request.data
    if not isinstance(body, dict):
        raise invalid({"": "Send a JSON object: { … }."})
    reader = serializer(data=body, partial=partial)
    writable = [name for name, field in reader.fields.items() if not field.read_only]
    unknown = {
        f"/{name}": f"There is no such field. Known here: {', '.join(writable)}."
        for name in body
        if name not in writable
    }
    if unknown:
        raise invalid(unknown)
    reader.is_valid(raise_exception=True)
    return dict(reader.validated_data)


def paged(request: Request, rows: list[Any], next_key: str) -> Response:
    """Rows, and where the next of them are: `{"results": […], "next": URL or null}`."""
    link = None
    if next_key:
        query = request.query_params.copy()
        query["after"] = next_key
        link = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
    return Response({"results": rows, "next": link})


class NothingHere(ApiView):
    """The answer below /api/ where no endpoint is."""

    permission_classes = [AllowAny]
    schema = None

    def answer(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        raise NotFound("There is no endpoint at this address. Addresses end with a slash; /api/ lists them.")

    get = post = patch = put = delete = answer
