"""A believable population of any size, made by numpy from a seed, straight into columns.

Activity is skewed (a few contacts do most), kinds are skewed, purchases have amounts in cents, and everything
happened within the two years before `AS_OF`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from segments.engine.judging.population import Column, Population
from segments.engine.language import moments
from segments.engine.language.dictionary import Dictionary

AS_OF = datetime(2026, 11, 1, 12, tzinfo=UTC)
KINDS = ["page_view", "email_opened", "purchase", "email_clicked", "search", "cart", "ticket", "return"]
SHARES = np.array([0.46, 0.22, 0.10, 0.09, 0.06, 0.04, 0.02, 0.01])
YEARS_BACK = 2
COUNTRIES = ["Germany", "Austria", "Switzerland", "France", "Italy", "Netherlands", "Poland", "Spain"]
CATEGORIES = [f"category {number:02d}" for number in range(40)]
TIERS = ["bronze", "silver", "gold", "platinum"]
CITIES = [f"City {number:04d}" for number in range(2_000)]


def make(contacts: int, interactions: int, seed: int = 1) -> Population:
    """`contacts` contacts with about `interactions` interactions, the same for the same seed."""
    dice = np.random.default_rng(seed)
    weight = dice.pareto(1.5, contacts) + 0.05
    each = dice.poisson(weight / weight.sum() * interactions)
    offsets = np.concatenate([[0], np.cumsum(each)]).astype(np.int64)
    rows = int(offsets[-1])
    kind = dice.choice(len(KINDS), rows, p=SHARES / SHARES.sum()).astype(np.int16)
    end = moments.to_us(AS_OF)
    age = (dice.random(rows) ** 1.3 * YEARS_BACK * 365 * moments.DAY_US).astype(np.int64)
    owner = np.repeat(np.arange(contacts), each)
    order = np.lexsort((-age, owner))
    return Population(
        ids=np.arange(1, contacts + 1, dtype=np.int64),
        attributes=_attributes(dice, contacts),
        offsets=offsets,
        kinds=list(KINDS),
        kind=kind,
        at=end - age[order],
        properties=_properties(dice, kind),
    )


def _coded(dice: np.random.Generator, size: int, values: list[Any], missing: float, declared: str) -> Column:
    """Values with falling shares, some missing."""
    share = 1 / np.arange(1, len(values) + 1) ** 0.7
    codes = dice.choice(len(values), size, p=share / share.sum()).astype(np.int32) + 1
    codes[dice.random(size) < missing] = 0
    return Column(codes, Dictionary([None, *values], declared))


def _attributes(dice: np.random.Generator, size: int) -> dict[str, Column]:
    first = np.datetime64("1940-01-01")
    days = [str(first + day) for day in range(25_000)]
    joined = [str(np.datetime64("2022-01-01") + day) for day in range(1_765)]
    tags = [
        [a] if a == b else [a, b] for a in ("vip", "beta", "press", "staff") for b in ("vip", "beta", "shop")
    ]
    return {
        "country": _coded(dice, size, COUNTRIES, 0.03, "text"),
        "city": _coded(dice, size, CITIES, 0.10, "text"),
        "tier": _coded(dice, size, TIERS, 0.35, "text"),
        "age": _coded(dice, size, list(range(18, 90)), 0.20, "number"),
        "score": _coded(dice, size, [number / 10 for number in range(1_000)], 0.15, "number"),
        "newsletter": _coded(dice, size, [True, False], 0.25, "yes/no"),
        "birthday": _coded(dice, size, days, 0.40, "date"),
        "joined": _coded(dice, size, joined, 0.0, "date"),
        "tags": _coded(dice, size, tags, 0.70, "list"),
    }


def _properties(dice: np.random.Generator, kind: Any) -> dict[str, Column]:
    rows = len(kind)
    bought = (kind == KINDS.index("purchase")) | (kind == KINDS.index("return"))
    cents = np.minimum(dice.lognormal(3.6, 0.8, rows) * 100, 99_999).astype(np.int32) + 1
    amounts = [None, *(f"{cent / 100:.2f}" for cent in range(1, 100_001))]
    category = dice.integers(1, len(CATEGORIES) + 1, rows).astype(np.int32)
    has_category = bought | (kind == KINDS.index("page_view")) | (kind == KINDS.index("cart"))
    return {
        "amount": Column(np.where(bought, cents, 0).astype(np.int32), Dictionary(amounts)),
        "category": Column(
            np.where(has_category, category, 0).astype(np.int32), Dictionary([None, *CATEGORIES])
        ),
    }
