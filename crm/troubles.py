"""What is wrong now and must be mended: told by each storey, shown in one place, alerted to whom it concerns.

A storey registers its source in `AppConfig.ready`; it answers from what the database says now, in a fixed number of
queries, so that a trouble that is over is over without anybody saying so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong. `key` names it as long as it lasts; `text` says why and how to mend it.

    `to` is the id of the colleague whose it is; None (or somebody who no longer signs in): the administrators.
    """

    key: str
    title: str
    text: str
    url: str = ""
    to: int | None = None
    severe: bool = True


# name of the source -> what is wrong as of an instant
TROUBLES: dict[str, Callable[[datetime], Iterable[Trouble]]] = {}


def all_troubles(at: datetime) -> list[Trouble]:
    """Everything that is wrong now, the severe first."""
    found: list[Trouble] = []
    for source in TROUBLES.values():
        found += source(at)
    return sorted(found, key=lambda trouble: not trouble.severe)
