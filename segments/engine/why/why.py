"""Why a rule holds for one contact, or does not: the tree with what was seen at each node, and when it will change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal
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
from segments.engine.why.foresight import Foresight, expect, foresee, horizon
from segments.engine.why.telling import Told

Form = Literal["all", "any", "not", "condition"]


@dataclass(frozen=True)
class Node:
    """One node of the rule: does it hold (None: it says nothing), in which words it asks, what was seen there.

    `wanted` is False below a `not`: there it is the condition's not holding that helps. `decides`: its answer is one
    that made the whole answer what it is. `hidden`: it reads what the asker may not see, so nothing is told of it.
    Words are made when asked for: a badge says a few of them, the tree of the rule all.
    """

    path: str
    form: Form
    holds: bool | None
    wanted: bool
    decides: bool
    rule: Rule = field(repr=False)
    explaining: _Explaining = field(repr=False, compare=False)
    parts: tuple[Node, ...] = ()
    hidden: bool = False

    @cached_property
    def asks(self) -> str:
        """What it asks, in words."""
        return "" if says_nothing(self.rule) else phrase(self.rule, self.explaining.labels)

    @cached_property
    def told(self) -> Told | None:
        """What was seen there; None of groups."""
        return self.explaining.tell(self) if self.form == "condition" else None


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
    found, names = {}, list(names)
    expect(ahead, rules, names)
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
        holds = None if nothing else self._truth(rule)
        decides = decides and not nothing
        form: Form = "condition"
        parts: tuple[Node, ...] = ()
        if isinstance(rule, Not):
            form = "not"
            parts = (self.node(rule.part, f"{path}/not", wanted=not wanted, decides=decides),)
        elif isinstance(rule, All | AnyOf):
            form = "all" if isinstance(rule, All) else "any"
            parts = tuple(
                self.node(
                    part,
                    f"{path}/{form}/{index}",
                    wanted=wanted,
                    decides=decides and self._shares(part, bool(holds)),
                )
                for index, part in enumerate(rule.parts)
            )
        hidden = isinstance(rule, Attribute) and not self.hidden.isdisjoint(
            {rule.name, rule.name.split(".")[0]}
        )
        return Node(path, form, None if hidden else holds, wanted, decides, rule, self, parts, hidden)

    def tell(self, node: Node) -> Told:
        """What was seen of the contact at a condition."""
        rule = node.rule
        assert not isinstance(rule, All | AnyOf | Not)
        if node.hidden and isinstance(rule, Attribute):
            return Told(f"{label_of_attribute(rule.name, self.labels)} is not shown to you")
        return telling.tell(self.judged, rule, bool(node.holds), node.wanted, self.labels)

    def _truth(self, rule: Rule) -> bool:
        return bool(self.judged.truth(rule)[0])

    def _shares(self, part: Rule, holds: bool) -> bool:
        """True if a part has the answer that its group rests on: all of `all` when it holds, the failing when not."""
        return not says_nothing(part) and self._truth(part) == holds
