"""Segments with members, and caches that forget between tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from crm.models import AttributeDefinition, Contact, User
from segments.models import Membership, Segment
from segments.queries.building import previewing, reaching


@pytest.fixture(autouse=True)
def _fresh(settings: Any, tmp_path: Path) -> None:
    """A mirror of its own, and nothing remembered from another test."""
    settings.MIRROR_DIR = tmp_path / "mirror"
    cache.clear()
    reaching.forget()
    previewing._members.cache_clear()


@pytest.fixture
def country(db: None) -> AttributeDefinition:
    return AttributeDefinition.objects.create(name="country", label="Country", type="text")


@pytest.fixture
def people(contact: Callable[..., Contact], country: AttributeDefinition) -> list[Contact]:
    """Ada and Bea in Germany, Cem in France, Dan nowhere."""
    return [
        contact("Ada", "One", country="Germany"),
        contact("Bea", "Two", country="Germany"),
        contact("Cem", "Three", country="France"),
        contact("Dan", "Four"),
    ]


@pytest.fixture
def germans(people: list[Contact], person: Callable[..., User], noon: datetime) -> Segment:
    """A saved segment by rule whose only saved member is Cem."""
    segment = Segment.objects.create(
        slug="germans",
        name="Germans",
        rule=in_country("Germany"),
        sentence="Customers whose Country is any of ‘Germany’.",
        size=1,
        evaluated_at=noon,
        owner=person("marketer"),
    )
    Membership.objects.create(segment=segment, contact=people[2], since=noon)
    return segment


@pytest.fixture
def ask(signed_in: Callable[..., Client]) -> Callable[..., Any]:
    """Sends JSON as a marketer: `ask("/segments/preview/", document=…)`."""
    client = signed_in("marketer")

    def send(address: str, **body: Any) -> Any:
        return client.post(address, json.dumps(body), content_type="application/json")

    return send


def in_country(*names: str) -> dict[str, Any]:
    return {"version": 1, "rule": {"all": [{"attribute": "country", "op": "in", "value": list(names)}]}}
