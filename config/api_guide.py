"""The readable page of the API, written from its schema, so that it cannot say anything else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.api_schema import schema_document
from crm.domain.roles import Permission
from crm.domain.scopes import SCOPES
from crm.pages.access import allow

DEEPEST = 3
SUCCESSES = ("200", "201")


@dataclass(frozen=True)
class Field:
    """One parameter, or one field of a body or an answer."""

    name: str
    type: str
    required: bool
    words: str


@dataclass(frozen=True)
class Operation:
    """One thing the API does."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    parameters: list[Field]
    body: list[Field]
    answer: list[Field]
    status: str
    example: str
    answered: str
    query: str
    failures: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Group:
    """Operations about one kind of thing."""

    name: str
    operations: list[Operation]


@require_safe
@allow(Permission.USE_API)
def api_guide(request: HttpRequest) -> HttpResponse:
    """The page."""
    host = request.build_absolute_uri("/").rstrip("/")
    context = {"groups": groups(), "host": host, "scopes": SCOPES}
    return render(request, "api_guide.html", context)


@cache
def groups() -> list[Group]:
    """The endpoints by their tag, in the order in which one meets them."""
    document = schema_document()
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            read = _operation(document, path, method, operation)
            found.setdefault(operation["tags"][0], []).append(read)
    return [Group(name, operations) for name, operations in found.items()]


def _operation(document: Mapping[str, Any], path: str, method: str, told: Mapping[str, Any]) -> Operation:
    body = _content(told.get("requestBody", {}))
    status = next(status for status in SUCCESSES if status in told["responses"])
    answer = _content(told["responses"][status])
    failures = [
        (code, _plain(answer["description"]))
        for code, answer in told["responses"].items()
        if code not in SUCCESSES
    ]
    parameters = [_parameter(given) for given in told.get("parameters", [])]
    return Operation(
        name=told["operationId"],
        method=method.upper(),
        path=path,
        summary=told.get("summary", ""),
        description=_plain(told.get("description", "")),
        scope=told.get("x-scope", ""),
        parameters=parameters,
        body=list(_fields(document, body.get("schema", {}))),
        answer=list(_fields(document, answer.get("schema", {}))),
        status=status,
        example=_example(body),
        answered=_example(answer),
        query="?email=ada@example.com" if told["operationId"] == "badges_find" else "",
        failures=failures,
    )


def _plain(words: str) -> str:
    """Words of the schema without their Markdown."""
    return re.sub(r"`([^`]+)`", r"‘\1’", words)


def _content(holder: Mapping[str, Any]) -> dict[str, Any]:
    return dict(holder.get("content", {}).get("application/json", {}))


def _example(content: Mapping[str, Any]) -> str:
    for example in content.get("examples", {}).values():
        return json.dumps(example["value"], indent=2, ensure_ascii=False)
    return ""


def _parameter(given: Mapping[str, Any]) -> Field:
    where = "in the path" if given["in"] == "path" else ""
    words = given.get("description", "") or where
    return Field(given["name"], _type(given["schema"]), given.get("required", False), _plain(words))


def _fields(
    document: Mapping[str, Any], schema: Mapping[str, Any], before: str = "", depth: int = 0
) -> Iterator[Field]:
    """The fields of a schema, those inside others as `outer.inner`, of a list as `list[].inner`."""
    schema = _resolved(document, schema)
    required = schema.get("required", ())
    for name, raw in schema.get("properties", {}).items():
        inner = _resolved(document, raw)
        shown = f"{before}{name}"
        yield Field(
            shown,
            _type(inner),
            name in required,
            _plain(raw.get("description") or inner.get("description", "")),
        )
        if depth < DEEPEST:
            if inner.get("type") == "array":
                yield from _fields(document, inner["items"], f"{shown}[].", depth + 1)
            elif inner.get("properties"):
                yield from _fields(document, inner, f"{shown}.", depth + 1)


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    parts = schema.get("allOf", [])
    reference = schema.get("$ref") or (parts[0].get("$ref") if len(parts) == 1 else None)
    if not reference:
        return dict(schema)
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return {**found, **{key: value for key, value in schema.items() if key not in ("$ref", "allOf")}}


_FORMATS = {
    "date-time": "instant",
    "date": "date",
    "uri": "address",
    "decimal": "exact number",
    "double": "number",
}
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "array": "list",
    "number": "number",
}


def _type(schema: Mapping[str, Any]) -> str:
    if schema.get("enum"):
        return " | ".join(str(choice) for choice in schema["enum"] if choice is not None)
    if schema.get("oneOf"):
        kinds = [kind for kind in schema["oneOf"] if "$ref" not in kind]
        words = " or ".join(_type(kind) for kind in kinds) or "object"
    else:
        words = _FORMATS.get(schema.get("format", "")) or _TYPES.get(schema.get("type", ""), "object")
    if "maximum" in schema and schema["maximum"] < 10**6:
        words += f", {schema.get('minimum', 0)} to {schema['maximum']}"
    elif "maxLength" in schema:
        words += f", at most {schema['maxLength']}"
    return f"{words} or null" if schema.get("nullable") else words
