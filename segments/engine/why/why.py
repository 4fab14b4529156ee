"""Why a rule holds for one contact, or does not: the tree with what was seen at each node, and when it will change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from segments.engine.judging.block import Block
from segments.engine.judging.evaluate import Judgement, Standing
from segments.engine.judging.population import Population
from segments.engine.judging.tables import Tables
from segments.engine.language.naming import Labels, label_of_attribute
from segments.engine.language.plan import Plan
from segments.engine.language.reads import moves_with_time
from segments.engine.language.rules import All, AnyOf, Attribute, Not, Rule, says_nothing
from segments.engine.language.sentence import phrase
from segments.engine.why import telling
from segments.engine.why.foresight import Foresight, foresee, horizon
from segments.engine.why.telling import Told

Form = Literal["all", "any", "not", "condition"]


@dataclass(frozen=True)
class Node:
    """One node of the rule: does it hold (None: it says nothing), in which words it asks, what was seen there.

    `wanted` is False below a `not`: there it is the condition's not holding that helps. `decides`: its answer is one
    that made the whole answer what it is. `hidden`: it reads what the asker may not see, so nothing is told of it.
    """

    path: str
    form: Form
    holds: bool | None
    wanted: bool
    decides: bool
    asks: str
    told: Told | None = None
    parts: tuple[Node, ...] = ()
    hidden: bool = False


@dataclass(frozen=True)
class Why:
    """The answer for one contact: the tree, the reasons that decided it, and what time will do to it."""

    holds: bool
    root: Node
    foresight: Foresight
    time_matters: bool
    unless: str

    @property
    def reasons(self) -> list[Node]:
        """The conditions that decided the answer, in order."""
        return [node for node in leaves(self.root) if node.decides]


def leaves(node: Node) -> list[Node]:
    """The conditions below a node, in order."""
    return [leaf for part in node.parts for leaf in leaves(part)] if node.parts else [node]


def explain(
    population: Population,
    rules: Mapping[str, Rule],
    name: str,
    *,
    as_of: int,
    zone: ZoneInfo,
    labels: Labels,
    given: Mapping[str, Standing] | None = None,
    hidden: frozenset[str] = frozenset(),
) -> Why:
    """Why one contact (a population of one) is in a rule or is not.

    `rules` hold those it refers to, `hidden` the attributes of which nothing may be told.
    """
    return explain_each(
        population, rules, (name,), as_of=as_of, zone=zone, labels=labels, given=given, hidden=hidden
    )[name]


def explain_each(
    population: Population,
    rules: Mapping[str, Rule],
    names: Iterable[str],
    *,
    as_of: int,
    zone: ZoneInfo,
    labels: Labels,
    given: Mapping[str, Standing] | None = None,
    hidden: frozenset[str] = frozenset(),
) -> dict[str, Why]:
    """Why one contact is in each of some rules or is not: all that is asked of the contact is measured once."""
    plan = Plan(rules, as_of=as_of, zone=zone)
    judged = Judgement(Block(population, Tables(plan, population)), given or {}, 0)
    ahead = horizon(population, as_of, zone)
    found = {}
    for name in names:
        foresight = foresee(ahead, rules, name, given=given, truth=lambda part: bool(judged.truth(part)[0]))
        root = _Explaining(judged, labels, hidden).node(rules[name], "", wanted=True, decides=True)
        found[name] = Why(
            holds=bool(root.holds),
            root=root,
            foresight=foresight,
            time_matters=moves_with_time(rules[name], rules),
            unless=telling.unless(foresight.turned, labels),
        )
    return found


class _Explaining:
    def __init__(self, judged: Judgement, labels: Labels, hidden: frozenset[str]) -> None:
        self.judged = judged
        self.hidden = hidden
        self.labels = labels

    def node(self, rule: Rule, path: str, *, wanted: bool, decides: bool) -> Node:
        """The node of a rule. `decides`: the answer here is one that the whole answer rests on."""
        nothing = says_nothing(rule)
        holds = None if nothing else bool(self.judged.truth(rule)[0])
        asks = "" if nothing else phrase(rule, self.labels)
        decides = decides and not nothing
        common: dict[str, Any] = {
            "path": path,
            "holds": holds,
            "wanted": wanted,
            "decides": decides,
            "asks": asks,
        }
        if isinstance(rule, Not):
            part = self.node(rule.part, f"{path}/not", wanted=not wanted, decides=decides)
            return Node(form="not", parts=(part,), **common)
        if isinstance(rule, All | AnyOf):
            key: Form = "all" if isinstance(rule, All) else "any"
            parts = tuple(
                self.node(
                    part,
                    f"{path}/{key}/{index}",
                    wanted=wanted,
                    decides=decides and self._shares(part, rule, bool(holds)),
                )
                for index, part in enumerate(rule.parts)
            )
            return Node(form=key, parts=parts, **common)
        if isinstance(rule, Attribute) and not self.hidden.isdisjoint({rule.name, rule.name.split(".")[0]}):
            told = Told(f"{label_of_attribute(rule.name, self.labels)} is not shown to you")
            return Node(form="condition", told=told, hidden=True, **{**common, "holds": None})
        told = telling.tell(self.judged, rule, bool(holds), wanted, self.labels)
        return Node(form="condition", told=told, **common)

    def _shares(self, part: Rule, group: All | AnyOf, holds: bool) -> bool:
        """True if a part has the answer that its group rests on: all of `all` when it holds, the failing when not."""
        return not says_nothing(part) and bool(self.judged.truth(part)[0]) == holds
