"""Values counted in the newest rows of the database: for the time before the mirror's first snapshot, and for columns
with more distinct values than are worth counting. Always bounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from crm.domain.attributes import BUILT_IN
from crm.models import Contact, Identifier, Interaction
from segments.engine.judging.population import flattened
from segments.engine.language.values import shared_type

SAMPLE = 20_000
NOTE = f"Counted in the newest {SAMPLE:,} only."
Counts = list[tuple[Any, int]]


def kinds() -> list[dict[str, Any]]:
    """The kinds among the newest interactions, with their properties and types."""
    counts: Counter[str] = Counter()
    seen: dict[str, dict[str, list[Any]]] = {}
    for kind, properties in _newest():
        counts[kind] += 1
        found = seen.setdefault(kind, {})
        for name, value in properties.items():
            if _present(value):
                found.setdefault(name, []).append(value)
    return [
        {
            "kind": kind,
            "count": count,
            "properties": [
                {"name": name, "type": shared_type(held) or ""}
                for name, held in sorted(seen[kind].items(), key=lambda item: -len(item[1]))
            ],
        }
        for kind, count in counts.most_common(500)
    ]


def attribute_values(name: str) -> tuple[Counts, int]:
    """The values of an attribute among the newest contacts, and how many have none."""
    living = Contact.objects.living().order_by("-pk")
    if name in Identifier.KINDS:
        found = Identifier.objects.filter(kind=name).order_by("-pk").values_list("shown", flat=True)
        return _count(found[:SAMPLE])
    if name == "company":
        return _count(living.values_list("company__name", flat=True)[:SAMPLE])
    if name in BUILT_IN:
        return _count(living.values_list(name, flat=True)[:SAMPLE])
    rows = living.values_list("attributes", flat=True)[:SAMPLE]
    return _count(flattened(held).get(name) for held in rows)


def property_values(kind: str, name: str) -> tuple[Counts, int]:
    """The values of a property among the newest interactions of a kind."""
    return _count(
        properties.get(name)
        for here, properties in _newest()
        if here == kind or (kind.endswith("*") and here.startswith(kind[:-1]))
    )


def _newest() -> Iterable[tuple[str, dict[str, Any]]]:
    rows = Interaction.objects.order_by("-pk").values_list("kind", "properties", "amount", "currency")
    for kind, properties, amount, currency in rows[:SAMPLE]:
        held = flattened(properties)
        if amount is not None:
            held.setdefault("amount", float(amount))
        if currency:
            held.setdefault("currency", currency)
        yield kind, held


def _present(value: Any) -> bool:
    return value is not None and value != [] and not (isinstance(value, str) and not value.strip())


def _count(rows: Iterable[Any]) -> tuple[Counts, int]:
    counted: Counter[tuple[bool, Any]] = Counter()
    missing = 0
    for value in rows:
        if not _present(value):
            missing += 1
            continue
        for item in value if isinstance(value, list) else [value]:
            plain = item if isinstance(item, bool | int | float | str) else str(item)
            counted[(isinstance(plain, bool), plain)] += 1  # True would count as 1
    return [(value, count) for (_, value), count in counted.most_common()], missing
