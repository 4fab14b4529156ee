"""Rules prepared for one instant, and the order in which segments that refer to each other are judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from segments.engine.language.rules import Rule, segments_read


class Plan:
    """The rules of a run by name, as of one instant in one zone."""

    def __init__(self, rules: Mapping[str, Rule], *, as_of: int, zone: ZoneInfo) -> None:
        self.rules = dict(rules)
        self.as_of = as_of
        self.zone = zone


def in_order(rules: Mapping[str, Rule], wanted: Iterable[str] | None = None) -> list[str]:
    """Names so that a segment comes after those it refers to: all, or those wanted and what they reach.

    Raises `Circle`.
    """
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

    for name in rules if wanted is None else wanted:
        visit(name, ())
    return order


class Circle(ValueError):
    """Segments that refer to each other in a circle; `names` says which."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(" → ".join((*names, names[0])))
        self.names = names
