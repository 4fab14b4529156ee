"""When the answer of a rule for one contact will change if nothing happens.

Each condition is asked again, by the production engine, at the instants at which time can turn it, and the tree is put
together from that: the first instant at which the whole answer differs is the one looked for.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from segments.engine.judging.evaluate import Standing
from segments.engine.judging.population import Population
from segments.engine.language import moments
from segments.engine.language.plan import in_order
from segments.engine.language.rules import (
    All,
    AnyOf,
    Condition,
    Membership,
    Not,
    Rule,
    Span,
    conditions,
    says_nothing,
)
from segments.engine.why import turning
from segments.engine.why.asking import Ahead

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


def horizon(population: Population, as_of: int, zone: ZoneInfo) -> Ahead:
    """How far ahead is looked for a population of one contact."""
    return Ahead(turning.Horizon(population, as_of, moments.step(as_of, AHEAD, 1, zone), zone))


def expect(ahead: Ahead, rules: Mapping[str, Rule], names: Iterable[str]) -> None:
    """Several rules will be foreseen: ask at once what each of them asks first."""
    ahead.expect(_reached(rules, names)[0], AT_ONCE)


def _reached(rules: Mapping[str, Rule], names: Iterable[str]) -> tuple[list[Condition], list[str]]:
    """The conditions that some rules reach, each once, and the names of all rules they lie in."""
    reached, found = dict[Condition, None](), list(names)
    for slug in found:
        for part in conditions(rules[slug]):
            reached[part] = None
            if isinstance(part, Membership) and part.segment in rules and part.segment not in found:
                found.append(part.segment)
    return list(reached), found


def foresee(
    ahead: Ahead,
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
        ahead: Ahead,
        rules: Mapping[str, Rule],
        given: Mapping[str, Standing],
        truth: Callable[[Condition], bool],
    ) -> None:
        self.ahead = ahead
        self.horizon = ahead.horizon
        self.now = truth
        self.rules = rules
        self.given = given
        self.asked = 0
        self.truths: dict[Condition, bool] = {}
        self.since: dict[str, int | None] = {}
        self.queue: list[tuple[int, int]] = []
        self.leaves: list[Condition] = []
        self.known: dict[Condition, dict[int, bool]] = {}
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
        self.leaves, names = _reached(self.rules, [name])
        self.order = list(in_order({slug: self.rules[slug] for slug in names}))
        self.truths = {leaf: self.now(leaf) for leaf in self.leaves}
        for slug in {leaf.segment for leaf in self.leaves if isinstance(leaf, Membership)}:
            self._note(slug, self._inside_now(slug), self._since_now(slug))
        for index, leaf in enumerate(self.leaves):
            if not isinstance(leaf, Membership):
                self.queue += [(instant, index) for instant in self.ahead.turns(leaf)]
        heapq.heapify(self.queue)

    def _inside_now(self, slug: str) -> bool:
        standing = self.given.get(slug)
        if standing is not None and not standing.judged:
            return bool(standing.members[0])
        return self._answer(self.rules[slug]) if slug in self.rules else False

    def _since_now(self, slug: str) -> int:
        standing = self.given.get(slug)
        if standing is None or standing.since is None:
            return -moments.EVER
        return int(standing.since[0]) if standing.members[0] else self.horizon.now

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
        """The truth of a condition at one of its instants, asked with some that follow where that costs little."""
        known = self.known.setdefault(leaf, {})
        if instant not in known:
            some = [instant]
            if self.ahead.many(leaf):
                turns = self.ahead.turns(leaf)
                place = bisect_left(turns, instant)
                some = turns[place : place + self._at_once(leaf)]
                self.asked += A_CALL + len(some)
            else:
                self.asked += 2 * A_CALL
            known.update(zip(some, self.ahead.answers(leaf, some), strict=True))
        return known[instant]

    def _at_once(self, leaf: Condition) -> int:
        """Few at first, as most walks end soon; twice as many each time."""
        self.batch[leaf] = min(self.batch.get(leaf, AT_ONCE // 2) * 2, AT_ONCE_AT_MOST)
        return self.batch[leaf]
