"""Visits, purchases and what comes back."""

from __future__ import annotations

import numpy as np

from config.demo.company import CATEGORIES
from config.demo.events import MINUTE, Event, World
from config.demo.people import DAYS

SHOPS = {"Online": 74, "Wien": 8, "Innsbruck": 7, "München": 6, "Salzburg": 5}
DEVICES = {"phone": 58, "desktop": 34, "tablet": 8}
RETURN_REASONS = {"Too small": 38, "Too large": 27, "Changed mind": 20, "Fault": 9, "Wrong item": 6}


def make_purchases(world: World) -> list[Event]:
    """Orders with their category, in season and taste; cheaper in the sales."""
    who, day = world.draw(world.rate(lambda persona: persona.purchases))
    first = np.flatnonzero(
        (world.joined >= 0) & (world.rng.random(len(world.people)) < 0.7) & (world.rate(_buys) > 0)
    )
    who, day = np.concatenate([who, first]), np.concatenate([day, world.joined[first].clip(0, DAYS - 1)])
    order = np.argsort(day, kind="stable")
    who, day = who[order], day[order]
    rng, count = world.rng, len(who)
    kinds = _categories(world, who, day)
    at = world.at_leisure(who, day)
    basket = world.rate(lambda persona: persona.basket) / world.zeal
    cut = np.where(world.sale[day] & (rng.random(count) < 0.85), rng.choice([10, 20, 30, 40], count), 0)
    items = 1 + rng.poisson(0.55, count)
    prices = np.array([category.price for category in CATEGORIES])[kinds]
    amounts = (
        prices * basket[who] * rng.lognormal(-0.08, 0.35, count) * (1 + 0.6 * (items - 1)) * (1 - cut / 100)
    )
    cents = np.maximum(np.round(amounts), 9).astype(int) * 100 - rng.choice([0, 10, 10, 5], count)
    shops = world.choose(SHOPS, count)
    products = rng.integers(0, 1 << 30, count)
    events = []
    for row in range(count):
        category = CATEGORIES[kinds[row]]
        properties = {
            "category": category.name,
            "product": category.products[products[row] % len(category.products)],
            "order_id": f"O-{200_000 + row}",
            "items": int(items[row]),
            "shop": shops[row],
        }
        if cut[row]:
            properties["discount"] = int(cut[row])
        events.append(Event(int(who[row]), "purchase", int(at[row]), properties, int(cents[row])))
    return events


def _buys(persona: object) -> float:
    return float(getattr(persona, "purchases") > 0.5)  # noqa: B009


def _categories(world: World, who: np.ndarray, day: np.ndarray) -> np.ndarray:
    """An index into CATEGORIES for each purchase: the season's demand times the person's own taste."""
    usual = np.array([category.taste for category in CATEGORIES])
    taste = usual * world.rng.gamma(0.7, 1.4, (len(world.people), len(CATEGORIES)))
    season = np.array([category.months for category in CATEGORIES]).T
    month = world.days[day].astype("datetime64[M]").astype(int) % 12
    weights = (taste[who] + 0.1) * season[month]
    steps = weights.cumsum(axis=1)
    points = world.rng.random(len(who)) * steps[:, -1]
    return (steps < points[:, None]).sum(axis=1).clip(0, len(CATEGORIES) - 1)


def make_returns(world: World, purchases: list[Event]) -> list[Event]:
    """About one online order in fourteen comes back, within three weeks."""
    chosen = np.flatnonzero(world.rng.random(len(purchases)) < 0.07)
    reasons = world.choose(RETURN_REASONS, len(chosen))
    events = []
    for row, reason in zip(chosen, reasons, strict=True):
        bought = purchases[row]
        later = int(world.rng.integers(4 * 1440, 21 * 1440)) * MINUTE
        properties = {
            "order_id": bought.properties["order_id"],
            "category": bought.properties["category"],
            "reason": reason,
        }
        events.append(Event(bought.person, "return", bought.at + later, properties, bought.cents))
    return events


def make_visits(world: World, purchases: list[Event]) -> list[Event]:
    """Pages seen: now and then, and more of them before an order."""
    who, day = world.draw(world.rate(lambda persona: persona.visits) * 0.92)
    at = world.at_leisure(who, day)
    seen = _categories(world, who, day)
    devices = world.choose(DEVICES, len(who))
    events = [
        _visit(int(who[row]), int(at[row]), CATEGORIES[seen[row]].name, devices[row])
        for row in range(len(who))
    ]
    before = world.rng.poisson(0.8, len(purchases))
    devices = world.choose(DEVICES, int(before.sum()))
    for bought, count in zip(purchases, before, strict=True):
        for _ in range(count if bought.properties["shop"] == "Online" else 0):
            earlier = int(world.rng.exponential(900)) * MINUTE + 3 * MINUTE
            events.append(
                _visit(bought.person, bought.at - earlier, bought.properties["category"], devices.pop())
            )
    return events


def _visit(person: int, at: int, category: str, device: str) -> Event:
    path = f"/{category.lower().replace(' ', '-')}/"
    return Event(person, "page_view", at, {"path": path, "category": category, "device": device})
