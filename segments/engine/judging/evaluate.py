"""Judges a population by rules: who belongs, and how many at every node of a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from segments.engine.judging import kernel
from segments.engine.judging.block import Block, Standing
from segments.engine.judging.population import Population
from segments.engine.judging.program import Program, Ready
from segments.engine.judging.tables import Tables
from segments.engine.language.plan import Plan, in_order
from segments.engine.language.rules import Rule, parts_with_paths

Bools = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
BLOCK = 500_000  # so much work at once: a contact is as much as PER_CONTACT rows
PER_CONTACT = 16


@dataclass
class Verdicts:
    """What came of a run: members per rule (one bool a contact), and counts per node where asked for.

    `packed` holds the members a bit each, as `np.packbits` lays them; `members` unpacks them when asked for.
    """

    as_of: int
    members: Mapping[str, Bools]
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    packed: Mapping[str, Bits] = field(default_factory=dict)


def judge(
    population: Population,
    rules: Mapping[str, Rule],
    *,
    as_of: int,
    zone: ZoneInfo,
    given: Mapping[str, Standing] | None = None,
    count_nodes: tuple[str, ...] = (),
    wanted: tuple[str, ...] | None = None,
    counted: Bools | None = None,
    threads: int = 2,
    stop: Callable[[], bool] | None = None,
) -> Verdicts:
    """Who belongs to each rule as of an instant (microseconds since 1970).

    `rules` holds every rule that another refers to; `wanted` names those to report (all, unless given). `given` are
    segments whose members are known. Rules named in `count_nodes` get the exact count at every node, of the contacts
    marked in `counted` (all, unless given).
    Raises `plan.Circle` where segments refer to each other in a circle, and `Stopped` once `stop()`, asked again and
    again, says that nobody waits for the answer any more.
    """
    names = tuple(rules) if wanted is None else wanted
    in_order(rules)
    program = Program(Tables(Plan(rules, as_of=as_of, zone=zone), population), given or {})
    steps = [program.step(rules[name]) for name in names]
    nodes = {name: [(path, part) for path, part in parts_with_paths(rules[name])] for name in count_nodes}
    inner = [program.step(part) for parts in nodes.values() for _, part in parts]
    words = run(program, program.ready(steps + inner), threads, stop)
    bits = words.view(np.uint8)[:, : (len(population) + 7) // 8]
    if len(population) % 8:
        bits[:, -1] &= 256 - (256 >> len(population) % 8)
    if counted is not None and inner:
        bits[len(names) :] &= np.packbits(counted)
    totals = iter(np.bitwise_count(bits[len(names) :]).sum(axis=1, dtype=np.int64))
    packed = {name: bits[place] for place, name in enumerate(names)}
    return Verdicts(
        as_of=as_of,
        members=_Unpacked(packed, len(population)),
        counts={name: {path: int(next(totals)) for path, _ in parts} for name, parts in nodes.items()},
        packed=packed,
    )


class Stopped(Exception):
    """Nobody waits for the answer any more."""


def run(program: Program, ready: Ready, threads: int = 1, stop: Callable[[], bool] | None = None) -> Words:
    """The truth of the reported steps for everyone: 64 contacts a word."""
    size = len(program.tables.population)
    out = np.empty((len(ready.steps.reported), -(-size // kernel.WORD)), np.uint64)

    def work(piece: tuple[int, int]) -> None:
        if stop is not None and stop():
            raise Stopped
        start, end = piece
        given = np.zeros((len(ready.elsewhere), end - start), bool)
        if ready.elsewhere:
            block = Block(program.tables.population.cut(start, end), program.tables, start)
            for place, ask in enumerate(ready.elsewhere):
                given[place] = ask(block)
        kernel.judge(ready.rows, ready.series, ready.steps, given, start, end, out)

    pieces = list(pairwise(_cuts(ready.rows.offsets)))
    if len(pieces) == 1 or threads == 1:
        for piece in pieces:
            work(piece)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, pieces))
    return out


def _cuts(offsets: npt.NDArray[np.int64]) -> list[int]:
    """Where to cut the contacts into pieces of about as much work each."""
    size = len(offsets) - 1
    starts = np.arange(0, size, kernel.LANES)
    pieces = (offsets[starts] + starts * PER_CONTACT) // BLOCK
    return [*starts[np.flatnonzero(np.diff(pieces, prepend=-1))].tolist(), size]


class _Unpacked(Mapping[str, Bools]):
    """Members by rule, unpacked when asked for."""

    def __init__(self, packed: Mapping[str, Bits], size: int) -> None:
        self._packed, self._size = packed, size

    def __getitem__(self, name: str) -> Bools:
        return np.unpackbits(self._packed[name], count=self._size).view(bool)

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


class Judgement:
    """The truth of every part of some rules for the contacts of one block."""

    def __init__(self, block: Block, given: Mapping[str, Standing], start: int = 0) -> None:
        self.block = block
        self.given = given
        self.plan = block.plan
        self._known: dict[Rule, Bools] = {}
        # By identity: a deep rule takes long to hash, and the plan keeps its own.
        self._of_plan: dict[int, Bools] = {}
        parts = [part for rule in self.plan.rules.values() for _, part in parts_with_paths(rule)]
        self._ask(parts)
        self._of_plan = {id(part): self._known[part] for part in parts}

    def truth(self, rule: Rule) -> Bools:
        """For each contact of the block: does this node hold? Nobody where it says nothing."""
        found = self._of_plan.get(id(rule))
        if found is not None:
            return found
        if rule not in self._known:
            self._ask([rule])
        return self._known[rule]

    def _ask(self, rules: list[Rule]) -> None:
        program = Program(self.block.tables, self.given)
        words = run(program, program.ready([program.step(rule) for rule in rules]))
        bits = words.view(np.uint8)
        for place, rule in enumerate(rules):
            self._known[rule] = np.unpackbits(bits[place], count=len(self.block)).view(bool)
