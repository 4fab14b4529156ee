"""One contact asked as of many instants in one pass: the window of a condition moves from one instant to the next."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from segments.engine.judging import loops
from segments.engine.judging.block import Block
from segments.engine.judging.evaluate import run
from segments.engine.judging.population import Population
from segments.engine.judging.program import Program
from segments.engine.judging.tables import Tables
from segments.engine.language import moments
from segments.engine.language.plan import Plan
from segments.engine.language.rules import Interaction, Regular

Bools = npt.NDArray[np.bool_]


Asked = tuple[Interaction, list[int]]


def interactions(population: Population, asked: Sequence[Asked], zone: ZoneInfo) -> list[Bools]:
    """For each condition, and each of its rising instants: does it hold?

    Its `where` must not depend on the instant asked as of, nor may rows later than the first instant decide which is
    the last of them all.
    """
    if not asked:
        return []
    latest = max(instants[-1] for _, instants in asked)
    program = Program(Tables(Plan({}, as_of=latest, zone=zone), population), {})
    steps: dict[int, list[int]] = {}
    for place, (part, instants) in enumerate(asked):
        if program.gathers(part):
            bounds = [moments.bounds(part.window, instant, zone) for instant in instants]
            steps[place] = program.windows(part, bounds)
    truths = iter(_truths(program, [step for found in steps.values() for step in found]))
    return [
        np.array(
            [
                next(truths) if place in steps else _alone(population, part, instant, zone)
                for instant in instants
            ],
            bool,
        )
        for place, (part, instants) in enumerate(asked)
    ]


def _truths(program: Program, steps: list[int]) -> Bools:
    if not steps:
        return np.zeros(0, bool)
    return np.unpackbits(run(program, program.ready(steps)).view(np.uint8)[:, :1], axis=1)[:, 0].view(bool)


def _alone(population: Population, part: Interaction, instant: int, zone: ZoneInfo) -> bool:
    program = Program(_tables(population, part, instant, zone), {})
    return bool(run(program, program.ready([program.step(part)])).view(np.uint8)[0, 0] & 128)


def regular(population: Population, part: Regular, instants: list[int], zone: ZoneInfo) -> Bools:
    """For each instant: was the habit kept? Its `where` must not depend on the instant asked as of."""
    block = Block(population, _tables(population, part, instants[-1], zone))
    mask = block.rows_of(part.kind, part.where)
    at, offsets = population.at[mask], np.array([0, np.count_nonzero(mask)], np.int64)
    every, found = np.ones(len(at), bool), np.zeros(len(instants), bool)
    out = np.zeros(1, np.int64)
    for index, instant in enumerate(instants):
        borders = [moments.step(instant, part.every, -k, zone) for k in range(part.of_last + 1)]
        loops.regular(offsets, at, every, np.array(borders, np.int64), part.times, out)
        found[index] = out[0] >= part.at_least
    return found


def _tables(population: Population, part: Interaction | Regular, as_of: int, zone: ZoneInfo) -> Tables:
    return Tables(Plan({"": part}, as_of=as_of, zone=zone), population)
