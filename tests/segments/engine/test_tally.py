"""Tallies over columns against the same counted one by one."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from segments.engine.judging.population import Builder
from segments.engine.language import moments
from segments.engine.statistics import tally

DAY = moments.DAY_US
KINDS = ("visit", "purchase")
START = moments.to_us(datetime(2026, 3, 1, tzinfo=UTC))


@pytest.fixture(params=range(5))
def world(request):
    """(population, sides, rows): rows are (contact, kind, at, colour)."""
    dice = np.random.default_rng(request.param)
    builder, rows = Builder(), []
    for one in range(60):
        builder.add_contact(one, {})
    for _ in range(700):
        one, kind = int(dice.integers(50)), KINDS[int(dice.integers(2))]
        at, colour = START + int(dice.integers(200 * DAY)), "rgb"[int(dice.integers(3))]
        builder.add_interaction(one, kind, at, {"colour": colour, "amount": str(int(dice.integers(90)) / 4)})
        rows.append((one, kind, at, colour))
    population = builder.build()
    return population, dice.integers(0, 3, 60).astype(np.uint8), rows, builder


def test_doers_by_how_often(world):
    population, side, rows, _ = world
    low, high = START + 20 * DAY, START + 120 * DAY
    found = tally.count_doers(
        population.offsets, population.kind, population.at, side, low, high, len(population.kinds)
    )
    for index, kind in enumerate(population.kinds):
        times = Counter(one for one, what, at, _ in rows if what == kind and low <= at < high)
        for group in (1, 2):
            expected = Counter(number for one, number in times.items() if side[one] == group)
            assert {n: int(c) for n, c in enumerate(found[group, index]) if c} == dict(expected)
    assert not found[0].any()


def test_holders_of_a_value_count_once(world):
    population, side, rows, _ = world
    column = population.properties["colour"]
    slot = np.array([{"r": 0, "g": 1}.get(entry, -1) for entry in column.dictionary.entries], np.int64)
    found = tally.count_holders(
        population.offsets, population.kind, population.at, column.codes, slot, 2, side, START, START + 90 * DAY,
        len(population.kinds),
    )  # fmt: skip
    holders = defaultdict(set)
    for one, kind, at, colour in rows:
        if at < START + 90 * DAY:
            holders[kind, colour].add(one)
    for index, kind in enumerate(population.kinds):
        for place, colour in enumerate("rg"):
            for group in (1, 2):
                expected = sum(1 for one in holders[kind, colour] if side[one] == group)
                assert found[group, index, place] == expected


def test_sums_by_contact(world):
    population, _, rows, _ = world
    column = population.properties["amount"]
    numbers = column.dictionary.numbers
    wanted = np.array([kind == "purchase" for kind in population.kinds])
    sums, having, count = tally.sum_up(
        population.offsets, population.kind, population.at, column.codes, numbers.scaled, numbers.readable, wanted,
        START, START + 90 * DAY,
    )  # fmt: skip
    expected = Counter(one for one, kind, at, _ in rows if kind == "purchase" and at < START + 90 * DAY)
    assert count.tolist() == [expected[one] for one in range(60)]
    assert having.tolist() == count.tolist()
    assert (sums > 0).sum() >= (count > 1).sum() * 0.9


def test_hours_of_the_week_are_local(world):
    population, side, rows, _ = world
    zone = ZoneInfo("Europe/Vienna")  # the clocks change within the time looked at
    start, offset = moments.zone_table(int(population.at.min()), int(population.at.max()), zone)
    found = tally.rows_by_hour(
        population.offsets, population.kind, population.at, side, START, START + 300 * DAY, start, offset,
        len(population.kinds),
    )  # fmt: skip
    expected = Counter()
    for one, kind, at, _ in rows:
        local = moments.to_datetime(at).astimezone(zone)
        expected[side[one], kind, local.weekday() * 24 + local.hour] += 1
    for group in (1, 2):
        for index, kind in enumerate(population.kinds):
            assert {h: int(n) for h, n in enumerate(found[group, index]) if n} == {
                h: n for (g, k, h), n in expected.items() if g == group and k == kind
            }


def test_who_came_again_in_which_span_after_the_first(world):
    population, side, rows, _ = world
    as_of, span, spans = START + 180 * DAY, 30 * DAY, 12
    wanted = np.array([kind == "purchase" for kind in population.kinds])
    again, known = tally.came_again(
        population.offsets, population.kind, population.at, side, wanted, span, spans, as_of
    )
    mine = defaultdict(list)
    for one, kind, at, _ in rows:
        if kind == "purchase" and at <= as_of:
            mine[one].append(at)
    for group in (1, 2):
        people = {one: sorted(ats) for one, ats in mine.items() if side[one] == group}
        assert known[group, 0] == len(people)
        for k in range(1, spans + 1):
            seen = {one: ats for one, ats in people.items() if ats[0] + k * span <= as_of}
            came = sum(
                any(ats[0] + (k - 1) * span < at <= ats[0] + k * span for at in ats[1:] if at > ats[0])
                for ats in seen.values()
            )
            assert (again[group, k], known[group, k]) == (came, len(seen))
