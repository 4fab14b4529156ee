"""A customer with badges, for what service does with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from crm.models import AttributeDefinition, Contact, Identifier
from segments.models import Membership, Segment


@pytest.fixture(autouse=True)
def _fresh(settings: Any, tmp_path: Path) -> None:
    """A mirror and a cache of its own."""
    settings.MIRROR_DIR = tmp_path / "mirror"
    cache.clear()


@pytest.fixture
def ada(contact: Callable[..., Contact]) -> Contact:
    """Ada, from Germany, found by her e-mail address, a phone number and an id."""
    AttributeDefinition.objects.get_or_create(name="country", defaults={"label": "Country", "type": "text"})
    found = contact("Ada", "Lovelace", country="Germany")
    Identifier.objects.create(contact=found, kind="email", value="ada@example.com", shown="Ada@example.com")
    Identifier.objects.create(contact=found, kind="phone", value="+4915112345678", shown="0151 12345678")
    Identifier.objects.create(contact=found, kind="external_id", value="C-1815", shown="C-1815")
    return found


@pytest.fixture
def badge(noon: datetime) -> Callable[..., Segment]:
    """Makes a segment by rule (customers in Germany) that the contacts given are in."""

    def make(name: str, *members: Contact, **fields: Any) -> Segment:
        rule = {"all": [{"attribute": "country", "op": "is", "value": "Germany"}]}
        terms = {
            "slug": name.lower().replace(" ", "-"),
            "rule": {"version": 1, "rule": rule},
            "size": len(members),
        }
        segment = Segment.objects.create(name=name, evaluated_at=noon, **terms | fields)
        Membership.objects.bulk_create(
            Membership(segment=segment, contact=member, since=noon) for member in members
        )
        return segment

    return make
