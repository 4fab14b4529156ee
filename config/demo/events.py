"""What customers did: visits, purchases, e-mails read, tickets, calls, meetings, surveys; drawn in bulk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from config.demo.company import ZONE
from config.demo.habits import PERSONAS, cumulative, in_sale
from config.demo.people import DAYS, Person

MINUTE = 60_000_000  # microseconds, as instants are counted here


@dataclass(frozen=True)
class Event:
    """One interaction to be: `person` is an index, `at` microseconds since 1970 in UTC, `cents` None without amount."""

    person: int
    kind: str
    at: int
    properties: dict[str, Any]
    cents: int | None = None


@dataclass
class World:
    """What the draws share: the people as columns, the calendar, and the randomness."""

    people: list[Person]
    as_of: datetime
    rng: np.random.Generator
    persona: np.ndarray = field(init=False)
    days: np.ndarray = field(init=False)
    running: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        first = self.as_of.date() - timedelta(days=DAYS - 1)
        self.persona = np.array([person.persona for person in self.people])
        self.joined = np.array([person.joined_day for person in self.people])
        self.gone = np.array([person.gone_day for person in self.people])
        self.days = np.datetime64(first) + np.arange(DAYS + 60)
        self.running = cumulative(self.days[:DAYS])
        self.sale = in_sale(self.days)
        self.zeal = self.rng.gamma(3.0, 1 / 3, len(self.people))
        self.hour = self.rng.normal(17.5, 3.2, len(self.people)).clip(7, 22)
        self.weekday = self.rng.integers(7, size=len(self.people))
        self.midnights = np.array([_midnight(first + timedelta(days=n)) for n in range(DAYS + 60)])
        self.end = int(self.as_of.timestamp()) * 1_000_000

    def rate(self, read: Callable[[Any], float]) -> np.ndarray:
        """A yearly rate of every person's persona, times their own zeal."""
        return np.array([read(persona) for persona in PERSONAS])[self.persona] * self.zeal

    def draw(self, yearly: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(person, day) of interactions at this yearly rate, in each person's seasons, between joining and leaving."""
        low = self.running[self.persona, self.joined.clip(0, DAYS)]
        high = self.running[self.persona, self.gone.clip(0, DAYS)]
        counts = self.rng.poisson(yearly * (high - low).clip(0) / 365.25)
        who = np.repeat(np.arange(len(self.people)), counts)
        points = self.rng.uniform(low[who], high[who])
        day = np.zeros(len(who), dtype=int)
        for persona in range(len(PERSONAS)):
            mine = self.persona[who] == persona
            day[mine] = np.searchsorted(self.running[persona], points[mine], side="right") - 1
        return who, self._habitual(who, day.clip(0, DAYS - 1))

    def _habitual(self, who: np.ndarray, day: np.ndarray) -> np.ndarray:
        """A third of what people do, they do on their own day of the week."""
        weekday = (self.days[day].astype(int) + 3) % 7
        moved = day + (self.weekday[who] - weekday) % 7 - 3
        stays = (
            (self.rng.random(len(who)) > 0.33) | (moved < self.joined[who]) | (moved >= DAYS) | (moved < 0)
        )
        return np.where(stays | (self.sale[day] != self.sale[moved.clip(0)]), day, moved)

    def at_leisure(self, who: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Instants on these days at about each person's own hour."""
        minutes = (self.hour[who] * 60 + self.rng.normal(0, 95, len(who))).clip(6 * 60, 23 * 60 + 50)
        return self.midnights[day] + (minutes * MINUTE).astype(np.int64)

    def in_office(self, day: np.ndarray) -> np.ndarray:
        """Instants in the office hours of these days, or of the Monday after."""
        weekday = (self.days[day].astype(int) + 3) % 7
        later = np.where(weekday > 4, 7 - weekday, 0)
        minutes = self.rng.triangular(8.3 * 60, 10.5 * 60, 17.9 * 60, len(day))
        return self.midnights[day + later] + (minutes * MINUTE).astype(np.int64)

    def choose(self, weights: Mapping[str, float], count: int) -> list[str]:
        """`count` names by weight."""
        shares = np.array(list(weights.values()))
        return self.rng.choice(list(weights), size=count, p=shares / shares.sum()).tolist()


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONE)).timestamp()) * 1_000_000


def told(world: World, events: list[Event]) -> list[Event]:
    """What had happened by then, oldest first."""
    return sorted((event for event in events if event.at <= world.end), key=lambda event: event.at)
