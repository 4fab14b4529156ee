"""Every error of the API in one shape: `{"error": {"code", "message", "fields", "request_id"}}`."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import set_rollback

from crm.domain.json_values import escaped

log = logging.getLogger(__name__)
CODES = {
    400: "invalid",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    411: "length_required",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
    500: "internal",
    503: "unavailable",
}


class Conflict(exceptions.APIException):
    """Something else already has what this asks for."""

    status_code = 409
    default_code = "conflict"


class ErrorDetail(serializers.Serializer):
    """What went wrong."""

    code = serializers.ChoiceField(choices=sorted(CODES.values()), help_text="One word for programs.")
    message = serializers.CharField(help_text="A sentence that says what to do.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(), help_text="JSON pointer into what you sent → what is wrong there."
    )
    request_id = serializers.CharField(help_text="Quote it when you ask for help.")


class ErrorAnswer(serializers.Serializer):
    """The shape of every answer that is not 2xx."""

    error = ErrorDetail()


def invalid(fields: Mapping[str, str]) -> exceptions.ParseError:
    """A 400 with a sentence for each JSON pointer."""
    return exceptions.ParseError(detail=dict(fields))


def one_shape(error: Exception, context: Mapping[str, Any]) -> Response:
    """Answer any exception of a view; what nobody foresaw is logged and told without its inside."""
    request_id = secrets.token_hex(8)
    headers: dict[str, str] = {"X-Request-Id": request_id, "Cache-Control": "no-store"}
    if isinstance(error, Http404):
        error = exceptions.NotFound("There is nothing with this name or number.")
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(str(error) or None)
    if isinstance(error, exceptions.APIException):
        status = error.status_code
        message, fields = words_of(error)
        if getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
        if isinstance(error, exceptions.Throttled):
            wait = int(error.wait or 0) + 1
            headers["Retry-After"] = str(wait)
            message = f"Too many requests. Try again in {wait} seconds."
    elif isinstance(error, OperationalError):
        log.warning("Request %s met a busy database: %s", request_id, error)
        status, fields, headers["Retry-After"] = 503, {}, "5"
        message = "The database is busy. Nothing was kept; send the same again in 5 seconds."
    else:
        log.error("Request %s failed", request_id, exc_info=error)
        status, fields = 500, {}
        message = f"Something went wrong here, not with you. Quote {request_id} when you ask for help."
    set_rollback()
    body = {
        "code": CODES.get(status, "error"),
        "message": message,
        "fields": fields,
        "request_id": request_id,
    }
    return Response({"error": body}, status=status, headers=headers)


def words_of(error: exceptions.APIException) -> tuple[str, dict[str, str]]:
    """The message of an error, and its fields by JSON pointer."""
    detail = error.detail
    if isinstance(error, exceptions.MethodNotAllowed):
        return f"{detail} See /api/ for what can be done at this address.", {}
    if isinstance(detail, str):
        return str(detail), {}
    fields = flattened(detail)
    whole = fields.get("")
    if whole:
        return whole, fields
    places = len(fields)
    return (
        "One field is wrong." if places == 1 else f"{places} fields are wrong."
    ) + " See ‘fields’.", fields


def flattened(detail: Any, path: str = "") -> dict[str, str]:
    """A nested error of a serializer as JSON pointer -> sentences."""
    if isinstance(detail, Mapping):
        found: dict[str, str] = {}
        for name, inner in detail.items():
            step = str(name)
            if step == "non_field_errors":
                found |= flattened(inner, path)
            else:
                # a name that begins with a slash (or is empty) is a pointer already
                found |= flattened(inner, path + (step if step[:1] in ("", "/") else f"/{escaped(step)}"))
        return found
    if isinstance(detail, Sequence) and not isinstance(detail, str):
        if all(isinstance(inner, str) for inner in detail):
            return {path: " ".join(str(inner) for inner in detail)}
        found = {}
        for position, inner in enumerate(detail):
            if inner:
                found |= flattened(inner, f"{path}/{position}")
        return found
    return {path: str(detail)}
