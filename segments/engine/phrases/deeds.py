"""A clause about what somebody did, and the condition that it becomes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from segments.engine.phrases.known import NEGATIVE
from segments.engine.phrases.numbers import Quantity
from segments.engine.phrases.reader import Json
from segments.engine.phrases.times import Span
from segments.engine.phrases.vocabulary import Kind

_MEASURED = {
    "": "eq",
    "is": "eq",
    "eq": "eq",
    "gte": "gte",
    "gt": "gt",
    "lte": "lte",
    "lt": "lt",
    "between": "between",
}
AMOUNT = "amount"
USUAL_REACH: Span = [7, "day"]


@dataclass
class Did:
    """A clause about an interaction, still open to what the words after it say."""

    kind: Kind
    where: list[Json] = field(default_factory=list)
    window: Json | None = None
    reach: Span | None = None
    pick: str = ""
    measure: Json | None = None
    op: str = ""
    value: Any = None
    regular: Json | None = None
    steps: list[Json] = field(default_factory=list)
    within: Span | None = None
    shape: str = ""  # stopped, restarted
    gap: Span | None = None  # how long nothing was done before it was restarted
    only: bool = False  # ‘only bought shoes’: and nothing that these conditions do not fit
    nothing: bool = False  # ‘bought nothing’
    apart: bool = False  # said after an ‘and’: a place or a value may be of the customer again
    both: list[Json] = field(default_factory=list)  # ‘bought both shoes and tents’: of each of these

    def step(self) -> Json:
        """The bare interaction, as a step of a sequence."""
        return {"interaction": self.kind.name, **({"where": self.where} if self.where else {})}

    def rule(self) -> Json:
        """The condition of the rule language."""
        if self.both:
            each = [replace(self, both=[], where=[*self.where, one]) for one in self.both]
            return {"all": [one.rule() for one in each]}
        window = {"window": self.window} if self.window else {}
        if self.shape:
            return self._shaped()
        if self.only:
            return self._alone()
        if self.steps:
            within = self.within or USUAL_REACH
            return {"sequence": [self.step(), *self.steps], "within": within, **window}
        if self.regular:
            return {"regular": self.step(), **self.regular}
        if self.pick:
            return {**self.step(), **window, "pick": self.pick}
        if self.measure:
            return {**self.step(), **window, "measure": self.measure, "op": self.op, "value": self.value}
        return {**self.step(), **window}

    def _alone(self) -> Json:
        """At least once with what was asked, and never without."""
        window = {"window": self.window} if self.window else {}
        others = [
            {
                "not": {
                    "interaction": self.kind.name,
                    "where": [{**test, "op": NEGATIVE[test["op"]]}],
                    **window,
                }
            }
            for test in self.where
        ]
        return {"all": [{**self.step(), **window}, *others]}

    def may_be_alone(self) -> bool:
        """Whether ‘only’ can be said of it: plainly done, with conditions that have an opposite."""
        bare = not (self.measure or self.pick or self.steps or self.regular or self.shape or self.both)
        return bare and bool(self.where) and all(test["op"] in NEGATIVE for test in self.where)

    def near(self) -> Span:
        """Within how long somebody has stopped or restarted."""
        usual: Span = [90, "day"] if self.shape == "stopped" else [30, "day"]
        if self.gap and self.gap[1] in ("month", "year"):
            usual = [1, "month"]
        found: Span = (self.window or {}).get("last", usual)
        return found

    def _shaped(self) -> Json:
        near = self.near()
        recent = {**self.step(), "window": {"last": near}}
        if self.shape == "stopped":
            far: Span = [1, "year"] if near[1] not in ("month", "year") else [2 * near[0], near[1]]
            earlier = {**self.step(), "window": {"between_ago": [far, near]}}
            return {"all": [earlier, {"not": recent}]}
        gap = [6, "month"] if near[1] not in ("month", "year") else [2 * near[0], near[1]]
        if self.gap:
            gap = together(self.gap, near)
        before = {**self.step(), "window": {"before_last": gap}}
        between = {**self.step(), "window": {"between_ago": [gap, near]}}
        return {"all": [before, {"not": between}, recent]}

    def counted(self, quantity: Quantity) -> None:
        """Asks how often."""
        self.measured({"fn": "count"}, quantity, plain="gte" if quantity.op == "" else "")

    def measured(self, measure: Json, quantity: Quantity, plain: str = "") -> None:
        """Asks a measure for a number; ‘twice’ alone means at least twice."""
        self.measure = measure
        self.op = "eq" if plain and quantity.low == 0 else plain or _MEASURED[quantity.op]  # ‘0 purchases’
        self.value = quantity.low
        if self.op == "between" and quantity.high is not None:
            self.value = sorted((quantity.low, quantity.high))


def together(one: Span, other: Span) -> Span:
    """A span at least as long as two after each other."""
    months = {"month": 1, "year": 12}
    if one[1] in months and other[1] in months:
        return [one[0] * months[one[1]] + other[0] * months[other[1]], "month"]
    days = {"day": 1, "week": 7, "month": 31, "year": 366}
    return [sum(span[0] * days.get(span[1], 1) for span in (one, other)), "day"]
