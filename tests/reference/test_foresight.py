"""The predicted change is right: until then everyone's evaluation answers as now, and at that instant it differs."""

from __future__ import annotations

import random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import assume, example, given
from hypothesis import strategies as st

from segments.engine import portable
from segments.engine.judging.block import Block
from segments.engine.judging.evaluate import Judgement, Standing, judge
from segments.engine.judging.population import Population
from segments.engine.judging.standing import standings
from segments.engine.judging.tables import Tables
from segments.engine.language import moments
from segments.engine.language.check import Catalogue, check
from segments.engine.language.parse import parse_rule
from segments.engine.language.plan import Plan
from segments.engine.language.refusals import Refused
from segments.engine.language.rules import Rule
from segments.engine.why.foresight import Foresight, foresee, horizon
from tests.reference.drawing import cases
from tests.reference.pools import DECLARED

Json = dict[str, Any]
ASKED = "asked"


class World:
    """A drawn case as the engine holds it, asked as of any instant."""

    def __init__(self, case: Json) -> None:
        self.zone = ZoneInfo(case["timezone"])
        self.now = portable._instant(case["as_of"], self.zone)
        self.population: Population = portable.population_of(case, DECLARED, self.now, self.zone)
        rules, self.listed = portable._referenced(case.get("segments", {}), portable._merged(case))
        known = Catalogue(
            attributes={**DECLARED, "mix": None, "address.city": "text"},
            segments=frozenset(case.get("segments", {})),
            rules=rules,
            zone=self.zone,
        )
        self.rules: dict[str, Rule] = {name: check(rule, known, slug=name) for name, rule in rules.items()}
        self.rules[ASKED] = check(parse_rule(case["rule"]), known, slug=ASKED)

    def given(self, as_of: int) -> dict[str, Standing]:
        found = {
            name: Standing(np.array([str(key) in ids for key in self.population.ids], bool))
            for name, ids in self.listed.items()
        }
        return found | standings(self.population, self.rules, as_of=as_of, zone=self.zone, given=found)

    def truths(self, as_of: int) -> np.ndarray:
        verdicts = judge(
            self.population, self.rules, as_of=as_of, zone=self.zone, given=self.given(as_of), threads=1
        )
        return verdicts.members[ASKED]

    def one(self, row: int) -> tuple[Population, dict[str, Standing]]:
        alone = {
            name: Standing(
                standing.members[row : row + 1],
                None if standing.since is None else standing.since[row : row + 1],
            )
            for name, standing in self.given(self.now).items()
        }
        return self.population.cut(row, row + 1), alone


def foreseen(world: World, row: int) -> Foresight:
    """What the engine foresees for one contact."""
    population, alone = world.one(row)
    plan = Plan(world.rules, as_of=world.now, zone=world.zone)
    judged = Judgement(Block(population, Tables(plan, population)), alone)
    return foresee(
        horizon(population, world.now, world.zone),
        world.rules,
        ASKED,
        given=alone,
        truth=lambda part: bool(judged.truth(part)[0]),
    )


NOT_YET: Json = {
    "as_of": "2026-03-15T12:00:00Z",
    "timezone": "UTC",
    "contacts": [{"id": "c0", "attributes": {"address": {"city": None}}}],
    "interactions": [
        {"contact": "c0", "interaction": "order", "at": "2026-03-15T09:00:00Z", "properties": {}}
    ],
    "rule": {
        "sequence": [{"interaction": "order"}, {"interaction": "view", "absent": True}],
        "within": [1, "day"],
    },
}


BECAME_ONE: Json = NOT_YET | {
    "segments": {"one": {"rule": {"interaction": "order"}}},
    "rule": {"segment": "one", "op": "in", "for": [2, "day"]},
}


# Out since 02:10 by the clock; at 03:00 it shows 02:00 again, so that 02:10 a month ago is within a month once more.
CLOCK_GOES_BACK: Json = NOT_YET | {
    "as_of": "2026-10-25T00:20:00Z",
    "timezone": "Europe/Berlin",
    "interactions": [
        {"contact": "c0", "interaction": "order", "at": "2026-09-25T00:10:00Z", "properties": {}}
    ],
    "rule": {"interaction": "order", "window": {"last": [1, "month"]}},
}


@given(cases(), st.randoms(use_true_random=False))
@example(NOT_YET, random.Random(1))
@example(BECAME_ONE, random.Random(1))
def test_the_answer_changes_when_it_is_said_to_and_not_before(case: Json, chance: random.Random) -> None:
    try:
        world = World(case)
    except Refused:
        assume(False)
        raise
    now = world.truths(world.now)
    for row in range(min(len(world.population), 3)):
        seen = foreseen(world, row)
        assert seen.holds == now[row]
        last = seen.looked_until if seen.changes_at is None else seen.changes_at - 1
        assert world.truths(last)[row] == seen.holds, moments.to_datetime(last)
        if seen.changes_at is not None:
            assert world.truths(seen.changes_at)[row] != seen.holds, moments.to_datetime(seen.changes_at)
        for _ in range(4):
            between = chance.randint(world.now, last)
            near = world.now + int((between - world.now) * chance.random() ** 6)
            for instant in (between, near):
                assert world.truths(instant)[row] == seen.holds, moments.to_datetime(instant)


def test_a_clock_that_goes_back_brings_back_what_had_left() -> None:
    world = World(CLOCK_GOES_BACK)
    seen = foreseen(world, 0)
    assert not seen.holds
    assert seen.changes_at is not None
    assert moments.to_datetime(seen.changes_at).isoformat() == "2026-10-25T01:00:00+00:00"
