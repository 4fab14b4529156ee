"""Reads one interaction as a program sends it: JSON in, a frozen item or the reasons against it out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from crm.domain import identifiers
from crm.domain.json_values import faults, storable

CONTACT_KEYS = ("id", "email", "external_id", "phone")
FIELDS = ("contact", "kind", "at", "amount", "currency", "properties", "source", "message_id")
LONGEST = {"kind": 120, "source": 80, "message_id": 200}
MOST_PROPERTIES = 100
LARGEST_AMOUNT = Decimal(10) ** 12
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class ContactKey:
    """By what a contact is found; `kind` is "id" or that of an identifier, `value` is normalised."""

    kind: str
    value: str
    shown: str


@dataclass(frozen=True)
class InteractionItem:
    """One interaction, ready to be recorded."""

    contact: ContactKey
    kind: str
    at: datetime
    source: str
    message_id: str
    amount: Decimal | None = None
    currency: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)


class ItemRefused(ValueError):
    """The item cannot be recorded. `fields`: JSON pointer into the item -> sentence."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(fields.values()))
        self.fields = dict(fields)


def read_item(
    raw: Any, *, default_source: str, received_at: datetime, zone: tzinfo, country: str
) -> InteractionItem:
    """The interaction in one JSON item. Raises `ItemRefused` with everything that is wrong with it.

    An instant without an offset is in `zone`; without `at`, it happened when it was received. A phone number
    without a prefix is from `country`.
    """
    if not isinstance(raw, dict):
        raise ItemRefused({"": "Send each interaction as a JSON object."})
    wrong = faults(raw)
    for name in raw:
        if name not in FIELDS:
            wrong[f"/{name[:60]}"] = f"There is no such field. Known here: {', '.join(FIELDS)}."
    if wrong:
        raise ItemRefused(wrong)
    reader = _Reader(raw)
    contact = reader.contact(country)
    kind = reader.text("kind", "Say what happened, for example ‘purchase’.")
    source = reader.text("source", "", default_source) or default_source
    message_id = reader.text(
        "message_id", "Give each interaction its own message_id, so that one sent twice counts once."
    )
    at = reader.instant(received_at, zone)
    amount, currency = reader.amount(), reader.currency()
    properties = reader.properties()
    if reader.wrong or contact is None:
        raise ItemRefused(reader.wrong)
    return InteractionItem(
        contact=contact,
        kind=kind,
        at=at,
        source=source,
        message_id=message_id,
        amount=amount,
        currency=currency,
        properties=properties,
    )


class _Reader:
    """Reads the fields of one item and gathers what is wrong."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self.wrong: dict[str, str] = {}

    def text(self, name: str, missing: str, default: str = "") -> str:
        value = self.raw.get(name)
        if value is None:
            value = default
        if isinstance(value, int) and not isinstance(value, bool) and name == "message_id":
            value = str(value)
        if not isinstance(value, str):
            self.wrong[f"/{name}"] = "Send text here."
            return ""
        value = value.strip()
        if not value and missing:
            self.wrong[f"/{name}"] = missing
        elif len(value) > LONGEST[name]:
            self.wrong[f"/{name}"] = f"This is longer than {LONGEST[name]} characters."
        return value

    def contact(self, country: str) -> ContactKey | None:
        return read_contact_key(self.raw.get("contact"), country=country, wrong=self.wrong)

    def instant(self, default: datetime, zone: tzinfo) -> datetime:
        value = self.raw.get("at")
        if value is None:
            return default
        sentence = "Send an instant in ISO 8601, for example 2026-03-01T12:30:00Z."
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            moment = None
        if moment is None:
            self.wrong["/at"] = sentence
            return default
        try:
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        except (OverflowError, ValueError):
            self.wrong["/at"] = sentence
            return default
        if not EARLIEST <= moment < LATEST:
            self.wrong["/at"] = "Check the year: it lies before 1900 or after 2199."
        return moment

    def amount(self) -> Decimal | None:
        value = self.raw.get("amount")
        if value is None:
            return None
        sentence = "Send a number with at most 12 digits before the point and 6 after it, for example 19.90."
        plain = isinstance(value, int | Decimal) and not isinstance(value, bool)
        if isinstance(value, str):
            plain = NUMBER.fullmatch(value.strip()) is not None
        number = Decimal(str(value).strip()) if plain else None
        if number is None or not number.is_finite() or abs(number) >= LARGEST_AMOUNT:
            self.wrong["/amount"] = sentence
            return None
        exact = number.quantize(Decimal("0.000001"))
        if exact != number:
            self.wrong["/amount"] = sentence
        return exact

    def currency(self) -> str:
        value = self.raw.get("currency")
        if value in (None, ""):
            return ""
        if not isinstance(value, str) or not CURRENCY.fullmatch(value.strip().upper()):
            self.wrong["/currency"] = "Send the three letters of a currency, for example EUR."
            return ""
        return value.strip().upper()

    def properties(self) -> dict[str, Any]:
        value = self.raw.get("properties")
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.wrong["/properties"] = "Send a JSON object of names and values."
            return {}
        if len(value) > MOST_PROPERTIES:
            self.wrong["/properties"] = f"At most {MOST_PROPERTIES} properties fit into one interaction."
        for name in value:
            if not name.strip() or len(name) > 120:
                self.wrong["/properties"] = "A property's name has between 1 and 120 characters."
        return dict(storable(value))


def read_contact_key(raw: Any, *, country: str, wrong: dict[str, str]) -> ContactKey | None:
    """By what the contact of an item is found; None after noting in `wrong` why it cannot be."""
    hint = 'Say whose it is, by one of id, email, external_id or phone, for example {"email": "ada@example.com"}.'
    given = {name: value for name, value in raw.items() if value is not None} if isinstance(raw, dict) else {}
    if len(given) != 1 or next(iter(given)) not in CONTACT_KEYS:
        wrong["/contact"] = hint
        return None
    name, value = next(iter(given.items()))
    path = f"/contact/{name}"
    if name == "id":
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
            wrong[path] = "An id is a whole number."
            return None
        return ContactKey("id", str(value), str(value))
    if isinstance(value, int) and not isinstance(value, bool) and name == "external_id":
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        wrong[path] = "Send text here."
        return None
    try:
        normal = identifiers.normal_identifier(name, value, country=country)
    except identifiers.BadIdentifier as error:
        wrong[path] = str(error)
        return None
    return ContactKey(name, normal, value.strip()[:254])
