"""What was seen of one contact where a condition looked: the value, the measured figure, the interactions behind it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from segments.engine.judging.block import Block
from segments.engine.language import moments, values
from segments.engine.language.rules import Attribute, Interaction, Regular, Sequence, Step

Ints = npt.NDArray[np.int64]
NAMED = 5
HUGE = 400  # decimal places beyond which a figure is not worked out to be shown


@dataclass(frozen=True)
class Figures:
    """What an interaction condition found: its figure, the rows that counted (newest last), the newest row outside.

    `figure` is None where nothing can be worked out, as with the average of nothing. `rows` are places in the
    population, whose rows are sorted by instant.
    """

    figure: Fraction | None
    rows: Ints
    outside: int | None = None


def attribute_value(block: Block, part: Attribute) -> Any:
    """The value the contact has now; None where it is missing."""
    column = block.population.attributes.get(part.name)
    return None if column is None else column.dictionary.entries[int(column.codes[0])]


def held_since(block: Block, part: Attribute) -> int | None:
    """Since when the condition's answer has been what it is, by the log of changes; None where the log does not say."""
    history = block.population.histories.get(part.name)
    if history is None:
        return None
    truth = block.tables.decided(history.column.dictionary, part)[history.column.codes]
    known = history.at <= block.plan.as_of
    at, truth = history.at[known], truth[known]
    if not len(at):
        return None
    other = np.nonzero(truth != truth[-1])[0]
    return int(at[other[-1] + 1]) if len(other) else int(at[0])


def interaction(block: Block, part: Interaction) -> Figures:
    """The figure of an interaction condition, and the rows behind it."""
    population, as_of = block.population, block.plan.as_of
    low, high = moments.bounds(part.window, as_of, block.plan.zone)
    exists = population.at <= as_of
    kind = block.rows_of(part.kind, ()) & exists
    if part.pick:
        ever = np.nonzero(kind)[0]
        row = ever[:1] if part.pick == "first" else ever[-1:]
        return Figures(None, row)
    passed = block.rows_of(part.kind, part.where) & exists
    inside = passed & (population.at >= low) & (population.at < high)
    outside = np.nonzero(passed & ~inside)[0]
    rows = np.nonzero(inside)[0]
    found, figure = _measured(block, part, rows)
    return Figures(figure, found, int(outside[-1]) if len(outside) else None)


def _measured(block: Block, part: Interaction, rows: Ints) -> tuple[Ints, Fraction | None]:
    fn = part.measure.fn if part.measure else "count"
    if fn == "count":
        return rows, Fraction(len(rows))
    if fn.startswith("distinct_"):
        return rows, Fraction(len(_calendar(block, fn, rows)))
    assert part.measure is not None
    column = block.column(part.measure.property or "")
    codes = column.codes[rows]
    if fn == "distinct":
        _, classes = column.dictionary.classes(column.dictionary.type)
        told = classes[codes] >= 0
        return rows[told], Fraction(len(np.unique(classes[codes[told]])))
    read = [values.as_number(column.dictionary.entries[int(code)]) for code in codes]
    if any(number is not None and abs(number.adjusted()) > HUGE for number in read):
        return rows, None
    numbers = [Fraction(number) for number in read if number is not None]
    kept = rows[np.array([number is not None for number in read], bool)]
    if fn == "sum":
        return kept, sum(numbers, Fraction(0))
    if not numbers:
        return kept, None
    if fn == "average":
        return kept, sum(numbers, Fraction(0)) / len(numbers)
    best = min(numbers) if fn == "minimum" else max(numbers)
    return kept[np.array([number == best for number in numbers], bool)], best


def _calendar(block: Block, fn: str, rows: Ints) -> set[int]:
    days = moments.local_days(np.asarray(block.population.at)[rows], block.plan.zone)
    if fn == "distinct_weeks":
        return {int(day + 3) // 7 for day in days}
    if fn == "distinct_months":
        return {int(month) for month in days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)}
    return {int(day) for day in days}


def regular(block: Block, part: Regular) -> tuple[int, Ints]:
    """In how many of the blocks it was done often enough, and the rows of those blocks."""
    as_of, zone = block.plan.as_of, block.plan.zone
    borders = [moments.step(as_of, part.every, -k, zone) for k in range(part.of_last + 1)]
    rows = np.nonzero(block.rows_of(part.kind, part.where))[0]
    at = block.population.at[rows]
    kept, full = [np.zeros(0, np.int64)], 0
    for newer, older in pairwise(borders):
        within = rows[(at > older) & (at <= newer)]
        if len(within) >= part.times:
            full += 1
            kept.insert(0, within)
    return full, np.concatenate(kept)


def chain(block: Block, part: Sequence) -> list[int]:
    """The rows of the newest chain of steps that makes the condition true; empty where there is none."""
    at = block.population.at
    low, high = moments.bounds(part.window, block.plan.as_of, block.plan.zone)
    steps = part.steps[:-1] if part.steps[-1].absent else part.steps
    reached = [row for row in rows_of(block, steps[0]) if low <= at[row] < high]
    before: dict[tuple[int, int], int] = {}
    deadline = _deadlines(block, part)
    for place, step in enumerate(steps[1:], 1):
        instants, now = [int(at[row]) for row in reached], []
        for row in rows_of(block, step):
            found = bisect_left(instants, int(at[row])) - 1
            if found >= 0 and deadline(reached[found]) >= at[row]:
                before[place, row] = reached[found]
                now.append(row)
        reached = now
    if part.steps[-1].absent:
        reached = [row for row in reached if _lapsed(block, part, row, deadline(row))]
    if not reached:
        return []
    rows = [reached[-1]]
    for place in range(len(steps) - 1, 0, -1):
        rows.insert(0, before[place, rows[0]])
    return rows


def rows_of(block: Block, step: Step) -> list[int]:
    """The rows that are a step, up to as-of."""
    rows = block.rows_of(step.kind, step.where) & (block.population.at <= block.plan.as_of)
    return [int(row) for row in np.nonzero(rows)[0]]


def _deadlines(block: Block, part: Sequence) -> Callable[[int], int]:
    return lambda row: moments.step(int(block.population.at[row]), part.within, 1, block.plan.zone)


def _lapsed(block: Block, part: Sequence, row: int, deadline: int) -> bool:
    at = block.population.at
    came = any(at[row] < at[other] <= deadline for other in rows_of(block, part.steps[-1]))
    return deadline <= block.plan.as_of and not came
