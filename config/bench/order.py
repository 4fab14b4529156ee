"""What a benchmark run is asked for, and where it keeps what it made."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

PEERS = ("limit", "duckdb", "postgres", "sql")
MADE_BY = Path(__file__).with_name("population.py")


@dataclass(frozen=True)
class Order:
    """Sizes, what to compare with, how often, and the folder of everything made once."""

    contacts: int
    interactions: int
    segments: int
    runs: int
    patience: float
    peers: tuple[str, ...]
    cache: str

    @property
    def folder(self) -> Path:
        """The data folder of this population; another way of making it is another population."""
        way = hashlib.sha256(MADE_BY.read_bytes()).hexdigest()[:8]
        return Path(self.cache) / f"{self.contacts}-{self.interactions}-{way}"

    @property
    def name(self) -> str:
        """A name for this population's database."""
        return f"facet_{self.folder.name.replace('-', '_')}"

    def quarter(self) -> Order:
        """The same with a quarter of the interactions."""
        return replace(self, interactions=self.interactions // 4)

    def text(self) -> str:
        """To hand to another process."""
        return json.dumps(asdict(self))


def read(text: str) -> Order:
    """An order from its text."""
    known: dict[str, Any] = json.loads(text)
    return Order(**{**known, "peers": tuple(known["peers"])})
