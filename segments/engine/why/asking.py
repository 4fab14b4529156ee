"""What the engine answers for one contact ahead of now, each condition at the instants at which time can turn it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from segments.engine.judging import instants
from segments.engine.judging.evaluate import judge
from segments.engine.language.reads import test_moves
from segments.engine.language.rules import Condition, Interaction, Regular
from segments.engine.why import turning


class Ahead:
    """One contact: what was asked of it once is remembered, for all rules that ask the same."""

    def __init__(self, horizon: turning.Horizon) -> None:
        self.horizon = horizon
        self._turns: dict[Condition, list[int]] = {}
        self._known: dict[Condition, dict[int, bool]] = {}

    def turns(self, leaf: Condition) -> list[int]:
        """The instants at which a condition that does not refer to a segment may turn, rising."""
        found = self._turns.get(leaf)
        if found is None:
            found = self._turns[leaf] = sorted(turning.turns(leaf, self.horizon))
        return found

    def many(self, leaf: Condition) -> bool:
        """True if only its window moves, so that many instants can be asked in one pass over the rows."""
        if isinstance(leaf, Interaction):
            return self._stands_still(leaf)
        return isinstance(leaf, Regular) and not any(test_moves(test) for test in leaf.where)

    def expect(self, leaves: Iterable[Condition], first: int) -> None:
        """Ask the first few instants of all these in one pass: most of them will be wanted."""
        wanted = [
            (leaf, self.turns(leaf)[:first])
            for leaf in leaves
            if isinstance(leaf, Interaction) and self._stands_still(leaf) and self.turns(leaf)
        ]
        answers = instants.interactions(self.horizon.population, wanted, self.horizon.zone)
        for (leaf, some), truths in zip(wanted, answers, strict=True):
            self._known.setdefault(leaf, {}).update(zip(some, truths.tolist(), strict=True))

    def answers(self, leaf: Condition, some: Sequence[int]) -> list[bool]:
        """The truth of a condition at some rising instants, by the production engine."""
        known = self._known.setdefault(leaf, {})
        new = [instant for instant in some if instant not in known]
        if new:
            known.update(zip(new, self._asked(leaf, new), strict=True))
        return [known[instant] for instant in some]

    def _asked(self, leaf: Condition, some: list[int]) -> list[bool]:
        population, zone = self.horizon.population, self.horizon.zone
        if self.many(leaf) and isinstance(leaf, Interaction):
            (truths,) = instants.interactions(population, [(leaf, some)], zone)
            return list(truths.tolist())
        if self.many(leaf) and isinstance(leaf, Regular):
            return list(instants.regular(population, leaf, some, zone).tolist())
        asked = (judge(population, {"": leaf}, as_of=instant, zone=zone, threads=1) for instant in some)
        return [bool(verdicts.members[""][0]) for verdicts in asked]

    def _stands_still(self, leaf: Interaction) -> bool:
        population = self.horizon.population
        if leaf.pick and len(population.at) and int(population.at[-1]) > self.horizon.now:
            return False
        return not any(test_moves(test) for test in leaf.where)
