"""Whose turn it is: of a person's previews that follow each other, only the newest is worth counting.

Kept in the cache that all web processes share: nothing is lost with it but the saving of some work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic

from django.core.cache import cache

from segments.engine.judging.evaluate import Stopped

__all__ = ["Stopped", "Turn", "until_newer"]

KEPT = 600  # seconds
ASKED_EACH = 0.05  # seconds


@dataclass(frozen=True)
class Turn:
    """The `number`-th question of one sequence (`of`, named by who asks) of a person."""

    person: int
    of: str
    number: int

    @property
    def key(self) -> str:
        """Its place in the cache."""
        return f"turn:{self.person}:{sha256(self.of.encode()).hexdigest()[:32]}"

    def is_over(self) -> bool:
        """Whether a newer one was asked, or this one cancelled."""
        return int(cache.get(self.key, -1)) > self.number


def begin(turn: Turn) -> None:
    """Say that this one is asked. Raises `Stopped` where a newer one was asked already."""
    if turn.is_over():
        raise Stopped
    cache.set(turn.key, turn.number, KEPT)


def cancel(turn: Turn) -> None:
    """Nobody waits for this one any more, nor for those before it."""
    if not turn.is_over():
        cache.set(turn.key, turn.number + 1, KEPT)


def until_newer(turn: Turn | None) -> Callable[[], bool] | None:
    """Asked again and again while counting: is it over? Looks into the cache only now and then."""
    if turn is None:
        return None
    next_look = monotonic() + ASKED_EACH

    def over() -> bool:
        nonlocal next_look
        if monotonic() < next_look:
            return False
        next_look = monotonic() + ASKED_EACH
        return turn.is_over()

    return over
