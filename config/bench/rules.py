"""A hundred believable segments: about 40 on attributes, 50 on windows and measures, 10 nested deep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.bench.measures import ZONE
from config.bench.population import CATEGORIES, CITIES, COUNTRIES, KINDS, TIERS
from segments.engine.judging.population import Population
from segments.engine.language.check import Catalogue, check
from segments.engine.language.parse import parse_document
from segments.engine.language.rules import Rule as EngineRule

Rule = dict[str, Any]


def has(name: str, op: str, value: Any = None) -> Rule:
    """An attribute condition."""
    return {"attribute": name, "op": op} | ({} if value is None else {"value": value})


def did(kind: str, days: int, op: str = "gte", value: Any = 1, fn: str = "count", **more: Any) -> Rule:
    """A measure over the last days; sums, averages and extremes are of the amount."""
    measure = {"fn": fn, "property": "amount"} if fn not in ("count", "distinct_days") else {"fn": fn}
    return {
        "interaction": kind, "window": {"last": [days, "day"]}, "measure": measure, "op": op, "value": value, **more
    }  # fmt: skip


def _on_attributes() -> list[Rule]:
    rules = [has("country", "is", country) for country in COUNTRIES]
    rules += [has("country", "not_in", COUNTRIES[index : index + 3]) for index in range(4)]
    rules += [has("city", "in", CITIES[index * 40 : index * 40 + 25]) for index in range(4)]
    rules += [has("city", "contains", text) for text in ("12", "000", "7")]
    rules += [{"all": [has("tier", "is", tier), has("age", "gte", 30)]} for tier in TIERS]
    rules += [has("age", "between", [low, low + 9]) for low in (20, 30, 40, 50)]
    rules += [{"all": [has("score", "gt", 50), has("newsletter", "is", True)]}, has("score", "is_not_set")]
    rules += [has("joined", "within_last", [days, "day"]) for days in (30, 90, 365)]
    rules += [has("birthday", "anniversary_month"), has("birthday", "anniversary_within_next", [14, "day"])]
    rules += [has("tags", "includes_any", ["vip", "press"]), has("tags", "includes_none", ["staff"])]
    rules += [
        {"any": [has("tier", "is_not", "gold"), has("age", "lt", 25)]},
        has("city", "starts_with", "City 1"),
    ]
    rules += [has("city", "ends_with", "99"), has("score", "between", [20, 40.5]), has("age", "is_set")]
    rules += [{"all": [has("country", "is", "Austria"), has("tags", "is_set")]}]
    return rules[:40]


def _on_measures() -> list[Rule]:
    rules: list[Rule] = []
    for kind in KINDS:
        rules += [did(kind, 30), {"not": did(kind, 90)}, did(kind, 365, "gte", 3)]
    for days in (30, 90, 180, 365):
        rules += [did("purchase", days, "gte", 100, "sum"), did("purchase", days, "gt", 60, "average")]
        rules += [did("page_view", days, "gte", 3, "distinct_days")]
    rules += [did("purchase", 730, "gte", 500, "maximum"), did("purchase", 730, "lt", 10, "minimum")]
    rules += [
        did("purchase", 365, "gte", 2, where=[{"property": "category", "op": "is", "value": category}])
        for category in CATEGORIES[:6]
    ]
    rules += [
        {"all": [did("purchase", 365), {"not": did("purchase", days)}, did("email_opened", 30)]}
        for days in (60, 90, 120)
    ]
    rules += [{"interaction": "purchase", "pick": "first", "window": {"last": [90, "day"]}}]
    rules += [{"interaction": "purchase", "pick": "last", "window": {"before_last": [180, "day"]}}]
    rules += [did("ticket", 180, "eq", 0), did("return", 365, "between", [1, 2])]
    return rules[:50]


def _nested() -> list[Rule]:
    rules = []
    for index in range(10):
        country, tier = COUNTRIES[index % len(COUNTRIES)], TIERS[index % len(TIERS)]
        inner = {"all": [has("tier", "is", tier), {"not": did("ticket", 90)}, did("page_view", 30, "gte", 2)]}
        middle = {
            "any": [
                inner,
                did("purchase", 90, "gte", 100, "sum"),
                {"all": [has("age", "lt", 40), did("cart", 30)]},
            ]
        }
        rules.append(
            {
                "all": [
                    has("country", "in", [country, "Germany"]),
                    middle,
                    {"not": did("return", 365, "gte", 2)},
                ]
            }
        )
    return rules


def segments(count: int) -> dict[str, Rule]:
    """`count` segments by slug: the hundred, in an order that mixes the sorts, repeated with other days if more."""
    mixed: list[Rule] = []
    whole, measured, nested = _on_attributes(), _on_measures(), _nested()
    for index in range(10):
        mixed += (
            whole[index * 4 : index * 4 + 4] + measured[index * 5 : index * 5 + 5] + nested[index : index + 1]
        )
    return {f"segment-{index:03d}": mixed[index % len(mixed)] for index in range(count)}


def parsed(documents: Mapping[str, Rule], population: Population) -> dict[str, EngineRule]:
    """Rule documents as the engine takes them."""
    types = {name: column.dictionary.type for name, column in population.attributes.items()}
    known = Catalogue(attributes=types, zone=ZONE)
    return {
        slug: check(parse_document({"version": 1, "rule": rule}), known) for slug, rule in documents.items()
    }
