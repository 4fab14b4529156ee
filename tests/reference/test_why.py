"""The why says what the engine did: the same answer at each node, and figures that give that answer."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import assume, given

from segments.engine.judging.block import Block
from segments.engine.judging.evaluate import Judgement
from segments.engine.judging.tables import Tables
from segments.engine.language.plan import Plan
from segments.engine.language.refusals import Refused
from segments.engine.language.rules import Interaction, Regular, Sequence, conditions
from segments.engine.why import seen
from segments.engine.why.why import explain, explain_each, leaves
from tests.reference.drawing import cases
from tests.reference.test_foresight import ASKED, World

Json = dict[str, Any]


@given(cases())
def test_the_tree_agrees_with_the_answer(case: Json) -> None:
    try:
        world = World(case)
    except Refused:
        assume(False)
        raise
    members = world.truths(world.now)
    for row in range(min(len(world.population), 2)):
        population, alone = world.one(row)
        why = explain(
            population, world.rules, ASKED, as_of=world.now, zone=world.zone, labels={}, given=alone
        )
        assert why.holds == members[row]
        assert bool(why.reasons) == (why.root.holds is not None)
        for leaf in leaves(why.root):
            if leaf.told is not None:
                assert bool(leaf.told.lacking) == (leaf.holds != leaf.wanted)
                assert len(leaf.told.happenings) <= 20


@given(cases())
def test_many_rules_at_once_are_told_as_one_by_one(case: Json) -> None:
    """What is asked of a contact for all rules in one pass is what each alone would ask."""
    try:
        world = World(case)
    except Refused:
        assume(False)
        raise
    population, alone = world.one(0)
    terms: Json = {"as_of": world.now, "zone": world.zone, "labels": {}, "given": alone}
    together = explain_each(population, world.rules, world.rules, **terms)
    for name, why in together.items():
        single = explain(population, world.rules, name, **terms)
        assert (why.holds, why.foresight, why.unless) == (single.holds, single.foresight, single.unless)
        assert [leaf.told for leaf in leaves(why.root)] == [leaf.told for leaf in leaves(single.root)]


@given(cases())
def test_what_was_seen_gives_the_answer(case: Json) -> None:
    try:
        world = World(case)
    except Refused:
        assume(False)
        raise
    for row in range(min(len(world.population), 3)):
        population, alone = world.one(row)
        plan = Plan(world.rules, as_of=world.now, zone=world.zone)
        judged = Judgement(Block(population, Tables(plan, population)), alone, 0)
        for part in conditions(world.rules[ASKED]):
            truth = bool(judged.truth(part)[0])
            if isinstance(part, Sequence):
                assert bool(seen.chain(judged.block, part)) == truth
            elif isinstance(part, Regular):
                assert (seen.regular(judged.block, part)[0] >= part.at_least) == truth
            elif isinstance(part, Interaction) and part.pick is None:
                figures = seen.interaction(judged.block, part)
                assert compares(part, figures.figure) == truth, (part, figures)


def compares(part: Interaction, figure: Fraction | None) -> bool:
    if part.measure is None:
        return bool(figure)
    if figure is None:
        return part.op == "ne"
    if part.op == "between":
        return Fraction(part.value[0]) <= figure <= Fraction(part.value[1])
    value = Fraction(part.value)
    return {
        "eq": figure == value,
        "ne": figure != value,
        "gt": figure > value,
        "gte": figure >= value,
        "lt": figure < value,
        "lte": figure <= value,
    }[part.op or ""]
