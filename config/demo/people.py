"""The customers: who they are, when they came, what habits they have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from config.demo.company import (
    ACQUISITION,
    COMPANY_FORMS,
    CONTACT_WAYS,
    HEALTH_NOTES,
    LANDS,
    TAGS,
    Land,
)
from config.demo.habits import PERSONAS
from crm.domain.search import fold

DAYS = 731  # the span for which interactions are told


@dataclass(frozen=True)
class Person:
    """One customer. `persona` is an index into PERSONAS; days count from the first day told, negative before it."""

    first_name: str
    last_name: str
    land: Land
    email: str
    phone: str
    number: str
    company: str
    persona: int
    joined_day: int
    gone_day: int
    joined_at: datetime
    reads_newsletter: bool
    attributes: dict[str, Any]


def make_people(count: int, *, rng: np.random.Generator, as_of: datetime) -> list[Person]:
    """`count` customers as of an instant; the same seed and instant give the same people."""
    first_day = as_of.date() - timedelta(days=DAYS - 1)
    lands = rng.choice(len(LANDS), size=count, p=_shares([land.weight for land in LANDS]))
    personas = rng.choice(len(PERSONAS), size=count, p=_shares([persona.weight for persona in PERSONAS]))
    companies = _companies(max(3, count // 45), rng)
    taken: set[str] = set()
    return [
        _person(number, LANDS[lands[number]], int(personas[number]), companies, taken, first_day, as_of, rng)
        for number in range(count)
    ]


def _person(
    number: int,
    land: Land,
    persona: int,
    companies: list[str],
    taken: set[str],
    first_day: date,
    as_of: datetime,
    rng: np.random.Generator,
) -> Person:
    habit = PERSONAS[persona]
    woman = rng.random() < 0.48
    first_name = _pick(land.women if woman else land.men, rng)
    last_name = _pick(land.surnames, rng)
    if rng.random() < 0.04:
        last_name = f"{last_name}-{_pick(land.surnames, rng)}"
    # More came in later years; whoever lapses has been here for a while.
    joined_day = int(DAYS - 1 - rng.beta(1.1, 1.5) * (DAYS * 2.1 - habit.quiet_days[0]) - habit.quiet_days[0])
    gone_day = DAYS
    if habit.quiet_days[1]:
        gone_day = max(joined_day + 20, DAYS - int(rng.integers(*habit.quiet_days)))
    joined_on = first_day + timedelta(days=joined_day)
    joined_at = datetime(joined_on.year, joined_on.month, joined_on.day, tzinfo=UTC) + timedelta(
        minutes=int(rng.integers(7 * 60, 21 * 60)), seconds=int(rng.integers(60))
    )
    joined_at = min(joined_at, as_of - timedelta(hours=1))
    reads = bool(rng.random() < habit.newsletter)
    return Person(
        first_name=first_name,
        last_name=last_name,
        land=land,
        email=_email(first_name, last_name, land, taken, rng) if rng.random() < 0.97 else "",
        phone=f"{land.dial}{int(rng.integers(10**6, 10**7)):07d}"[: 13 if land.dial == "+447700" else 16]
        if rng.random() < 0.62
        else "",
        number=f"NW-{100_000 + number}",
        company=_pick(companies, rng) if rng.random() < 0.06 else "",
        persona=persona,
        joined_day=joined_day,
        gone_day=gone_day,
        joined_at=joined_at,
        reads_newsletter=reads,
        attributes=_attributes(land, habit.tiers, habit.interests, woman, joined_on, reads, as_of, rng),
    )


def _attributes(
    land: Land,
    tiers: tuple[float, float, float],
    interests: tuple[str, ...],
    woman: bool,
    joined_on: date,
    reads: bool,
    as_of: datetime,
    rng: np.random.Generator,
) -> dict[str, Any]:
    cities = land.cities
    city, postcode, _ = cities[int(rng.choice(len(cities), p=_shares([city[2] for city in cities])))]
    found: dict[str, Any] = {
        "country": land.name,
        "city": city,
        "postcode": postcode,
        "language": "en" if rng.random() < 0.05 else land.language,
        "customer_since": joined_on.isoformat(),
        "acquisition_channel": _weighted(ACQUISITION, rng),
        "newsletter": reads,
    }
    if rng.random() < 0.58:
        age = 17 + float(rng.gamma(4.2, 6.1))
        found["birthday"] = (as_of.date() - timedelta(days=int(age * 365.25))).isoformat()
    if rng.random() < 0.71:
        found["gender"] = "diverse" if rng.random() < 0.012 else "female" if woman else "male"
    tier = rng.random()
    for name, share in zip(("Gold", "Silver", "Bronze"), np.cumsum(tiers), strict=True):
        if tier < share:
            found["loyalty_tier"] = name
            break
    way = _weighted(CONTACT_WAYS, rng)
    if way:
        found["preferred_contact"] = way
    liked = [name for name in dict.fromkeys((*interests, "Climbing", "Camping")) if rng.random() < 0.45]
    if liked:
        found["interests"] = liked
    tags = [name for name, weight in TAGS if rng.random() < weight / 100]
    if tags:
        found["tags"] = tags
    if rng.random() < 0.4:
        found["shoe_size"] = round(float(np.clip(rng.normal(39 if woman else 43.5, 1.6), 35, 50)) * 2) / 2
    if rng.random() < 0.02:
        found["health_note"] = _pick(HEALTH_NOTES, rng)
    return found


def _email(first_name: str, last_name: str, land: Land, taken: set[str], rng: np.random.Generator) -> str:
    first, last = (re.sub(r"[^a-z0-9-]", "", fold(name)) for name in (first_name, last_name))
    forms = (f"{first}.{last}", f"{first[0]}.{last}", f"{last}.{first}", f"{first}{last}", f"{first}_{last}")
    name, domain = _pick(forms, rng), f"{_pick(land.mailboxes, rng)}.example"
    while f"{name}@{domain}" in taken:
        name = f"{name.rstrip('0123456789')}{int(rng.integers(1, 9999))}"
    taken.add(f"{name}@{domain}")
    return f"{name}@{domain}"


def _companies(count: int, rng: np.random.Generator) -> list[str]:
    names: dict[str, None] = {}
    for land in (LANDS[int(number)] for number in rng.integers(3, size=count)):
        form = _pick(COMPANY_FORMS, rng)
        names[
            form.format(surname=_pick(land.surnames, rng), city=_pick([c[0] for c in land.cities], rng))
        ] = None
    return list(names)


def _pick(choices: Any, rng: np.random.Generator) -> Any:
    return choices[int(rng.integers(len(choices)))]


def _weighted(choices: tuple[tuple[str, int], ...], rng: np.random.Generator) -> str:
    return choices[int(rng.choice(len(choices), p=_shares([weight for _, weight in choices])))][0]


def _shares(weights: Any) -> np.ndarray:
    numbers = np.asarray(weights, dtype=float)
    return numbers / numbers.sum()
