"""When the answer of a rule for one contact will change if nothing happens.

Each condition is asked again, by the production engine, at the instants at which time can turn it, and the tree is put
together from that: the first instant at which the whole answer differs is the one looked for.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from segments.engine.judging import instants
from segments.engine.judging.evaluate import Standing, judge
from segments.engine.judging.population import Population
from segments.engine.language import moments
from segments.engine.language.plan import in_order
from segments.engine.language.reads import test_moves
from segments.engine.language.rules import (
    All,
    AnyOf,
    Condition,
    Interaction,
    Membership,
    Not,
    Regular,
    Rule,
    Span,
    conditions,
    says_nothing,
)
from segments.engine.why import turning

AHEAD = Span(2, "year")
MOST_ASKED = 8_000  # instants of one condition; a fifth of a second or so
A_CALL = 32  # what asking the engine takes at all, in instants
AT_ONCE, AT_ONCE_AT_MOST = 8, 256


@dataclass(frozen=True)
class Foresight:
    """`changes_at`: the first instant at which the answer differs, if it does before `looked_until`.

    `turned` are the conditions that turn at that instant.
    """

    holds: bool
    changes_at: int | None
    looked_until: int
    turned: tuple[Condition, ...] = ()


def horizon(population: Population, as_of: int, zone: ZoneInfo) -> turning.Horizon:
    """How far ahead is looked for a population of one contact."""
    return turning.Horizon(population, as_of, moments.step(as_of, AHEAD, 1, zone), zone)


def foresee(
    ahead: turning.Horizon,
    rules: Mapping[str, Rule],
    name: str,
    *,
    truth: Callable[[Condition], bool],
    given: Mapping[str, Standing] | None = None,
) -> Foresight:
    """What time alone does to the answer of one rule for the contact of a `horizon`; `truth` is a condition’s of now.

    `given` are segments whose members are known: a fixed one stays as it is, one by rule is followed from there.
    """
    return _Walk(ahead, rules, given or {}, truth).first_change(name)


class _Walk:
    """The truth of every condition a rule reaches, kept as time goes on."""

    def __init__(
        self,
        horizon: turning.Horizon,
        rules: Mapping[str, Rule],
        given: Mapping[str, Standing],
        truth: Callable[[Condition], bool],
    ) -> None:
        self.horizon = horizon
        self.now = truth
        self.rules = rules
        self.given = given
        self.asked = 0
        self.truths: dict[Condition, bool] = {}
        self.since: dict[str, int | None] = {}
        self.queue: list[tuple[int, int]] = []
        self.leaves: list[Condition] = []
        self.ahead: dict[Condition, dict[int, bool]] = {}
        self.instants: dict[Condition, list[int]] = {}
        self.batch: dict[Condition, int] = {}

    def first_change(self, name: str) -> Foresight:
        self._begin(name)
        root = self.rules[name]
        holds = self._answer(root)
        while self.queue:
            instant = self.queue[0][0]
            self.asked += len(self.leaves) // 4  # the tree is looked through again
            before = dict(self.truths)
            while self.queue and self.queue[0][0] == instant:
                leaf = self.leaves[heapq.heappop(self.queue)[1]]
                if not isinstance(leaf, Membership):
                    self.truths[leaf] = self._at(leaf, instant)
            self._follow(instant)
            if self._answer(root) != holds:
                turned = tuple(leaf for leaf, truth in self.truths.items() if truth != before[leaf])
                return Foresight(holds, instant, instant, turned)
            if self.asked > MOST_ASKED:
                return Foresight(holds, None, instant)
        return Foresight(holds, None, self.horizon.until)

    # ---- where it begins

    def _begin(self, name: str) -> None:
        """The conditions reached, their truth now, and the instants at which to ask again."""
        reached, names = dict[Condition, None](), [name]
        for slug in names:
            for part in conditions(self.rules[slug]):
                reached[part] = None
                if isinstance(part, Membership) and part.segment in self.rules and part.segment not in names:
                    names.append(part.segment)
        self.leaves = list(reached)
        self.order = list(in_order({slug: self.rules[slug] for slug in names}))
        self.truths = {leaf: self.now(leaf) for leaf in self.leaves}
        for slug in {leaf.segment for leaf in self.leaves if isinstance(leaf, Membership)}:
            self._note(slug, self._inside_now(slug), self._since_now(slug))
        for index, leaf in enumerate(self.leaves):
            if not isinstance(leaf, Membership):
                self.instants[leaf] = sorted(turning.turns(leaf, self.horizon))
                self.queue += [(instant, index) for instant in self.instants[leaf]]
        heapq.heapify(self.queue)

    def _inside_now(self, slug: str) -> bool:
        if slug in self.given:
            return bool(self.given[slug].members[0])
        return self._answer(self.rules[slug]) if slug in self.rules else False

    def _since_now(self, slug: str) -> int:
        standing = self.given.get(slug)
        return -moments.EVER if standing is None or standing.since is None else int(standing.since[0])

    # ---- as time goes on

    def _note(self, slug: str, inside: bool, since: int) -> None:
        """Remember since when the contact is in a segment, and when that will have been long enough."""
        if not inside:
            self.since[slug] = None
        elif self.since.get(slug) is None:
            self.since[slug] = since
            for index, leaf in enumerate(self.leaves):
                if isinstance(leaf, Membership) and leaf.segment == slug and leaf.held is not None:
                    reached = turning.crossings(since, leaf.held, 1, self.horizon.zone)
                    for instant in self.horizon.within(reached):
                        heapq.heappush(self.queue, (instant, index))

    def _follow(self, instant: int) -> None:
        """Who is in which segment from this instant on."""
        for slug in self.order:
            if slug in self.since:
                self._note(slug, self._answer(self.rules[slug]), instant)
            self._refresh(slug, instant)
        for slug in self.since:
            if slug not in self.order:
                self._refresh(slug, instant)

    def _refresh(self, slug: str, instant: int) -> None:
        for leaf in self.truths:
            if isinstance(leaf, Membership) and leaf.segment == slug:
                self.truths[leaf] = self._stands(leaf, instant) == leaf.inside

    def _stands(self, leaf: Membership, instant: int) -> bool:
        since = self.since.get(leaf.segment)
        if since is None or leaf.held is None:
            return since is not None
        return since <= moments.step(instant, leaf.held, -1, self.horizon.zone)

    def _answer(self, rule: Rule) -> bool:
        """The rule's answer from the truths kept: False where it says nothing."""
        return not says_nothing(rule) and self._truth(rule)

    def _truth(self, rule: Rule) -> bool:
        if isinstance(rule, Not):
            return not self._truth(rule.part)
        if isinstance(rule, All):
            return all(self._truth(part) for part in rule.parts if not says_nothing(part))
        if isinstance(rule, AnyOf):
            return any(self._truth(part) for part in rule.parts if not says_nothing(part))
        return self.truths[rule]

    # ---- asking the engine

    def _at(self, leaf: Condition, instant: int) -> bool:
        """The truth of a condition at one of its instants, by the production engine."""
        known = self.ahead.setdefault(leaf, {})
        if instant not in known:
            place = bisect_left(self.instants[leaf], instant)
            some = self.instants[leaf][place : place + self._at_once(leaf)]
            if isinstance(leaf, Interaction) and self._stands_still(leaf):
                known.update(zip(some, self._booleans(instants.interaction, leaf, some), strict=True))
            elif isinstance(leaf, Regular) and not any(test_moves(test) for test in leaf.where):
                known.update(zip(some, self._booleans(instants.regular, leaf, some), strict=True))
            else:
                known[instant] = self._one(leaf, instant)
        return known[instant]

    def _booleans(self, ask: Any, leaf: Condition, some: list[int]) -> list[bool]:
        self.asked += A_CALL + len(some)
        return [bool(truth) for truth in ask(self.horizon.population, leaf, some, self.horizon.zone)]

    def _at_once(self, leaf: Condition) -> int:
        """Few at first, as most walks end soon; twice as many each time."""
        self.batch[leaf] = min(self.batch.get(leaf, AT_ONCE // 2) * 2, AT_ONCE_AT_MOST)
        return self.batch[leaf]

    def _one(self, leaf: Condition, instant: int) -> bool:
        self.asked += 2 * A_CALL
        horizon = self.horizon
        verdicts = judge(horizon.population, {"": leaf}, as_of=instant, zone=horizon.zone, threads=1)
        return bool(verdicts.members[""][0])

    def _stands_still(self, leaf: Interaction) -> bool:
        """True if only its window moves, so that many instants can be asked in one pass over the rows."""
        population = self.horizon.population
        if leaf.pick and len(population.at) and int(population.at[-1]) > self.horizon.now:
            return False
        return not any(test_moves(test) for test in leaf.where)
