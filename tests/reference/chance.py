"""What drawing decides with: a few plain choices, each of which Hypothesis can shrink, or plain dice can make.

Strategies made anew for each case cost ten times more than these, and the judge is as good as the cases it sees.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


@lru_cache(maxsize=4096)
def _numbers(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


def shrinking(draw: st.DrawFn, low: int, high: int) -> int:
    """A whole number that Hypothesis draws, both ends included."""
    return draw(_numbers(low, high))


class Chance:
    """Choices for one case, made by drawing whole numbers between two ends; the first is the simplest."""

    def __init__(self, draw: Callable[[int, int], int]) -> None:
        self._draw = draw

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low if low == high else self._draw(low, high)

    def one(self, options: Sequence[T]) -> T:
        """One of some options."""
        return options[self.number(0, len(options) - 1)]

    def once_in(self, times: int) -> bool:
        """True once in so many times."""
        return self.number(1, times) == times

    def some(self, options: Sequence[T], least: int, most: int) -> list[T]:
        """A few of some options, each drawn anew."""
        return [self.one(options) for _ in range(self.number(least, most))]
