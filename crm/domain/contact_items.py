"""Reads one contact as a program sends it: JSON in, a frozen item or the reasons against it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crm.domain import identifiers
from crm.domain.attributes import BUILT_IN, AttributeType
from crm.domain.interaction_items import ItemRefused
from crm.domain.json_values import escaped, faults, storable
from crm.domain.values import json_number, read_decimal

NAMES = ("first_name", "last_name", "company")
IDENTIFIERS = ("external_id", "email", "phone")  # the order in which an upsert believes them
FIELDS = (*NAMES, "email", "phone", "external_id", "attributes")
LONGEST_NAME, LONGEST_TEXT, MOST_ATTRIBUTES, MOST_IDENTIFIERS = 200, 10_000, 500, 20


@dataclass(frozen=True)
class ContactItem:
    """What was said of a contact; what was not said is None, or not in the mappings.

    `named` holds the identifiers of each kind given: normalised value -> as written. An attribute that is None is to
    be taken away.
    """

    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    named: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Terms:
    """What an item is read against: the account's country, its attributes' types, the names closed to the sender."""

    country: str
    types: Mapping[str, str]
    closed: frozenset[str] = frozenset()


def read_contact(raw: Any, terms: Terms) -> ContactItem:
    """The contact in one JSON item. Raises `ItemRefused` with everything that is wrong with it."""
    if not isinstance(raw, dict):
        raise ItemRefused({"": "Send a contact as a JSON object: { … }."})
    wrong = faults(raw)
    for name in raw:
        if name not in FIELDS:
            wrong[f"/{escaped(name[:60])}"] = f"There is no such field. Known here: {', '.join(FIELDS)}."
    if wrong:
        raise ItemRefused(wrong)
    names = {name: _name(raw[name], f"/{name}", wrong) for name in NAMES if name in raw}
    named = {kind: _named(kind, raw[kind], terms.country, wrong) for kind in IDENTIFIERS if kind in raw}
    attributes = _attributes(raw.get("attributes"), terms, wrong)
    if wrong:
        raise ItemRefused(wrong)
    return ContactItem(named=named, attributes=attributes, **names)


def _name(value: Any, path: str, wrong: dict[str, str]) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        wrong[path] = "Send text here."
        return ""
    if len(value) > LONGEST_NAME:
        wrong[path] = f"This is longer than {LONGEST_NAME} characters."
    return " ".join(value.split())


def _named(kind: str, value: Any, country: str, wrong: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    values = value if isinstance(value, list) else [] if value is None else [value]
    if len(values) > MOST_IDENTIFIERS:
        wrong[f"/{kind}"] = f"At most {MOST_IDENTIFIERS} of one kind belong to a contact."
        return found
    for position, sent in enumerate(values):
        path = f"/{kind}/{position}" if isinstance(value, list) else f"/{kind}"
        whole = kind == "external_id" and isinstance(sent, int) and not isinstance(sent, bool)
        written = str(sent) if whole else sent
        if not isinstance(written, str) or not written.strip():
            wrong[path] = "Send text here, or null for none."
            continue
        try:
            normal = identifiers.normal_identifier(kind, written, country=country)
        except identifiers.BadIdentifier as error:
            wrong[path] = str(error)
            continue
        found[normal] = written.strip()[:254]
    return found


def _attributes(value: Any, terms: Terms, wrong: dict[str, str]) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        wrong["/attributes"] = "Send a JSON object of names and values."
        return {}
    if len(value) > MOST_ATTRIBUTES:
        wrong["/attributes"] = f"At most {MOST_ATTRIBUTES} attributes are changed at once."
        return {}
    found: dict[str, Any] = {}
    for name, given in value.items():
        path = f"/attributes/{escaped(name[:120])}"
        if not name.strip() or len(name) > 120:
            wrong[path] = "An attribute's name has between 1 and 120 characters."
        elif name in BUILT_IN:
            wrong[path] = (
                f"‘{name}’ is no attribute of yours: send it beside ‘attributes’, where it can be sent."
            )
        elif name in terms.closed:
            wrong[path] = "This attribute is sensitive, and the owner of the token may not see or change it."
        elif given is None or given in ("", []):
            found[name] = None
        else:
            try:
                found[name] = fitting(given, terms.types.get(name))
            except ValueError as error:
                wrong[path] = str(error)
    return found


def fitting(value: Any, type_name: str | None) -> Any:
    """The value as an attribute of this type keeps it; any JSON where no type is declared. Raises ValueError."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        raise ValueError(f"This text is longer than {LONGEST_TEXT:,} characters.")
    if type_name is None:
        return storable(value)
    return _READERS[AttributeType(type_name)](value)


def _text(value: Any) -> str:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError("This attribute holds text.")
    return value


def _number(value: Any) -> int | float | str:
    number = read_decimal(value.strip()) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | Decimal):
        raise ValueError("This attribute holds a number: send one, with a point and no thousands sign.")
    return json_number(Decimal(number))


def _yes_no(value: Any) -> bool:
    if value in ("true", "false"):
        return bool(value == "true")
    if not isinstance(value, bool):
        raise ValueError("This attribute holds yes or no: send true or false.")
    return value


def _date(value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError) as error:
        raise ValueError("This attribute holds a date: send it as 2026-03-01.") from error


def _instant(value: Any) -> str:
    try:
        return datetime.fromisoformat(value).isoformat()
    except (TypeError, ValueError) as error:
        raise ValueError("This attribute holds an instant: send it as 2026-03-01T12:30:00Z.") from error


def _list(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str | int | Decimal) and not isinstance(item, bool) for item in values):
        raise ValueError("This attribute holds a list of texts.")
    return [str(item) for item in values]


_READERS = {
    AttributeType.TEXT: _text,
    AttributeType.NUMBER: _number,
    AttributeType.YES_NO: _yes_no,
    AttributeType.DATE: _date,
    AttributeType.INSTANT: _instant,
    AttributeType.LIST: _list,
}
