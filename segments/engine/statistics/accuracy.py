"""How often a segment is right about its people, by their votes, with the interval that so few or many allow."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from crm.kit.figures import percent

Z95 = 1.959963984540054
FEWEST = 5  # votes before a bad accuracy says anything


@dataclass(frozen=True)
class Accuracy:
    """The share of votes that said ‘right’, its 95 % interval and how many votes there were; all shares 0 to 1."""

    share: float
    low: float
    high: float
    n: int

    @property
    def breadth(self) -> float:
        """From the lower to the upper end of the interval."""
        return self.high - self.low

    @property
    def words(self) -> str:
        """`93 % right (84 to 97 %), 60 votes`; with no vote: `Nobody has voted yet`."""
        if not self.n:
            return "Nobody has voted yet"
        votes = "1 vote" if self.n == 1 else f"{self.n:,} votes"
        return f"{self.percent} right ({self.interval}), {votes}"

    @property
    def percent(self) -> str:
        """`93 %`: no finer than so few votes can say."""
        return percent(self.share, 0)

    @property
    def interval(self) -> str:
        """`84 to 97 %`."""
        return f"{100 * self.low:.0f} to {percent(self.high, 0)}"


def accuracy_of(right: int, n: int) -> Accuracy:
    """The accuracy of `right` among `n` votes, by Wilson's score interval (JASA 22, 1927); no vote: 0 to 1."""
    if n == 0:
        return Accuracy(0.0, 0.0, 1.0, 0)
    share = right / n
    spread = Z95 * Z95 / n
    middle = (share + spread / 2) / (1 + spread)
    half = Z95 / (1 + spread) * sqrt(share * (1 - share) / n + spread / (4 * n))
    return Accuracy(share, max(0.0, middle - half), min(1.0, middle + half), n)


def is_bad(accuracy: Accuracy, *, floor: float) -> bool:
    """True where enough people voted and even the interval's upper end is below the floor (0 to 1)."""
    return accuracy.n >= FEWEST and accuracy.high < floor
