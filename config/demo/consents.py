"""What customers allowed: a ledger from the day they came, with later withdrawals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from config.demo.people import Person

ASKED = (  # channel, purpose, chance of yes, chance of taking it back later
    ("email", "service", 0.93, 0.01),
    ("sms", "offers", 0.17, 0.2),
    ("phone", "offers", 0.08, 0.3),
    ("post", "offers", 0.38, 0.06),
    ("email", "profiling", 0.44, 0.05),
)


@dataclass(frozen=True)
class Say:
    """One line of a person's ledger."""

    person: int
    channel: str
    purpose: str
    granted: bool
    at: datetime
    source: str
    proof: str


def make_ledger(people: list[Person], *, rng: np.random.Generator, as_of: datetime) -> list[Say]:
    """Every answer of everybody, oldest first."""
    says = [say for number, person in enumerate(people) for say in _answers(number, person, rng, as_of)]
    return sorted(says, key=lambda say: say.at)


def _answers(number: int, person: Person, rng: np.random.Generator, as_of: datetime) -> Iterator[Say]:
    where = "order form" if rng.random() < 0.7 else "loyalty card form"
    proof = f"Box ticked, form v{1 + int(rng.integers(4))}"
    age = (as_of - person.joined_at).total_seconds()
    once_read = person.reads_newsletter or rng.random() < 0.12
    yield Say(number, "email", "offers", once_read, person.joined_at, where, proof)
    if once_read and not person.reads_newsletter:
        later = person.joined_at + timedelta(seconds=age * float(rng.uniform(0.1, 0.95)))
        yield Say(number, "email", "offers", False, later, "unsubscribe link", "Link in the newsletter")
    for channel, purpose, yes, back in ASKED:
        if rng.random() > 0.85:
            continue  # never asked
        granted = bool(rng.random() < yes)
        yield Say(number, channel, purpose, granted, person.joined_at, where, proof)
        if granted and rng.random() < back:
            later = person.joined_at + timedelta(seconds=age * float(rng.uniform(0.1, 0.95)))
            yield Say(number, channel, purpose, False, later, "service call", "Said on the phone")
