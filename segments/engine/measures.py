"""Conditions on interactions: from the kernel's arrays to true or false, exactly."""

from __future__ import annotations

import operator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from segments.engine import kernel, moments, values
from segments.engine.block import Block
from segments.engine.operators import number_test
from segments.engine.rules import Interaction, Measure, Regular, Sequence

Bools = npt.NDArray[np.bool_]
SAFE = 2**62


def interaction(block: Block, part: Interaction) -> Bools:
    """Which contacts the condition holds for."""
    if part.pick:
        request = block.plan.request(part)
        assert request is not None
        return block.measured(request)[0] > 0
    if part.measure is None:
        request = block.plan.request(part)
        assert request is not None
        return block.measured(request)[1] > 0
    if part.op == "ne":
        return ~_compared(block, part, part.measure, "eq")
    assert part.op is not None
    return _compared(block, part, part.measure, part.op)


def _compared(block: Block, part: Interaction, measure: Measure, op: str) -> Bools:
    if op == "between":
        low, high = part.value
        return _one(block, part, measure, "gte", low) & _one(block, part, measure, "lte", high)
    return _one(block, part, measure, op, part.value)


def _one(block: Block, part: Interaction, measure: Measure, op: str, value: Any) -> Bools:
    limit = values.as_number(value)
    assert limit is not None
    if measure.fn == "distinct":
        return _test(op, _distinct(block, part), 0, limit)
    request = block.plan.request(part)
    assert request is not None
    out, seen = block.measured(request)
    if request.fn in (kernel.COUNT, kernel.CHANGES):
        return _test(op, seen, 0, limit)
    if not exact(block, measure):
        return _slowly(block, part, measure, op, limit)
    numbers = block.column(measure.property or "").dictionary.numbers
    if measure.fn == "average":
        return _average(out, seen, numbers.scale, op, limit)
    found = _test(op, out, numbers.scale, limit)
    return found if measure.fn == "sum" else found & (seen > 0)


def _test(op: str, scaled: Any, scale: int, limit: Decimal) -> Bools:
    return np.asarray(number_test(op, scaled, scale, limit), bool)


def _average(out: Any, seen: Any, scale: int, op: str, limit: Decimal) -> Bools:
    """sum / count against the limit, as sum x denominator against numerator x count: exact in ints."""
    ratio = Fraction(limit) * 10**scale
    top, bottom = ratio.numerator, ratio.denominator
    most = max(int(np.abs(out).max(initial=1)) * bottom, int(seen.max(initial=1)) * abs(top))
    kind: Any = np.int64 if most < SAFE else object
    left, right = out.astype(kind) * bottom, seen.astype(kind) * top
    return np.asarray(_COMPARED[op](left, right), bool) & (seen > 0)


_COMPARED = {
    "eq": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def exact(block: Block, measure: Measure) -> bool:
    """True if the kernel's 63 bits hold every value, and every sum of a contact's values."""
    numbers = block.column(measure.property or "").dictionary.numbers
    if numbers.wide:
        return False
    largest = int(np.abs(numbers.scaled).max(initial=0))
    return measure.fn in ("minimum", "maximum") or largest * max(block.population.most_rows(), 1) < SAFE


def _slowly(block: Block, part: Interaction, measure: Measure, op: str, limit: Decimal) -> Bools:
    """The same with Python's numbers of any size: only where a value or a sum exceeds 63 bits."""
    column = block.column(measure.property or "")
    read = [values.as_number(entry) for entry in column.dictionary.entries]
    mask, (low, high) = (
        block.rows_of(part.kind, part.where),
        moments.bounds(part.window, block.plan.as_of, block.plan.zone),
    )
    population, wanted = block.population, Fraction(limit)
    answer = np.zeros(len(block), bool)
    mask &= (population.at >= low) & (population.at < high)
    for contact in range(len(block)):
        rows = range(int(population.offsets[contact]), int(population.offsets[contact + 1]))
        numbers = [read[column.codes[row]] for row in rows if mask[row]]
        present = [Fraction(number) for number in numbers if number is not None]
        result = _of(measure.fn, present)
        if result is not None:
            compared = {"eq": result == wanted, "gt": result > wanted, "gte": result >= wanted}
            compared |= {"lt": result < wanted, "lte": result <= wanted}
            answer[contact] = compared[op]
    return answer


def _of(fn: str, numbers: list[Fraction]) -> Fraction | None:
    if fn == "sum":
        return sum(numbers, Fraction(0))
    if not numbers:
        return None
    if fn == "average":
        return sum(numbers, Fraction(0)) / len(numbers)
    return min(numbers) if fn == "minimum" else max(numbers)


def _distinct(block: Block, part: Interaction) -> Any:
    assert part.measure is not None
    column = block.column(part.measure.property or "")
    _, classes = column.dictionary.classes(column.dictionary.type)
    low, high = moments.bounds(part.window, block.plan.as_of, block.plan.zone)
    out = np.zeros(len(block), np.int64)
    kernel.distinct(
        block.population.offsets,
        block.population.at,
        block.rows_of(part.kind, part.where),
        classes[column.codes],
        low,
        high,
        out,
    )
    return out


def regular(block: Block, part: Regular) -> Bools:
    """Which contacts did it often enough in enough of the last blocks of time."""
    as_of, zone = block.plan.as_of, block.plan.zone
    borders = [moments.step(as_of, part.every, -k, zone) for k in range(part.of_last + 1)]
    out = np.zeros(len(block), np.int64)
    kernel.regular(
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
    kernel.sequence(
        block.population.offsets, at, deadline, masks, part.steps[-1].absent, low, high, as_of, out
    )
    return out
