"""Judges a population by rules: who belongs, and how many at every node of a rule."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from segments.engine import kernel, measures, moments
from segments.engine.block import Block
from segments.engine.plan import Plan, in_order
from segments.engine.population import Column, Population
from segments.engine.rules import (
    All,
    AnyOf,
    Attribute,
    Interaction,
    Membership,
    Not,
    Regular,
    Rule,
    Sequence,
    parts_with_paths,
    says_nothing,
)
from segments.engine.tables import NO_VALUES, Tables

Bools = npt.NDArray[np.bool_]
BLOCK = 32_768


@dataclass(frozen=True)
class Standing:
    """Members that are given, not worked out: a fixed segment. `since` is the instant each came in, per contact."""

    members: Bools
    since: npt.NDArray[np.int64] | None = None


@dataclass
class Verdicts:
    """What came of a run: members per rule (one bool a contact), and counts per node where asked for."""

    as_of: int
    members: dict[str, Bools]
    counts: dict[str, dict[str, int]] = field(default_factory=dict)


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
) -> Verdicts:
    """Who belongs to each rule as of an instant (microseconds since 1970).

    `rules` holds every rule that another refers to; `wanted` names those to report (all, unless given). `given` are
    segments whose members are known. Rules named in `count_nodes` get the exact count at every node, of the contacts
    marked in `counted` (all, unless given).
    Raises `plan.Circle` where segments refer to each other in a circle.
    """
    names = tuple(rules) if wanted is None else wanted
    in_order(rules)
    tables = Tables(Plan(rules, as_of=as_of, zone=zone), population)
    starts = range(0, max(len(population), 1), BLOCK)

    def run(start: int) -> tuple[dict[str, Bools], dict[str, dict[str, int]]]:
        stop = min(start + BLOCK, len(population))
        judged = Judgement(Block(population.cut(start, stop), tables), given or {}, start)
        members = {name: judged.truth_of_rule(rules[name]) for name in names}
        marked = None if counted is None else counted[start:stop]
        return members, {name: judged.counts(rules[name], marked) for name in count_nodes}

    if len(starts) == 1 or threads == 1:
        done = [run(start) for start in starts]
    else:
        done = [run(starts[0])]  # decides the dictionaries once, for all
        with ThreadPoolExecutor(threads) as pool:
            done += pool.map(run, starts[1:])
    return Verdicts(
        as_of=as_of,
        members={name: np.concatenate([members[name] for members, _ in done]) for name in names},
        counts={name: _added([counts[name] for _, counts in done]) for name in count_nodes},
    )


def _added(counts: list[dict[str, int]]) -> dict[str, int]:
    return {path: sum(block[path] for block in counts) for path in counts[0]}


class Judgement:
    """The truth of rules over one block; equal parts of different rules are worked out once."""

    def __init__(self, block: Block, given: Mapping[str, Standing], start: int) -> None:
        self.block = block
        self.given = given
        self.start = start
        self.plan = block.plan
        self._known: dict[Rule, Bools] = {}

    def truth_of_rule(self, rule: Rule) -> Bools:
        """Who belongs: nobody where the rule says nothing."""
        return np.zeros(len(self.block), bool) if says_nothing(rule) else self.truth(rule)

    def counts(self, rule: Rule, marked: Bools | None = None) -> dict[str, int]:
        """How many (marked) contacts each node holds for, by path; 0 where it says nothing."""
        truths = ((path, self.truth_of_rule(part)) for path, part in parts_with_paths(rule))
        return {
            path: int(np.count_nonzero(truth if marked is None else truth & marked)) for path, truth in truths
        }

    def truth(self, rule: Rule) -> Bools:
        """For each contact of the block: does this node hold? Not to be written to."""
        known = self._known.get(rule)
        if known is None:
            known = self._known[rule] = self._work_out(rule)
        return known

    def _work_out(self, rule: Rule) -> Bools:
        if isinstance(rule, Not):
            return ~self.truth(rule.part)
        if isinstance(rule, All | AnyOf):
            said = [part for part in rule.parts if not says_nothing(part)]
            truth = self.truth(said[0]).copy()
            for part in said[1:]:
                if isinstance(rule, All):
                    truth &= self.truth(part)
                else:
                    truth |= self.truth(part)
            return truth
        if isinstance(rule, Attribute):
            return self._attribute(rule)
        if isinstance(rule, Interaction):
            return measures.interaction(self.block, rule)
        if isinstance(rule, Sequence):
            return measures.sequence(self.block, rule)
        if isinstance(rule, Regular):
            return measures.regular(self.block, rule)
        return self._membership(rule)

    def _attribute(self, rule: Attribute) -> Bools:
        population = self.block.population
        column = population.attributes.get(rule.name)
        if column is None:
            column = Column(np.zeros(len(self.block), np.int32), NO_VALUES)
        now = self.block.tables.decided(column.dictionary, rule)[column.codes]
        if rule.held_for is None:
            return now
        since = moments.step(self.plan.as_of, rule.held_for, -1, self.plan.zone)
        before = bool(self.block.tables.decided(NO_VALUES, rule)[0])
        history = population.histories.get(rule.name)
        if history is None:
            return now & before
        truth = self.block.tables.decided(history.column.dictionary, rule)[history.column.codes]
        out = np.zeros(len(self.block), bool)
        kernel.held(history.offsets, history.at, truth, since, self.plan.as_of, before, out)
        return now & out

    def _membership(self, rule: Membership) -> Bools:
        if rule.segment in self.given:
            standing = self.given[rule.segment]
            stop = self.start + len(self.block)
            inside = standing.members[self.start : stop]
            if rule.held is not None and standing.since is not None:
                limit = moments.step(self.plan.as_of, rule.held, -1, self.plan.zone)
                inside = inside & (standing.since[self.start : stop] <= limit)
        else:
            inside = self.truth_of_rule(self.plan.rules[rule.segment])
        return inside if rule.inside else ~inside
