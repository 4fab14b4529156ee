"""Student's t distribution, for the intervals of forecasts; small, so that no statistics package loads with a page."""

from __future__ import annotations

from math import exp, inf, lgamma, log

_STEPS = 300
_CLOSE = 1e-14


def cumulative(t: float, freedom: float) -> float:
    """The probability of a value up to `t`, with `freedom` degrees (not necessarily whole)."""
    tail = 0.5 * _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))
    return 1 - tail if t > 0 else tail


def quantile(probability: float, freedom: float) -> float:
    """The value that is not exceeded with `probability`, found by bisection."""
    if not 0 < probability < 1:
        return inf if probability >= 1 else -inf
    low, high = -1.0, 1.0
    while cumulative(low, freedom) > probability:
        low *= 2
    while cumulative(high, freedom) < probability:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        if cumulative(middle, freedom) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function, by Lentz's continued fraction (Numerical Recipes 6.4)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d = 1 + step * d
            d = 1 / (d if abs(d) > tiny else tiny)
            c = 1 + step / c
            c = c if abs(c) > tiny else tiny
            value *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return value
