"""Reads request bodies: JSON only, bounded, gzip understood."""

from __future__ import annotations

import zlib
from typing import Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

from crm.domain.json_values import BadJson, faults, read_json

MOST_INFLATED = 20 * 1024 * 1024


class TooLarge(APIException):
    """The body is larger than this door takes."""

    status_code = 413
    default_code = "too_large"


class LengthRequired(APIException):
    """The body came in chunks; under WSGI its end cannot be known."""

    status_code = 411
    default_code = "length_required"
    default_detail = "Send the body with a Content-Length header; a body in chunks is not read."


class StrictJSONParser(BaseParser):
    """The JSON value of a body. A view with `judges_items` finds what cannot be kept itself, item by item."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(most + 1)
        if len(raw) > most:
            raise TooLarge(f"The body is larger than {most // 1024**2} MB. Send smaller batches.")
        encoding = parser_context["request"].META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
        if encoding == "gzip":
            raw = inflate(raw)
        elif encoding != "identity":
            raise UnsupportedMediaType(
                encoding, f"The encoding ‘{encoding[:40]}’ is not read; send gzip or none."
            )
        try:
            value = read_json(raw)
        except BadJson as error:
            raise ParseError(str(error)) from error
        if not getattr(parser_context["view"], "judges_items", False):
            found = faults(value)
            if found:
                raise ParseError(detail=found)
        return value


def inflate(raw: bytes) -> bytes:
    """The bytes inside a gzip body, at most `MOST_INFLATED` of them, so that a small bomb stays small."""
    reader = zlib.decompressobj(wbits=31)
    try:
        opened = reader.decompress(raw, MOST_INFLATED)
    except zlib.error as error:
        raise ParseError("The body says it is gzip, but it cannot be opened.") from error
    if reader.unconsumed_tail:
        raise TooLarge(
            f"The body is larger than {MOST_INFLATED // 1024**2} MB once opened. Send smaller batches."
        )
    if not reader.eof:
        raise ParseError("The gzip body ends too early.")
    return opened
