"""Conditions on interactions that no sum or count of the kernel decides: worked out here, block by block, exactly."""

from __future__ import annotations

import operator
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from segments.engine.judging import loops
from segments.engine.judging.block import Block
from segments.engine.judging.tables import NO_VALUES, SAFE
from segments.engine.language import moments, values
from segments.engine.language.operators import LEAST, MOST, interval
from segments.engine.language.rules import Attribute, Condition, Interaction, Regular, Sequence

Bools = npt.NDArray[np.bool_]
BEYOND = 2**63  # no number of 63 bits, nor any average of such, reaches it
_COMPARED = {
    "eq": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def elsewhere(block: Block, part: Condition) -> Bools:
    """Which contacts a condition with a loop of its own holds for."""
    if isinstance(part, Sequence):
        return sequence(block, part)
    if isinstance(part, Regular):
        return regular(block, part)
    assert isinstance(part, Interaction)
    return distinct(block, part)


def held(block: Block, part: Attribute) -> Bools:
    """Whether the attribute condition holds, and has for as long as is asked, by the log of changes."""
    population, plan = block.population, block.plan
    assert part.held_for is not None
    column = population.attributes.get(part.name)
    dictionary = NO_VALUES if column is None else column.dictionary
    codes = np.zeros(len(block), np.int32) if column is None else column.codes
    now = block.tables.decided(dictionary, part)[codes]
    before = bool(block.tables.decided(NO_VALUES, part)[0])
    history = population.histories.get(part.name)
    if history is None:
        return now & before
    since = moments.step(plan.as_of, part.held_for, -1, plan.zone)
    truth = block.tables.decided(history.column.dictionary, part)[history.column.codes]
    out = np.zeros(len(block), bool)
    loops.held(history.offsets, history.at, truth, since, plan.as_of, before, out)
    return now & out


# ---- numbers too large for the kernel


def _rows(block: Block, part: Interaction) -> Bools:
    """The rows that count: of the kind, passing the tests, in the window."""
    low, high = moments.bounds(part.window, block.plan.as_of, block.plan.zone)
    at = block.population.at
    return block.rows_of(part.kind, part.where) & (at >= low) & (at < high)


def ratio(value: Any, scale: int) -> tuple[int, int]:
    """How to compare an average of numbers of 63 bits with a limit in ints: sum x the first with count x the second."""
    limit = values.as_number(value)
    assert limit is not None
    exact = max(-BEYOND, min(Fraction(limit) * 10**scale, BEYOND))
    return exact.denominator, exact.numerator


def averages(block: Block, part: Interaction, op: str, value: Any) -> Bools:
    """A condition on an average whose limit is so fine that only Python's ints hold the products."""
    assert part.measure is not None
    column = block.column(part.measure.property or "")
    numbers = column.dictionary.numbers
    counted = _rows(block, part) & numbers.readable[column.codes]
    sums = _per_contact(block, np.where(counted, numbers.scaled[column.codes], 0))
    counts = _per_contact(block, counted.astype(np.int64))
    times, less = ratio(value, numbers.scale)
    compared = _COMPARED[op](sums.astype(object) * times, counts.astype(object) * less)
    return np.asarray(compared, bool) & (counts > 0)


def _per_contact(block: Block, numbers: Any) -> Any:
    """The sum of each contact's rows: differences of a running sum, which may pass 63 bits where they do not."""
    running = np.concatenate([[0], np.cumsum(numbers)])
    return running[block.population.offsets[1:]] - running[block.population.offsets[:-1]]


def slowly(block: Block, part: Interaction, op: str, value: Any) -> Bools:
    """A condition on a number where a value or a sum of somebody exceeds 63 bits: theirs with numbers of any size."""
    assert part.measure is not None
    limit = values.as_number(value)
    assert limit is not None
    column = block.column(part.measure.property or "")
    numbers = column.dictionary.numbers
    mask = _rows(block, part) & numbers.readable[column.codes]
    answer = _shortly(block, part, op, value, mask)
    wide = np.zeros(len(column.dictionary), bool)
    wide[list(numbers.wide)] = True
    sizes = _per_contact(block, np.where(mask, np.abs(numbers.scaled[column.codes].astype(float)), 0.0))
    long = (_per_contact(block, (mask & wide[column.codes]).astype(np.int64)) > 0) | (sizes >= SAFE / 2)
    population, wanted = block.population, Fraction(limit)
    for contact in np.flatnonzero(long):
        rows = range(int(population.offsets[contact]), int(population.offsets[contact + 1]))
        read = (values.as_number(column.dictionary.entries[column.codes[row]]) for row in rows if mask[row])
        result = _of(part.measure.fn, [Fraction(number) for number in read if number is not None])
        answer[contact] = result is not None and _COMPARED[op](result, wanted)
    return answer


def _shortly(block: Block, part: Interaction, op: str, value: Any, mask: Bools) -> Bools:
    """The condition for those whose numbers and sums 63 bits hold."""
    assert part.measure is not None
    fn = part.measure.fn
    if fn == "average":
        return averages(block, part, op, value)
    column = block.column(part.measure.property or "")
    numbers = column.dictionary.numbers
    low, high = interval(op, numbers.scale, value)
    if fn == "sum":
        found = _per_contact(block, np.where(mask, numbers.scaled[column.codes], 0))
        return (found >= low) & (found <= high)
    least, nothing = (np.minimum, MOST) if fn == "minimum" else (np.maximum, LEAST)
    each = np.append(np.where(mask, numbers.scaled[column.codes], nothing), nothing)
    found = least.reduceat(each, block.population.offsets[:-1]) if len(block) else np.zeros(0, np.int64)
    return (found >= low) & (found <= high) & (_per_contact(block, mask.astype(np.int64)) > 0)


def _of(fn: str, numbers: list[Fraction]) -> Fraction | None:
    if fn == "sum":
        return sum(numbers, Fraction(0))
    if not numbers:
        return None
    if fn == "average":
        return sum(numbers, Fraction(0)) / len(numbers)
    return min(numbers) if fn == "minimum" else max(numbers)


# ---- loops of their own


def distinct(block: Block, part: Interaction) -> Bools:
    """Which contacts have as many different values as is asked."""
    assert part.measure is not None
    assert part.op is not None
    column = block.column(part.measure.property or "")
    _, classes = column.dictionary.classes(column.dictionary.type)
    low, high = moments.bounds(part.window, block.plan.as_of, block.plan.zone)
    out = np.zeros(len(block), np.int64)
    loops.distinct(
        block.population.offsets,
        block.population.at,
        block.rows_of(part.kind, part.where),
        classes[column.codes],
        low,
        high,
        out,
    )
    least, most = interval("eq" if part.op == "ne" else part.op, 0, part.value)
    found = (out >= least) & (out <= most)
    return ~found if part.op == "ne" else found


def regular(block: Block, part: Regular) -> Bools:
    """Which contacts did it often enough in enough of the last blocks of time."""
    as_of, zone = block.plan.as_of, block.plan.zone
    borders = [moments.step(as_of, part.every, -k, zone) for k in range(part.of_last + 1)]
    out = np.zeros(len(block), np.int64)
    loops.regular(
        block.population.offsets,
        block.population.at,
        block.rows_of(part.kind, part.where),
        np.array(borders, np.int64),
        part.times,
        out,
    )
    return out >= part.at_least


def sequence(block: Block, part: Sequence) -> Bools:
    """Which contacts did the steps in time."""
    as_of, zone = block.plan.as_of, block.plan.zone
    masks = np.array([block.rows_of(step.kind, step.where) for step in part.steps], bool)
    low, high = moments.bounds(part.window, as_of, zone)
    at = np.asarray(block.population.at)
    deadline = moments.step(0, part.within, 1, zone) + at
    if part.within.unit in ("month", "year"):
        used = np.nonzero(masks.any(axis=0))[0]
        deadline[used] = [moments.step(int(at[row]), part.within, 1, zone) for row in used]
    out = np.zeros(len(block), bool)
    loops.sequence(
        block.population.offsets, at, deadline, masks, part.steps[-1].absent, low, high, as_of, out
    )
    return out
