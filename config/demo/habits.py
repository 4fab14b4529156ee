"""How customers behave: personas, and the shape of the year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Persona:
    """A kind of customer: yearly rates, appetite by month, the chance of each tier, and how long they have been quiet.

    `quiet_days` bounds how long ago they stopped, (0, 0) for those who go on; `tiers` are the chances of Gold, Silver
    and Bronze; `sale` is how much of their buying waits for a sale.
    """

    name: str
    weight: float
    purchases: float
    visits: float
    basket: float
    newsletter: float
    opens: float
    months: tuple[float, ...]
    sale: float
    quiet_days: tuple[int, int]
    tiers: tuple[float, float, float]
    interests: tuple[str, ...]


_EVEN = (0.9, 0.8, 0.9, 1.0, 1.1, 1.1, 1.0, 0.9, 0.9, 0.9, 1.2, 1.8)
_HIKER = (0.3, 0.3, 0.7, 1.4, 2.0, 1.9, 1.6, 1.2, 0.9, 0.5, 0.6, 1.1)
_SKIER = (2.0, 1.3, 0.6, 0.2, 0.2, 0.2, 0.2, 0.3, 0.7, 1.5, 2.0, 2.6)
_GIFTS = (0.2, 0.2, 0.3, 0.5, 0.6, 0.4, 0.3, 0.3, 0.4, 0.6, 2.0, 5.5)
_ON = (0, 0)
_ALPINE = ("Hiking", "Climbing", "Ski touring")

PERSONAS = (
    Persona("enthusiast", 9, 8.5, 19, 1.15, 0.82, 0.62, _EVEN, 0.1, _ON, (0.35, 0.4, 0.2), _ALPINE),
    Persona("regular", 24, 3.6, 9, 1.0, 0.6, 0.4, _EVEN, 0.2, _ON, (0.04, 0.22, 0.44), ("Hiking", "Camping")),
    Persona("hiker", 15, 2.8, 7, 1.0, 0.52, 0.35, _HIKER, 0.2, _ON, (0.02, 0.14, 0.4), ("Hiking", "Trail running")),
    Persona("ski tourer", 11, 2.6, 7, 1.45, 0.5, 0.36, _SKIER, 0.15, _ON, (0.05, 0.18, 0.34), ("Ski touring",)),
    Persona("sale hunter", 10, 4.0, 11, 0.7, 0.75, 0.5, _EVEN, 0.93, _ON, (0.0, 0.06, 0.4), ("Hiking", "Camping")),
    Persona("gift buyer", 8, 1.1, 2.5, 0.8, 0.3, 0.2, _GIFTS, 0.3, _ON, (0.0, 0.02, 0.16), ()),
    Persona("lapsing loyal", 6, 8.0, 17, 1.1, 0.74, 0.5, _EVEN, 0.1, (95, 230), (0.3, 0.42, 0.24), _ALPINE),
    Persona("lost", 9, 3.2, 7, 0.95, 0.42, 0.25, _EVEN, 0.25, (370, 700), (0.02, 0.1, 0.3), ("Hiking",)),
    Persona("window shopper", 8, 0.25, 13, 0.8, 0.45, 0.3, _EVEN, 0.5, _ON, (0.0, 0.0, 0.08), ("Trail running",)),
)  # fmt: skip

WEEKDAYS = (1.05, 0.95, 0.95, 1.0, 1.1, 1.25, 1.1)  # Monday first
# (first month, first day, last month, last day): when prices are down
SALES = ((1, 2, 1, 24), (7, 1, 7, 24), (11, 22, 11, 30), (12, 27, 12, 31))


def in_sale(days: np.ndarray) -> np.ndarray:
    """For each day (datetime64[D]) whether prices are down."""
    months = days.astype("datetime64[M]").astype(int) % 12 + 1
    numbers = (days - days.astype("datetime64[M]")).astype(int) + 1
    code = months * 100 + numbers
    return np.any([(code >= a * 100 + b) & (code <= c * 100 + d) for a, b, c, d in SALES], axis=0)


def appetite(persona: Persona, days: np.ndarray) -> np.ndarray:
    """The chance of each day (datetime64[D]) for one interaction of this persona, summing to one over a year or so."""
    months = days.astype("datetime64[M]").astype(int) % 12
    weekdays = (days.astype("datetime64[D]").astype(int) + 3) % 7
    share = np.asarray(persona.months)[months] * np.asarray(WEEKDAYS)[weekdays]
    sale = in_sale(days)
    calm = share * (1 - persona.sale)
    drawn = np.where(sale, share, 0.0)
    return calm + drawn * persona.sale * share.sum() / max(drawn.sum(), 1e-9)


def cumulative(days: np.ndarray) -> np.ndarray:
    """For each persona the running sum of its appetite, an average day adding one: (personas, days + 1)."""
    table = np.zeros((len(PERSONAS), len(days) + 1))
    for row, persona in enumerate(PERSONAS):
        share = appetite(persona, days)
        table[row, 1:] = np.cumsum(share / share.mean())
    return table
