"""The small company of a soak: customers with a believable recent past, segments, and the tokens to send with."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db import transaction

from config.soak.segments import PICKED, RULES
from crm.actions.publishing import publish
from crm.actions.tokens import make_token
from crm.actions.touching import touch_everyone
from crm.domain.roles import Role
from crm.models import Account, AttributeDefinition, Contact, ContactChange, Identifier, Interaction, User
from segments.actions.building.saving import create_segment
from segments.actions.membership.fixed import create_list

ATTRIBUTES = {
    "country": "text",
    "plan": "text",
    "points": "number",
    "newsletter": "yes/no",
    "interests": "list",
    "joined": "date",
    "trial_ends": "instant",
    "alarm": "yes/no",
    "number": "number",
}
SCOPES = ("contacts:read", "contacts:write", "interactions:write", "segments:read", "segments:write")
TOKENS = 6
PAST = 8  # interactions a customer had before the first change
SOURCE = "soak"


@dataclass(frozen=True)
class Made:
    """What the driver needs to know: ids of contacts in their order, of segments by slug, tokens, the people."""

    contacts: list[int]
    segments: dict[str, int]
    tokens: list[str]

    def text(self) -> str:
        """To write into a file."""
        return json.dumps(asdict(self))


def external_id(index: int) -> str:
    """By what the contact at this place is found."""
    return f"s{index}"


def attributes(random: Random, at: datetime) -> dict[str, Any]:
    """Attributes of one customer."""
    return {
        "country": random.choice(["DE", "AT", "CH", "FR", "IT", "SE"]),
        "plan": random.choice(["free", "free", "basic", "pro"]),
        "points": random.randrange(1_000),
        "newsletter": random.random() < 0.5,
        "interests": random.sample(
            ["climbing", "skiing", "hiking", "running", "cycling"], random.randrange(4)
        ),
        "joined": (at - timedelta(days=random.randrange(400))).date().isoformat(),
        "trial_ends": (at + timedelta(minutes=random.uniform(-60, 60))).isoformat(),
    }


def happening(random: Random) -> dict[str, Any]:
    """Something a customer did: kind, and what is known of it."""
    kind = random.choices(["visit", "order", "ticket", "login"], [6, 2, 1, 3])[0]
    if kind == "order":
        return {
            "kind": kind,
            "amount": f"{random.randrange(10, 200)}.{random.choice(['00', '50', '90'])}",
            "currency": "EUR",
            "properties": {"category": random.choice(["tents", "ropes", "boots", "skis"])},
        }
    if kind == "ticket":
        topic = random.choice(["refund", "question", "praise"])
        return {"kind": kind, "properties": {"topic": topic, "channel": random.choice(["mail", "phone"])}}
    return {"kind": kind, "properties": {"page": random.randrange(50)}}


def make(*, contacts: int, seed: int, at: datetime) -> Made:
    """Everything, in an empty database."""
    random = Random(seed)  # noqa: S311 - the same seed makes the same company
    with transaction.atomic():
        Account.objects.update_or_create(pk=1, defaults={"name": "Soak", "timezone": "Europe/Vienna"})
        owner = User.objects.create_user(
            "soak@facet.example", None, name="Soak Driver", role=Role.ADMINISTRATOR
        )
        AttributeDefinition.objects.bulk_create(
            AttributeDefinition(name=name, label=name.replace("_", " ").title(), type=kind)
            for name, kind in ATTRIBUTES.items()
        )
        ids = _people(contacts, random, owner, at)
        touch_everyone(cause="interaction")
        tokens = [
            make_token(name=f"soak {n}", machine=True, scopes=SCOPES, expires_at=None, by=owner, at=at)[1]
            for n in range(TOKENS)
        ]
    made = {PICKED: create_list(name="Picked", contacts=ids[: contacts // 20], by=owner, at=at).pk}
    for slug, rule in RULES.items():
        name = slug.replace("-", " ").capitalize()
        document = {"version": 1, "rule": rule}
        made[slug] = create_segment(name=name, slug=slug, rule=document, by=owner, at=at).pk
    with transaction.atomic():
        publish("RecomputeAsked")  # everybody was touched: the first sweep need not wait for the minute
    return Made(ids, made, tokens)


def _people(contacts: int, random: Random, owner: User, at: datetime) -> list[int]:
    before = at - timedelta(days=2)
    told = [attributes(random, at) for _ in range(contacts)]
    made = Contact.objects.bulk_create(
        [
            Contact(
                first_name=f"S{n}", last_name="Soak", attributes=known, created_at=before, updated_at=before
            )
            for n, known in enumerate(told)
        ],
        batch_size=1_000,
    )
    ids = [contact.pk for contact in made]
    Identifier.objects.bulk_create(
        [
            Identifier(contact_id=pk, kind="external_id", value=external_id(n), shown=external_id(n))
            for n, pk in enumerate(ids)
        ],
        batch_size=1_000,
    )
    ContactChange.objects.bulk_create(
        [
            ContactChange(
                contact_id=pk,
                at=before,
                by=owner,
                source="soak",
                changes={name: [None, value] for name, value in known.items()},
            )
            for pk, known in zip(ids, told, strict=True)
        ],
        batch_size=1_000,
    )
    _past(ids, random, at)
    return ids


def _past(ids: list[int], random: Random, at: datetime) -> None:
    rows = []
    for pk in ids:
        for place in range(random.randrange(PAST * 2)):
            ago = timedelta(minutes=random.expovariate(1 / 120))
            done = happening(random)
            rows.append(
                Interaction(
                    contact_id=pk,
                    kind=done["kind"],
                    at=at - ago,
                    amount=Decimal(done["amount"]) if "amount" in done else None,
                    currency=done.get("currency", ""),
                    properties=done["properties"],
                    source="past",
                    message_id=f"{pk}-{place}",
                    recorded_at=at,
                )
            )
    Interaction.objects.bulk_create(rows, batch_size=2_000)
