"""Effect sizes against what the papers print, and against their definitions worked out pair by pair."""

from __future__ import annotations

from itertools import product
from math import asin, sqrt

import numpy as np
import pytest

from segments.engine.statistics.contrast import (
    benjamini_hochberg,
    compare_numbers,
    compare_shares,
    fisher,
    log_ratio,
    median,
    share_chance,
    wilson,
)


def test_wilson_as_newcombe_prints_it():
    # Newcombe (1998), Statistics in Medicine 17, p. 857, table I: 81 of 263 and 15 of 148
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20)[0] == 0
    assert wilson(0, 20)[1] == pytest.approx(0.1611, abs=5e-5)


@pytest.mark.parametrize(
    ("a", "n", "b", "m", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, p. 873, table II, method 10
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (10, 10, 0, 10, 0.6075, 1.0),
    ],
)
def test_difference_of_shares_as_newcombe_prints_it(a, n, b, m, low, high):
    found = compare_shares(a, n, b, m)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    assert found.difference == pytest.approx(a / n - b / m)


def test_ratio_of_shares_as_the_aspirin_study_prints_it():
    # Agresti, Categorical Data Analysis, section 3.1: 189 of 11,034 against 104 of 11,037: 1.82, from 1.43 to 2.30
    found = compare_shares(189, 11_034, 104, 11_037)
    assert found.ratio == pytest.approx(1.818, abs=5e-4)
    assert (found.ratio_low, found.ratio_high) == pytest.approx((1.433, 2.306), abs=2e-3)
    assert log_ratio(found) == pytest.approx(np.log(1.433), abs=2e-3)


def test_h_is_cohens():
    found = compare_shares(65, 100, 50, 100)
    assert found.h == pytest.approx(2 * asin(sqrt(0.65)) - 2 * asin(sqrt(0.5)))
    assert compare_shares(40, 100, 25, 100).h == pytest.approx(0.32, abs=5e-3)  # Cohen (1988), table 6.2.2


def test_nobody_in_the_second_group_has_no_ratio():
    found = compare_shares(5, 10, 0, 10)
    assert found.ratio is None
    assert log_ratio(found) == 0


def test_fisher_tastes_tea():
    assert fisher(3, 4, 1, 4) == pytest.approx(34 / 70)
    assert fisher(10, 10, 0, 10) == pytest.approx(2 / 184_756)
    assert share_chance(3, 4, 1, 400) == pytest.approx(fisher(3, 4, 1, 400))


def test_chance_of_equal_shares_is_one_and_of_far_ones_is_none():
    assert share_chance(10, 100, 100, 1_000) == pytest.approx(1.0)
    assert share_chance(0, 100, 0, 100) == 1.0
    assert share_chance(100, 100, 100, 100) == 1.0
    assert share_chance(900, 1_000, 100, 1_000) < 1e-200


def test_n_minus_1_chi_squared_by_its_formula():
    # 2 x 2 table 20 / 30 and 35 / 15 by hand: Pearson 9.0909 on 100; times 99/100: 9.0
    assert share_chance(20, 50, 35, 50) == pytest.approx(0.0026998, abs=1e-6)


def by_pairs(first, second):
    """Cliff's delta and its variance, from the definition."""
    n, m = len(first), len(second)
    signs = np.array([[np.sign(a - b) for b in second] for a in first], float)
    delta = signs.mean()
    rows, columns = signs.mean(axis=1), signs.mean(axis=0)
    variance = (
        m**2 * ((rows - delta) ** 2).sum()
        + n**2 * ((columns - delta) ** 2).sum()
        - ((signs - delta) ** 2).sum()
    ) / (n * m * (n - 1) * (m - 1))
    return delta, variance


def grouped(first, second):
    values = np.unique(np.concatenate([first, second]))
    return (
        values.astype(float),
        np.array([(first == value).sum() for value in values]),
        np.array([(second == value).sum() for value in values]),
    )


@pytest.mark.parametrize("seed", range(20))
def test_delta_from_counts_is_delta_from_pairs(seed):
    dice = np.random.default_rng(seed)
    first, second = dice.integers(0, 8, 30), dice.integers(1, 10, 17)
    delta, variance = by_pairs(first, second)
    found = compare_numbers(*grouped(first, second))
    assert found.delta == pytest.approx(delta)
    z = 1.959963984540054
    spread = z * sqrt(variance) * sqrt((1 - delta**2) ** 2 + z**2 * variance)
    scale = 1 - delta**2 + z**2 * variance
    assert found.low == pytest.approx((delta - delta**3 - spread) / scale)
    assert found.high == pytest.approx((delta - delta**3 + spread) / scale)


def test_interval_of_delta_holds_the_truth_nineteen_times_in_twenty():
    dice = np.random.default_rng(5)
    truth, held = 0.5204998778, 0  # of normals one apart: 2 Phi(1 / sqrt 2) - 1
    for _ in range(400):
        first, second = dice.normal(1, 1, 60), dice.normal(0, 1, 60)
        found = compare_numbers(*grouped(first, second))
        held += found.low <= truth <= found.high
    assert 0.92 <= held / 400 <= 0.98


def test_mann_whitney_by_hand():
    # 1..5 against 6..10: U = 0, mean 12.5, deviation sqrt(5 * 5 * 11 / 12): z = 2.611
    found = compare_numbers(*grouped(np.arange(1, 6), np.arange(6, 11)))
    assert found.delta == -1
    assert found.p == pytest.approx(0.00902, abs=1e-5)
    assert (found.first_median, found.second_median) == (3, 8)


def test_delta_of_yes_and_no_is_the_difference_of_shares():
    values = np.array([0.0, 1.0])
    found = compare_numbers(values, np.array([40, 60]), np.array([70, 30]))
    assert found.delta == pytest.approx(compare_shares(60, 100, 30, 100).difference)


def test_a_group_of_one_has_no_spread():
    assert compare_numbers(np.array([1.0, 2.0]), np.array([1, 0]), np.array([1, 5])) is None


def test_all_alike_differ_by_nothing():
    found = compare_numbers(np.array([7.0]), np.array([10]), np.array([20]))
    assert (found.delta, found.p) == (0, 1)


def test_median_is_somebodys():
    assert median(np.array([1.0, 2.0, 9.0]), np.array([1, 1, 2])) == 2
    assert median(np.array([1.0, 2.0, 9.0]), np.array([1, 1, 3])) == 9


def test_benjamini_hochberg_as_the_paper_does():
    # Benjamini & Hochberg (1995), section 3.2: of 15 p-values four stand at 5 %
    chances = [
        *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459),
        *(0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
    ]
    found = benjamini_hochberg(np.array(chances))
    assert (found <= 0.05).sum() == 4
    assert found[3] == pytest.approx(0.0095 * 15 / 4)
    shuffled = np.random.default_rng(1).permutation(15)
    assert benjamini_hochberg(np.array(chances)[shuffled]) == pytest.approx(found[shuffled])


def test_shares_of_every_small_table_stay_in_their_bounds():
    for n, m in product((1, 2, 7), repeat=2):
        for a, b in product(range(n + 1), range(m + 1)):
            found = compare_shares(a, n, b, m)
            assert -1 <= found.low <= found.difference + 1e-12
            assert found.difference - 1e-12 <= found.high <= 1
            assert 0 < found.p <= 1
