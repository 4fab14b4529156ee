"""Rules prepared for one instant: which measures they need, each once, and how the kernel will fill them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from segments.engine import kernel, moments
from segments.engine.rules import Interaction, Measure, Property, Rule, conditions, segments_read


@dataclass(frozen=True)
class Request:
    """One array the kernel fills: `fn` over the rows of `kind` that pass `where` within [low, high)."""

    kind: str
    where: tuple[Property, ...]
    low: int
    high: int
    fn: int
    property: str = ""
    calendar: str = ""  # day, week or month, for CHANGES


_CALENDAR = {"distinct_days": "day", "distinct_weeks": "week", "distinct_months": "month"}
_FUNCTIONS = {
    "sum": kernel.SUM,
    "average": kernel.SUM,
    "minimum": kernel.MINIMUM,
    "maximum": kernel.MAXIMUM,
}


class Plan:
    """The rules of a run by name, as of one instant in one zone, and the measures they share."""

    def __init__(self, rules: Mapping[str, Rule], *, as_of: int, zone: ZoneInfo) -> None:
        self.rules = dict(rules)
        self.as_of = as_of
        self.zone = zone
        requests = {
            request: None
            for rule in self.rules.values()
            for part in conditions(rule)
            if isinstance(part, Interaction) and (request := self.request(part)) is not None
        }
        self.requests = tuple(requests)
        self.place = {request: index for index, request in enumerate(self.requests)}

    def request(self, part: Interaction) -> Request | None:
        """What an interaction condition needs of the kernel; None for `distinct`, which has a loop of its own."""
        low, high = moments.bounds(part.window, self.as_of, self.zone)
        measure = part.measure or Measure("count")
        if part.pick:
            fn = kernel.FIRST if part.pick == "first" else kernel.LAST
            return Request(part.kind, part.where, low, high, fn)
        if measure.fn == "distinct":
            return None
        if measure.fn in _CALENDAR:
            return Request(part.kind, part.where, low, high, kernel.CHANGES, calendar=_CALENDAR[measure.fn])
        fn = _FUNCTIONS.get(measure.fn, kernel.COUNT)
        return Request(
            part.kind,
            part.where,
            low,
            high,
            fn,
            property="" if fn == kernel.COUNT else measure.property or "",
        )


def in_order(rules: Mapping[str, Rule]) -> list[str]:
    """Names so that a segment comes after those it refers to. Raises `Circle`."""
    order: list[str] = []
    state: dict[str, int] = {}

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if state.get(name) == 2 or name not in rules:
            return
        if state.get(name) == 1:
            raise Circle(trail[trail.index(name) :])
        state[name] = 1
        for other in sorted(segments_read(rules[name])):
            visit(other, (*trail, name))
        state[name] = 2
        order.append(name)

    for name in rules:
        visit(name, ())
    return order


class Circle(ValueError):
    """Segments that refer to each other in a circle; `names` says which."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(" → ".join((*names, names[0])))
        self.names = names
