"""What a soak is asked for, and what it stands on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

MARK = "facet-soak"  # the database knows the driver's own connections by this name


@dataclass(frozen=True)
class Order:
    """How long, how fast, how many kills, seconds from one saved rule to the next; on what.

    `cluster` is the folder of a PostgreSQL of our own, or empty. `broker` is the server binary we run ourselves; empty
    where REDIS_URL named one, which is not ours to kill. `victims` are what is killed; empty: everything there is.
    """

    minutes: float
    rate: float
    kills: int
    contacts: int
    seed: int
    folder: str
    database: str
    redis: str
    cluster: str = ""
    broker: str = ""
    edit_every: float = 30.0
    victims: tuple[str, ...] = ()

    @property
    def data(self) -> Path:
        """The data folder of the product under test."""
        return Path(self.folder) / "data"

    @property
    def logs(self) -> Path:
        """Where each part's words go."""
        return Path(self.folder) / "logs"

    @property
    def seconds(self) -> float:
        """How long changes are sent."""
        return self.minutes * 60

    def text(self) -> str:
        """To hand to another process."""
        return json.dumps(asdict(self))


def read(text: str) -> Order:
    """An order from its text."""
    told = json.loads(text)
    return Order(**{**told, "victims": tuple(told["victims"])})
