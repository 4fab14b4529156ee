"""How people are reached: each channel, and which of a customer's identifiers is its address."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Channel:
    """A row of the table; `address` is the kind of identifier it needs, None where Facet keeps no such address."""

    label: str
    address: str | None
    missing: str
    has_subject: bool = False


CHANNELS: dict[str, Channel] = {
    "email": Channel("E-mail", "email", "no e-mail address", has_subject=True),
    "sms": Channel("Text message", "phone", "no phone number"),
    "phone": Channel("Phone call", "phone", "no phone number"),
    "post": Channel("Letter", None, "no postal address"),
}

PURPOSES: dict[str, str] = {
    "offers": "offers",
    "service": "service news",
    "profiling": "profiling",
}
