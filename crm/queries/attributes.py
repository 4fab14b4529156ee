"""The attributes an account keeps, and how many customers have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from crm.models import AttributeDefinition, Contact

LOOKED_AT = 1_000


@dataclass(frozen=True)
class AttributeRow:
    """An attribute, and how many of the newest customers have it."""

    definition: AttributeDefinition
    having: int


@dataclass(frozen=True)
class Overview:
    """All attributes; `of` is how many customers were looked at, the newest ones."""

    current: Sequence[AttributeRow]
    retired: Sequence[AttributeRow]
    of: int


def overview() -> Overview:
    """Every attribute with its filling among the newest thousand customers; two queries, whatever their number."""
    newest = Contact.objects.living().order_by("-pk").values_list("attributes", flat=True)[:LOOKED_AT]
    having: Counter[str] = Counter()
    of = 0
    for attributes in newest:
        of += 1
        having.update(name for name, value in attributes.items() if value not in (None, "", []))
    rows = [AttributeRow(found, having[found.name]) for found in AttributeDefinition.objects.all()]
    return Overview(
        [row for row in rows if row.definition.retired_at is None],
        [row for row in rows if row.definition.retired_at is not None],
        of,
    )
