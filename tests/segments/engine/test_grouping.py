"""Interactions by kind are the same interactions; conditions on several kinds keep the order of all."""

from __future__ import annotations

import dataclasses
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from segments.engine.judging.evaluate import judge
from segments.engine.judging.grouping import by_kind
from segments.engine.judging.population import Builder, Population
from segments.engine.language.moments import DAY_US
from segments.engine.language.parse import parse_document

AS_OF = 20_000 * DAY_US
KINDS = ["mail.sent", "mail.read", "shop"]


def drawn(contacts: int, rows: int, seed: int) -> Population:
    dice, builder = np.random.default_rng(seed), Builder()
    for key in range(contacts):
        builder.add_contact(key, {})
    for _ in range(rows):
        at = AS_OF - int(dice.integers(-5, 40)) * DAY_US // 2
        builder.add_interaction(
            int(dice.integers(contacts)) // 2 * 2,
            KINDS[int(dice.integers(3))],
            at,
            {"n": int(dice.integers(5))},
        )
    return builder.build()


@pytest.mark.parametrize(("contacts", "rows"), [(0, 0), (1, 0), (3, 1), (200, 900), (70, 4_000)])
def test_every_row_stands_once_by_kind_contact_and_time(contacts: int, rows: int) -> None:
    population = drawn(contacts, rows, seed=rows) if contacts else Builder().build()
    found = by_kind(population.offsets, population.kind, population.at, len(population.kinds))
    owner = np.repeat(np.arange(len(population)), np.diff(population.offsets))
    expected = np.lexsort((np.arange(rows), owner, population.kind))
    assert found.source.tolist() == expected.tolist()
    assert found.at.tolist() == population.at[expected].tolist()
    told = [
        (kind, int(found.owners[pair]))
        for kind in range(len(population.kinds))
        for pair in range(found.pairs[kind], found.pairs[kind + 1])
        for _ in range(found.starts[pair], found.starts[pair + 1])
    ]
    assert told == [(int(population.kind[row]), int(owner[row])) for row in expected]


def test_other_rows_are_grouped_anew() -> None:
    population = drawn(10, 60, seed=1)
    assert population.by_kind is population.by_kind
    assert dataclasses.replace(population, attributes={}).by_kind is population.by_kind
    later = dataclasses.replace(population, at=population.at + 1)
    assert later.by_kind.at.tolist() == (population.by_kind.at + 1).tolist()


WINDOW = {"last": [9, "day"]}
RULES: dict[str, dict[str, Any]] = {
    "first": {"interaction": "mail.*", "pick": "first", "window": WINDOW},
    "last": {"interaction": "mail.*", "pick": "last", "window": WINDOW},
    "last tested": {
        "interaction": "mail.*", "pick": "last", "where": [{"property": "n", "op": "gte", "value": 3}]
    },
    "days": {
        "interaction": "mail.*", "window": WINDOW, "measure": {"fn": "distinct_days"}, "op": "gte", "value": 2
    },
    "sum": {
        "interaction": "mail.*", "window": WINDOW, "measure": {"fn": "sum", "property": "n"}, "op": "gte", "value": 5
    },
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_several_kinds_are_judged_as_if_they_were_one(name: str) -> None:
    population = drawn(150, 300, seed=7)
    one = dataclasses.replace(
        population, kinds=["mail.sent", "shop"], kind=np.array([0, 0, 1], np.int16)[_by_name(population)]
    )
    rule = parse_document({"version": 1, "rule": RULES[name]})
    found = [
        judge(some, {"": rule}, as_of=AS_OF, zone=ZoneInfo("Europe/Lisbon")).members[""]
        for some in (population, one)
    ]
    assert found[0].tolist() == found[1].tolist()
    assert 0 < np.count_nonzero(found[0]) < len(population)


def _by_name(population: Population) -> Any:
    places = np.array([KINDS.index(kind) for kind in population.kinds])
    return places[population.kind]
