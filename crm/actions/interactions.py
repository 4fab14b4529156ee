"""Interactions written down by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from crm.actions import auditing
from crm.actions.delivering import claim, delivered
from crm.actions.holding import GONE, gone_of
from crm.actions.touching import touch
from crm.models import Contact, Interaction, User

SOURCE = "form"


class InteractionRefused(ValueError):
    """The interaction cannot be recorded so; the text says what to do."""


def record_interaction(
    *,
    contact: Contact,
    kind: str,
    happened_at: datetime,
    message_id: str,
    properties: Mapping[str, Any],
    amount: Decimal | None = None,
    currency: str = "",
    by: User,
    at: datetime,
) -> Interaction:
    """Log a call, a meeting, an e-mail. The same `message_id` again gives the one already there."""
    kind = kind.strip()
    if not kind:
        raise InteractionRefused("Say what it was: a call, a meeting, an e-mail.")
    if happened_at > at:
        raise InteractionRefused("It lies ahead. Log it once it has happened.")
    key = (SOURCE, message_id)
    with transaction.atomic():
        if gone_of([contact.pk]):
            raise InteractionRefused(GONE)
        number = claim([key]).get(key)
        if number is None:
            logged = Interaction.objects.filter(pk=delivered([key])[key]).first()
            if logged is None:
                raise InteractionRefused("This was logged before and has been erased since.")
            return logged
        interaction = Interaction.objects.create(
            id=number,
            contact=contact,
            kind=kind[:120],
            at=happened_at,
            amount=amount,
            currency=currency,
            properties={name: value for name, value in properties.items() if value not in ("", None)},
            source=SOURCE,
            message_id=message_id,
            recorded_at=at,
        )
        touch([contact.pk], cause="interaction", evidence={"interactions": [interaction.pk]})
        auditing.record(
            action="interaction.logged",
            subject=f"contact {contact.pk}",
            by=by,
            at=at,
            interaction=interaction.pk,
        )
    return interaction
