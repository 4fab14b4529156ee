"""Whether a size is unusual, by what it usually was: medians, so that one odd day in the past does not matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

FEWEST = 14  # days before anything is usual
FAR = 4.0  # so many robust deviations are far
LEAST = 0.2  # and so large a share of the usual size


@dataclass(frozen=True)
class Drift:
    """A size far from the usual one."""

    usual: int
    size: int

    @property
    def change(self) -> float:
        """The difference as a share of the usual size."""
        return (self.size - self.usual) / max(self.usual, 1)


def drift_of(sizes: Sequence[int], newest: int) -> Drift | None:
    """The drift of the newest size from the days before; None where it is as usual, or too little is known.

    A steady rise is not one: what is left after the usual daily step is looked at. The deviation is the median one
    times 1.4826, which is the standard deviation of normal sizes (Rousseeuw & Croux 1993, JASA 88, p. 1273).
    """
    if len(sizes) < FEWEST:
        return None
    half = len(sizes) // 2
    step = median((later - earlier) / half for earlier, later in zip(sizes, sizes[half:], strict=False))
    last = len(sizes)
    level = [size + step * (last - place) for place, size in enumerate(sizes)]
    usual = median(level)
    deviation = 1.4826 * median(abs(size - usual) for size in level)
    away = abs(newest - usual)
    if away <= FAR * max(deviation, 1.0) or away < LEAST * max(usual, 1):
        return None
    return Drift(round(usual), newest)
