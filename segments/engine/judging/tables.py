"""What is worked out once for a run and read by every block: conditions decided per distinct value."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from segments.engine.judging.population import Population
from segments.engine.language.dictionary import Dictionary
from segments.engine.language.operators import Asked, decide
from segments.engine.language.plan import Plan

Bools = npt.NDArray[np.bool_]
NO_VALUES = Dictionary([None])
SAFE = 2**62


class Tables:
    """Everything blocks share. Made for one population; safe to read from threads."""

    def __init__(self, plan: Plan, population: Population) -> None:
        self.plan = plan
        self.population = population
        self._decided: dict[Any, Bools] = {}
        self._kinds: dict[str, Bools] = {}

    def dictionary(self, name: str) -> Dictionary:
        """What a property's codes stand for; only the missing value where no interaction has it."""
        column = self.population.properties.get(name)
        return NO_VALUES if column is None else column.dictionary

    def decided(self, dictionary: Dictionary, condition: Any) -> Bools:
        """For each entry of a dictionary: does an attribute or property condition hold?"""
        key = (id(dictionary), condition)
        found = self._decided.get(key)
        if found is None:
            asked = Asked(condition.value, self.plan.as_of, self.plan.zone, condition.offset_days)
            found = decide(condition.op, dictionary, asked, empty=getattr(condition, "empty", True))
            self._decided[key] = found
        return found

    def of_kind(self, wanted: str) -> Bools:
        """For each kind: is it the one asked for, or does it begin so where that ends in `*`?"""
        found = self._kinds.get(wanted)
        if found is None:
            begins = wanted[:-1] if wanted.endswith("*") else None
            matches = [
                kind == wanted if begins is None else kind.startswith(begins)
                for kind in self.population.kinds
            ]
            found = self._kinds[wanted] = np.array(matches, bool)
        return found

    def exact(self, fn: str, dictionary: Dictionary) -> bool:
        """True if 63 bits hold every number, and every sum of a contact's numbers."""
        if dictionary.numbers.wide:
            return False
        return fn in ("minimum", "maximum") or self._holds(dictionary.numbers.largest)

    def comparable(self, dictionary: Dictionary, times: int, less: int) -> bool:
        """True if 63 bits hold the sum of any contact's numbers times the one, and their count times the other."""
        return self._holds(max(max(dictionary.numbers.largest, 1) * times, abs(less)))

    def _holds(self, most: int) -> bool:
        """True if as many numbers as any contact has rows, each so large at most, have a sum of 62 bits."""
        rows = len(self.population.at) + 1
        return most * rows < SAFE or most * (self.population.most_rows() + 1) < SAFE
