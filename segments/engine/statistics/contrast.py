"""How two groups differ: effect sizes with intervals, and which differences are more than chance.

Groups are given as counts, so a million people cost what their distinct values cost. `first` is the group that the
comparison is about, `second` the one it is held against.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, erfc, exp, lgamma, log, sqrt

import numpy as np
import numpy.typing as npt

Z95 = 1.959963984540054  # 97.5 % point of the normal distribution
Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ShareContrast:
    """A share in each group: `a` of `n` against `b` of `m`.

    `difference` is a/n - b/m (a risk difference) with its interval; `ratio` (a/n) / (b/m), None where b is 0; `h` is
    Cohen's effect size of two shares; `p` the two-sided chance of such a difference among equals.
    """

    a: int
    n: int
    b: int
    m: int
    difference: float
    low: float
    high: float
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    h: float
    p: float

    @property
    def first(self) -> float:
        """The share in the first group."""
        return self.a / self.n

    @property
    def second(self) -> float:
        """The share in the second group."""
        return self.b / self.m


@dataclass(frozen=True)
class RankContrast:
    """A number in each group. `delta` is Cliff's: how much oftener one of the first has the larger number than one of
    the second, from -1 to 1; for yes and no it is the difference of shares, so both stand on one scale."""

    n: int
    m: int
    delta: float
    low: float
    high: float
    first_median: float
    second_median: float
    p: float


def wilson(hits: int, number: int, z: float = Z95) -> tuple[float, float]:
    """The 95 % interval of a share. Wilson (1927), JASA 22, p. 209."""
    share = hits / number
    middle = share + z * z / (2 * number)
    spread = z * sqrt(share * (1 - share) / number + z * z / (4 * number * number))
    scale = 1 + z * z / number
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def compare_shares(a: int, n: int, b: int, m: int) -> ShareContrast:
    """`a` of `n` against `b` of `m`. Both groups have somebody.

    Interval of the difference: Newcombe (1998), Statistics in Medicine 17, p. 873, method 10 (two Wilson intervals);
    of the ratio: Katz et al. (1978), Biometrics 34, p. 469; h: Cohen (1988), ch. 6.
    """
    first, second = a / n, b / m
    (low_1, high_1), (low_2, high_2) = wilson(a, n), wilson(b, m)
    difference = first - second
    ratio = ratio_low = ratio_high = None
    if b:
        ratio = first / second
        if a:
            spread = Z95 * sqrt(max(1 / a - 1 / n + 1 / b - 1 / m, 0.0))
            ratio_low, ratio_high = ratio * exp(-spread), ratio * exp(spread)
    return ShareContrast(
        a=a,
        n=n,
        b=b,
        m=m,
        difference=difference,
        low=difference - sqrt((first - low_1) ** 2 + (high_2 - second) ** 2),
        high=difference + sqrt((high_1 - first) ** 2 + (second - low_2) ** 2),
        ratio=ratio,
        ratio_low=ratio_low,
        ratio_high=ratio_high,
        h=2 * asin(sqrt(first)) - 2 * asin(sqrt(second)),
        p=share_chance(a, n, b, m),
    )


def share_chance(a: int, n: int, b: int, m: int) -> float:
    """Two-sided p of a 2 x 2 table: the N-1 chi-squared test where every expected count is at least 1, else Fisher's.

    Campbell (2007), Statistics in Medicine 26, p. 3661.
    """
    both, total = a + b, n + m
    if both in (0, total):
        return 1.0
    least = min(n, m) * min(both, total - both) / total
    if least < 1:
        return fisher(a, n, b, m)
    squared = (total - 1) * (a * (m - b) - b * (n - a)) ** 2 / (n * m * both * (total - both))
    return erfc(sqrt(squared / 2))


def fisher(a: int, n: int, b: int, m: int) -> float:
    """Two-sided p of Fisher's exact test: the chance of all tables that are no likelier than this one."""
    both, total = a + b, n + m

    def weight(k: int) -> float:
        return _choose(n, k) + _choose(m, both - k)

    seen = weight(a)
    whole = _choose(total, both)
    tables = range(max(0, both - m), min(n, both) + 1)
    return min(1.0, sum(exp(w - whole) for k in tables if (w := weight(k)) <= seen + 1e-7))


def _choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def compare_numbers(values: Floats, first: Counts, second: Counts) -> RankContrast | None:
    """Rising distinct values with how many of each group have each; None where a group has fewer than two.

    Cliff's delta and its variance: Cliff (1993), Psychological Bulletin 114, p. 494; the interval: Feng & Cliff (2004),
    Journal of Modern Applied Statistical Methods 3, p. 322; p: Mann and Whitney's U with ties, by its normal limit.
    """
    ones: Floats = np.asarray(first, np.float64)
    others: Floats = np.asarray(second, np.float64)
    n, m = float(ones.sum()), float(others.sum())
    if n < 2 or m < 2:
        return None
    below_2, below_1 = np.cumsum(others) - others, np.cumsum(ones) - ones
    dominance_1 = (below_2 - (m - below_2 - others)) / m
    dominance_2 = ((n - below_1 - ones) - below_1) / n
    delta = float(ones @ dominance_1) / n
    spread_1 = float(ones @ (dominance_1 - delta) ** 2)
    spread_2 = float(others @ (dominance_2 - delta) ** 2)
    pairs = n * m * (1 - delta * delta) - float(ones @ others)
    variance = (m * m * spread_1 + n * n * spread_2 - pairs) / (n * m * (n - 1) * (m - 1))
    variance = max(variance, (1 - delta * delta) / (n * m - 1))
    low, high = _around(delta, sqrt(variance))
    return RankContrast(
        n=int(n),
        m=int(m),
        delta=delta,
        low=low,
        high=high,
        first_median=median(values, ones),
        second_median=median(values, others),
        p=_rank_chance(delta, n, m, ones + others),
    )


def _around(delta: float, error: float) -> tuple[float, float]:
    """The interval of delta, leaning towards 0 near its ends."""
    squared = Z95 * Z95 * error * error
    scale = 1 - delta * delta + squared
    if scale <= 0:
        return delta, delta
    middle = delta - delta**3
    spread = Z95 * error * sqrt(max((1 - delta * delta) ** 2 + squared, 0.0))
    return max(-1.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def _rank_chance(delta: float, n: float, m: float, tied: Floats) -> float:
    total = n + m
    ties = float((tied**3 - tied).sum()) / (total * (total - 1))
    variance = n * m / 12 * (total + 1 - ties)
    return erfc(abs(n * m * delta / 2) / sqrt(variance) / sqrt(2)) if variance > 0 else 1.0


def median(values: Floats, counts: Counts | Floats) -> float:
    """The middle one of grouped values: the lower of two middle ones, so that it is a value that somebody has."""
    reached = np.cumsum(counts)
    return float(values[int(np.searchsorted(reached, reached[-1] / 2))])


def benjamini_hochberg(chances: Floats) -> Floats:
    """The share of false finds among those up to each, at most 1. Benjamini & Hochberg (1995), JRSS B 57, p. 289."""
    number = len(chances)
    order = np.argsort(chances, kind="stable")
    scaled = np.asarray(chances)[order] * number / np.arange(1, number + 1)
    out = np.empty(number, np.float64)
    out[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return out


def log_ratio(contrast: ShareContrast) -> float:
    """How surely a share is a multiple of the other: the log of the ratio's end nearer to 1; 0 where it may be 1."""
    if contrast.ratio_low is None or contrast.ratio_high is None:
        return 0.0
    if contrast.ratio_low > 1:
        return log(contrast.ratio_low)
    return log(contrast.ratio_high) if 0 < contrast.ratio_high < 1 else 0.0
