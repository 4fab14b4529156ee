"""JSON Schemas (2020-12) of rule documents and of portable segment files, made from the tables the engine reads.

A schema knows shapes. What it cannot say, saving still refuses: names the account does not know, an operator that does
not fit an attribute's type, ends in the wrong order, a pattern that does not compile, circles, depth, and `absent`
before the last step.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from segments.engine.language.operators import MEASURE_OPERATORS, OPERATORS
from segments.engine.language.parse import (
    _LONGEST,
    FUNCTIONS,
    MOST_CONDITIONS,
    MOST_VALUES,
    NEED_PROPERTY,
    PERIODS,
)

Json = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
TYPES = ("text", "number", "yes/no", "date", "instant", "list")
_NUMERIC = r"^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?\s*$"
_DATE = r"^\s*\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?\s?(Z|z|[+-]\d{2}(:?\d{2})?)?)?\s*$"


@cache
def document_schema() -> Json:
    """The schema of `{"version": 1, "rule": …}`."""
    return {
        "$schema": DIALECT,
        "title": "Facet rule document",
        "description": "Who belongs to a segment. The sentence, the counts and the why are made from it.",
        **_object({"version": {"const": 1}, "rule": _ref("rule")}, ["version", "rule"]),
        "$defs": _definitions(),
    }


@cache
def file_schema() -> Json:
    """The schema of a portable segment file."""
    segment = {"anyOf": [_open({"rule": _ref("rule")}, ["rule"]), _open({"static": _IDS}, ["static"])]}
    segments = {"type": "object", "additionalProperties": segment}
    shared: Json = {"timezone": {"type": "string"}, "segments": segments}
    test = {
        **_open(
            {
                **shared,
                "name": {"type": "string"},
                "as_of": {"type": "string", "pattern": _DATE},
                "contacts": {"type": "array", "items": _ref("contact")},
                "interactions": {"type": "array", "items": _ref("happened")},
                "merged": {"type": "object"},
                "rule": {},
                "members": _IDS,
                "refused": {"const": True},
            },
            ["name", "as_of", "contacts"],
        ),
        "oneOf": [{"required": ["members"]}, {"required": ["refused"]}],
    }
    return {
        "$schema": DIALECT,
        "title": "Facet portable segment file",
        "description": "A segment that can be carried from one account to another, with tests anyone can run. "
        "The rule of a test may be any value: that it is refused may be what is tested.",
        **_open(
            {
                **shared,
                "facet": {"const": 1},
                "name": {"type": "string"},
                "slug": {"type": "string"},
                "sentence": {"type": "string"},
                "rule": _ref("rule"),
                "attributes": {"type": "object", "additionalProperties": {"enum": list(TYPES)}},
                "tests": {"type": "array", "items": test},
            },
            ["facet", "rule"],
        ),
        "$defs": _definitions() | {"contact": _CONTACT, "happened": _HAPPENED},
    }


def _ref(name: str) -> Json:
    return {"$ref": f"#/$defs/{name}"}


def _object(properties: Json, required: list[str]) -> Json:
    return {**_open(properties, required), "additionalProperties": False}


def _open(properties: Json, required: list[str]) -> Json:
    return {"type": "object", "properties": properties, "required": required}


def _list(items: Json, least: int = 0, most: int = MOST_VALUES) -> Json:
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def _pair(items: Json) -> Json:
    return _list(items, 2, 2)


_ID: Json = {"type": ["string", "integer"]}
_IDS: Json = {"type": "array", "items": _ID}
_CONTACT = _open(
    {
        "id": _ID,
        "attributes": {"type": "object"},
        "history": {
            "type": "object",
            "additionalProperties": _list(_open({"at": {"type": "string"}, "value": {}}, ["at", "value"])),
        },
        "erased": {"const": True},
    },
    ["id"],
)
_HAPPENED = _open(
    {
        "contact": _ID,
        "interaction": {"type": "string"},
        "at": {"type": "string", "pattern": _DATE},
        "properties": {"type": "object"},
        "message_id": {"type": "string"},
    },
    ["contact", "interaction", "at"],
)
_TEXT: Json = {"type": "string", "maxLength": 10_000}
_NUMBER: Json = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": _NUMERIC}]}
_SCALAR: Json = {"anyOf": [_TEXT, {"type": ["number", "boolean"]}]}
_MONTH: Json = {
    "anyOf": [
        {"type": ["integer", "null"], "minimum": 1, "maximum": 12},
        {"enum": [str(month) for month in range(1, 13)]},
    ]
}
_WHEN: Json = {"type": "string", "pattern": _DATE, "description": "ISO 8601: a date or an instant."}
# What each shape of value of the operator table may be.
SHAPES: dict[str, Json] = {
    "none": {"type": "null"},
    "text": {**_TEXT, "pattern": r"\S"},
    "scalar": _SCALAR,
    "scalars": _list(_SCALAR),
    "number": _NUMBER,
    "pair": _pair(_NUMBER),
    "moment": _WHEN,
    "moments": _pair(_WHEN),
    "span": _ref("span"),
    "period": _ref("period"),
    "month": _MONTH,
}
_MAY_LACK_VALUE = ("none", "month")


def _definitions() -> Json:
    parts = [_ref(name) for name in ("attribute", "interaction", "sequence", "regular", "membership")]
    groups = [
        _object({key: _list(_ref("rule"), 0, 10 * MOST_CONDITIONS)}, [key]) for key in ("all", "any")
    ] + [_object({"not": _ref("rule")}, ["not"])]
    return {
        "rule": {"anyOf": [*groups, *parts]},
        "name": {"type": "string", "minLength": 1, "maxLength": 500},
        "span": {"anyOf": [_span(unit, most) for unit, most in _LONGEST.items()]},
        "period": {"enum": sorted(PERIODS)},
        "window": _window(),
        "where": _list(_ref("property"), 0, 50),
        "attribute": _tested(
            {
                "attribute": _ref("name"),
                "offset_days": {"type": "integer", "minimum": -36_525, "maximum": 36_525},
                "held_for": _ref("span"),
                "empty": {
                    "type": "boolean",
                    "description": "False: a negative condition turns away who lacks it.",
                },
            },
            "attribute",
        ),
        "property": _tested({"property": _ref("name")}, "property"),
        "interaction": _interaction(),
        "measure": _measure(),
        "sequence": _object(
            {"sequence": _list(_ref("step"), 2, 20), "within": _ref("span"), "window": _ref("window")},
            ["sequence", "within"],
        ),
        "step": _object({**_DID, "absent": {"type": "boolean"}}, ["interaction"]),
        "regular": _object(
            {
                "regular": _object(_DID, ["interaction"]),
                "every": _ref("span"),
                "of_last": {"type": "integer", "minimum": 1, "maximum": 1_000},
                "at_least": {"type": "integer", "minimum": 1, "maximum": 1_000},
                "times": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
            },
            ["regular", "every", "of_last", "at_least"],
        ),
        "membership": _object(
            {"segment": _ref("name"), "op": {"enum": ["in", "not_in"]}, "for": _ref("span")},
            ["segment", "op"],
        ),
    }


_DID: Json = {"interaction": _ref("name"), "where": _ref("where")}


def _span(unit: str, most: int) -> Json:
    number = {"type": "integer", "minimum": 1, "maximum": most}
    return {"type": "array", "prefixItems": [number, {"const": unit}], "items": False, "minItems": 2}


def _window() -> Json:
    return {
        "anyOf": [
            _object({"last": _ref("span")}, ["last"]),
            _object({"before_last": _ref("span")}, ["before_last"]),
            _object({"between_ago": _pair(_ref("span"))}, ["between_ago"]),
            {**_object({"from": _WHEN, "to": _WHEN}, []), "minProperties": 1},
            _object({"period": _ref("period")}, ["period"]),
        ]
    }


def _tested(properties: Json, key: str) -> Json:
    """A condition on a value: which operators there are, and what each takes."""
    by_shape: dict[str, list[str]] = {}
    for row in OPERATORS.values():
        by_shape.setdefault(row.shape, []).append(row.name)
    takes = [
        {
            "if": {"properties": {"op": {"enum": names}}},
            "then": {
                "properties": {"value": SHAPES[shape]},
                **({} if shape in _MAY_LACK_VALUE else {"required": ["value"]}),
            },
        }
        for shape, names in by_shape.items()
    ]
    return {
        **_object({**properties, "op": {"enum": list(OPERATORS)}, "value": {}}, [key, "op"]),
        "allOf": takes,
    }


def _interaction() -> Json:
    whole = _object(
        {
            **_DID,
            "window": _ref("window"),
            "pick": {"enum": ["first", "last"]},
            "measure": _ref("measure"),
            "op": {"enum": list(MEASURE_OPERATORS)},
            "value": {},
        },
        ["interaction"],
    )
    return {
        **whole,
        "dependentRequired": {"measure": ["op", "value"], "op": ["measure"], "value": ["measure"]},
        "not": {"required": ["pick", "measure"]},
        "if": {"properties": {"op": {"const": "between"}}, "required": ["op"]},
        "then": {"properties": {"value": _pair(_NUMBER)}},
        "else": {"properties": {"value": _NUMBER}},
    }


def _measure() -> Json:
    own = sorted(FUNCTIONS - NEED_PROPERTY)
    over = _object({"fn": {"enum": sorted(NEED_PROPERTY)}, "property": _ref("name")}, ["fn", "property"])
    return {"anyOf": [_object({"fn": {"enum": own}, "property": _ref("name")}, ["fn"]), over]}
