"""What the account keeps of its contacts: defined, described, retired."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from crm.actions import auditing
from crm.domain.attributes import BUILT_IN, AttributeType
from crm.models import AttributeDefinition, User


class AttributeRefused(ValueError):
    """The definition cannot be kept so; the text says what to do."""


def define(
    *,
    name: str,
    label: str = "",
    type: AttributeType,
    sensitive: bool = False,
    description: str = "",
    inferred: bool = False,
    by: User | None,
    at: datetime,
) -> AttributeDefinition:
    """A new attribute. `name` is what rules and files call it and stays; raises `AttributeRefused`."""
    name = name.strip()
    if not name:
        raise AttributeRefused("Give the attribute a name, such as ‘city’.")
    if len(name) > 120:
        raise AttributeRefused("A name holds 120 characters at most. Shorten it.")
    if name in BUILT_IN:
        raise AttributeRefused(f"Every customer has ‘{name}’ already. Choose another name.")
    try:
        with transaction.atomic():
            definition = AttributeDefinition.objects.create(
                name=name,
                label=label.strip() or shown_as(name),
                type=type,
                sensitive=sensitive,
                description=description.strip(),
                inferred=inferred,
                created_at=at,
            )
            _audit("defined", definition, by=by, at=at, type=str(type), sensitive=sensitive)
    except IntegrityError as error:
        raise AttributeRefused(
            f"There is an attribute ‘{name}’ already. Edit it, or choose another name."
        ) from error
    return definition


def edit(
    *,
    definition: AttributeDefinition,
    label: str,
    sensitive: bool,
    description: str,
    by: User,
    at: datetime,
) -> AttributeDefinition:
    """Other words for an attribute, or another mark. Name and type stay, since rules and data rest on them."""
    with transaction.atomic():
        definition.label = label.strip() or shown_as(definition.name)
        definition.sensitive = sensitive
        definition.description = description.strip()
        definition.save(update_fields=["label", "sensitive", "description"])
        _audit("edited", definition, by=by, at=at, label=definition.label, sensitive=sensitive)
    return definition


def retire(*, definition: AttributeDefinition, by: User, at: datetime) -> None:
    """Offer the attribute no more. Its values stay, and `restore` brings it back."""
    with transaction.atomic():
        if AttributeDefinition.objects.filter(pk=definition.pk, retired_at__isnull=True).update(
            retired_at=at
        ):
            _audit("retired", definition, by=by, at=at)


def restore(*, definition: AttributeDefinition, by: User, at: datetime) -> None:
    """Undo `retire`."""
    with transaction.atomic():
        if AttributeDefinition.objects.filter(pk=definition.pk, retired_at__isnull=False).update(
            retired_at=None
        ):
            _audit("restored", definition, by=by, at=at)


def shown_as(name: str) -> str:
    """A label for a name nobody has labelled: `first_purchase` reads ‘First purchase’."""
    words = name.replace("_", " ").strip() or name
    return words[:1].upper() + words[1:]


def _audit(
    what: str, definition: AttributeDefinition, *, by: User | None, at: datetime, **detail: object
) -> None:
    auditing.record(
        action=f"attribute.{what}",
        subject=f"attribute {definition.pk}",
        by=by,
        at=at,
        name=definition.name,
        **detail,
    )
