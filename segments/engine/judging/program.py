"""Rules as steps for the kernel: equal parts of different rules are one step, each after those it builds on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from segments.engine.judging import kernel, measures
from segments.engine.judging.addresses import Addresses
from segments.engine.judging.block import Block, Standing
from segments.engine.judging.columns import Pool, plain
from segments.engine.judging.grouping import NOTHING_DONE
from segments.engine.judging.series import PICKS, Layout, Request, request_of
from segments.engine.judging.tables import NO_VALUES, Tables
from segments.engine.language import moments
from segments.engine.language.operators import MOST, NOWHERE, interval
from segments.engine.language.rules import (
    All,
    AnyOf,
    Attribute,
    Interaction,
    Membership,
    Not,
    Rule,
    says_nothing,
)

Bools = npt.NDArray[np.bool_]
Limits = tuple[int, int]
Elsewhere = Callable[[Block], Bools]


@dataclass
class _Step:
    operation: int
    a: int = 0
    b: int = 0
    limits: Limits = NOWHERE
    times: int = 1
    less: int = 0
    some: int = 0
    request: Request | None = None  # where its cells lie is known once all requests are

    def of(self, request: Request | None) -> _Step:
        """The same of another request."""
        return _Step(self.operation, self.a, self.b, self.limits, self.times, self.less, self.some, request)


@dataclass(frozen=True)
class Ready:
    """What the kernel takes. The addresses are kept as the kernel reads the columns by them."""

    rows: kernel.Rows
    series: kernel.Series
    steps: kernel.Steps
    elsewhere: tuple[Elsewhere, ...]
    kept: tuple[Addresses, Addresses]


class Program:
    """Steps for the rules of a plan; `given` names the segments whose members are known."""

    def __init__(self, tables: Tables, given: Mapping[str, Standing]) -> None:
        self.tables = tables
        self.plan = tables.plan
        self._given = given
        self._steps: list[_Step] = []
        self._parts: list[int] = []
        self._known: dict[Rule, int] = {}
        self._attributes = Addresses(tables.population.attributes)
        self._looked: dict[str, list[tuple[int, Bools]]] = {}  # of each column, the steps that ask for it
        self._elsewhere: list[Elsewhere] = []

    def step(self, rule: Rule) -> int:
        """The step that decides a rule: nobody where it says nothing."""
        found = self._known.get(rule)
        if found is None:
            found = self._known[rule] = self._new(rule)
        return found

    def _add(self, step: _Step) -> int:
        self._steps.append(step)
        return len(self._steps) - 1

    def _new(self, rule: Rule) -> int:
        if says_nothing(rule):
            return self._add(_Step(kernel.CONSTANT, 0))
        if isinstance(rule, Not):
            return self._not(self.step(rule.part))
        if isinstance(rule, All | AnyOf):
            parts = [self.step(part) for part in rule.parts if not says_nothing(part)]
            return self._group(kernel.ALL if isinstance(rule, All) else kernel.ANY, parts)
        if isinstance(rule, Attribute):
            return self._attribute(rule)
        if isinstance(rule, Membership):
            return self._membership(rule)
        if isinstance(rule, Interaction):
            bounds = moments.bounds(rule.window, self.plan.as_of, self.plan.zone)
            return self.interaction(rule, *bounds)
        return self._out(lambda block: measures.elsewhere(block, rule))

    def _not(self, step: int) -> int:
        return self._add(_Step(kernel.NOT, step))

    def _group(self, operation: int, parts: list[int]) -> int:
        begin = len(self._parts)
        self._parts += parts
        return self._add(_Step(operation, begin, len(self._parts)))

    def _out(self, ask: Elsewhere) -> int:
        """A step whose truth is worked out block by block before the kernel."""
        self._elsewhere.append(ask)
        return self._add(_Step(kernel.GIVEN, len(self._elsewhere) - 1))

    # ---- attributes and segments

    def _attribute(self, rule: Attribute) -> int:
        if rule.held_for is not None:
            return self._out(lambda block: measures.held(block, rule))
        if rule.name not in self._attributes:
            return self._add(_Step(kernel.CONSTANT, int(self.tables.decided(NO_VALUES, rule)[0])))
        dictionary = self.tables.population.attributes[rule.name].dictionary
        step = self._add(_Step(kernel.ATTRIBUTE))
        self._looked.setdefault(rule.name, []).append((step, self.tables.decided(dictionary, rule)))
        return step

    def _membership(self, rule: Membership) -> int:
        if not rule.inside:
            return self._not(self.step(replace(rule, inside=True)))
        standing = self._given.get(rule.segment)
        if standing is not None and not standing.judged:
            return self._out(lambda block: standing.holds(rule, block))
        inside = self.step(self.plan.rules[rule.segment])
        if standing is None or rule.held is None:
            return inside
        return self._group(kernel.ALL, [inside, self._out(lambda block: standing.holds(rule, block))])

    # ---- what was done

    def interaction(self, part: Interaction, low: int, high: int) -> int:
        """The step of an interaction condition whose window is [low, high)."""
        request = request_of(part, low, high)
        if request is None:
            return self._out(lambda block: measures.elsewhere(block, part))
        if part.measure is None:
            return self._add(_Step(kernel.COUNTED, limits=(1, MOST), request=request))
        if part.op == "ne":
            return self._not(self._compared(part, request, "eq", part.value))
        assert part.op is not None
        if part.op == "between" and request.property:
            ends = zip(("gte", "lte"), part.value, strict=True)
            return self._group(kernel.ALL, [self._compared(part, request, op, value) for op, value in ends])
        return self._compared(part, request, part.op, part.value)

    def windows(self, part: Interaction, bounds: Sequence[tuple[int, int]]) -> list[int]:
        """The steps of an interaction condition in one window after the other; what it asks is read once."""
        before = len(self._steps)
        found = [self.interaction(part, *bounds[0])]
        made = self._steps[before:]
        alike = len(made) == 1 and made[0].request is not None
        for low, high in bounds[1:]:
            if alike:
                found.append(self._add(made[0].of(request_of(part, low, high))))
            else:
                found.append(self.interaction(part, low, high))
        return found

    def gathers(self, part: Interaction) -> bool:
        """True if the kernel can decide the condition in any window."""
        before = len(self._elsewhere)
        self.step(part)
        return len(self._elsewhere) == before

    def _compared(self, part: Interaction, request: Request, op: str, value: Any) -> int:
        assert part.measure is not None
        fn = part.measure.fn
        if not request.property:
            return self._add(
                _Step(kernel.COUNTED, limits=_countable(*interval(op, 0, value)), request=request)
            )
        dictionary = self.tables.dictionary(request.property)
        if not self.tables.exact(fn, dictionary):
            return self._out(lambda block: measures.slowly(block, part, op, value))
        scale = dictionary.numbers.scale
        if fn != "average":
            operation = kernel.SUMMED if fn == "sum" else kernel.EXTREME
            return self._add(_Step(operation, limits=interval(op, scale, value), request=request))
        times, less = measures.ratio(value, scale)
        if not self.tables.comparable(dictionary, times, less):
            return self._out(lambda block: measures.averages(block, part, op, value))
        limits = interval(op, 0, Decimal(0))
        return self._add(_Step(kernel.SUMMED, limits=limits, times=times, less=less, some=1, request=request))

    # ---- for the kernel

    def ready(self, reported: list[int]) -> Ready:
        """The tables, with the steps whose truth is wanted."""
        requests = [step.request for step in self._steps if step.request is not None]
        layout = Layout(requests, self.tables, self.plan.as_of + 1)
        for step in self._steps:
            if step.request is not None:
                _place(step, layout)
        series = layout.series()
        steps = self._table(reported)
        population = self.tables.population
        grouped = population.by_kind if requests else NOTHING_DONE
        rows = kernel.Rows(
            offsets=plain(population.offsets, np.int64),
            kind=plain(population.kind, np.int16),
            at=plain(population.at, np.int64),
            pairs=plain(grouped.pairs, np.int64),
            owners=plain(grouped.owners, np.int32),
            starts=plain(grouped.starts, np.int64),
            moments=plain(grouped.at, np.int64),
            source=plain(grouped.source, np.uint32),
            lanes=plain(grouped.lanes, np.uint16),
            attributes=self._attributes.array(),
            properties=layout.properties.array(),
        )
        return Ready(rows, series, steps, tuple(self._elsewhere), (self._attributes, layout.properties))

    def _table(self, reported: list[int]) -> kernel.Steps:
        def column(of: Callable[[_Step], int]) -> Any:
            return plain([of(step) for step in self._steps], np.int64)

        looks = [
            (self._attributes.place(name), asked)
            for name, all_asked in self._looked.items()
            for asked in _eights(all_asked)
        ]
        verdicts = Pool(np.uint8)
        return kernel.Steps(
            operation=column(lambda step: step.operation),
            a=column(lambda step: step.a),
            b=column(lambda step: step.b),
            low=column(lambda step: step.limits[0]),
            high=column(lambda step: step.limits[1]),
            times=column(lambda step: step.times),
            less=column(lambda step: step.less),
            some=column(lambda step: step.some),
            parts=plain(self._parts, np.int64),
            looks=plain([column for column, _ in looks], np.int64),
            look_start=plain([0, *accumulate(len(asked) for _, asked in looks)], np.int64),
            looked=plain([step for _, asked in looks for step, _ in asked], np.int64),
            look_verdicts=plain(
                [verdicts.put(place, _bits(asked)) for place, (_, asked) in enumerate(looks)], np.int64
            ),
            verdicts=verdicts.array(),
            reported=plain(reported, np.int64),
        )


def _eights(asked: Sequence[tuple[int, Bools]]) -> list[Sequence[tuple[int, Bools]]]:
    return [asked[place : place + 8] for place in range(0, len(asked), 8)]


def _bits(asked: Sequence[tuple[int, Bools]]) -> npt.NDArray[np.uint8]:
    """The verdicts of up to eight conditions on the entries of one dictionary, a bit each."""
    bits = np.zeros(len(asked[0][1]), np.uint8)
    for place, (_, verdicts) in enumerate(asked):
        bits |= verdicts.view(np.uint8) << np.uint8(place)
    return bits


def _place(step: _Step, layout: Layout) -> None:
    assert step.request is not None
    place = layout.places[step.request]
    step.a, step.b = place.begin, place.end
    if step.request.fn in PICKS:  # one figure, in the first cell: which cell the row picked lies in, from 1
        step.a, step.b = place.first, place.last
        step.limits = (place.begin - place.first + 1, place.end - place.first)


def _countable(low: int, high: int) -> tuple[int, int]:
    """The limits of a count, which the kernel keeps in 32 bits: none is beyond them, or below nothing."""
    return max(0, min(low, 2**31 - 1)), max(-1, min(high, 2**31 - 1))
