"""One portable case through the production engine: who belongs, and how many at each node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import numpy as np

from segments.engine import portable
from segments.engine.judging import evaluate
from segments.engine.judging.agreeing import Agreement, Part
from segments.engine.judging.evaluate import Standing, Verdicts, judge
from segments.engine.judging.grouping import LANES
from segments.engine.judging.population import Column, History, Population
from segments.engine.language.check import Catalogue
from segments.engine.language.rules import Rule
from tests.reference.pools import DECLARED

# What rules may name where no case is at hand.
KNOWN = Catalogue(
    attributes={**DECLARED, "mix": None, "address.city": "text"}, segments=frozenset({"one", "two", "list"})
)


def judged(file: Mapping[str, Any], case: Mapping[str, Any]) -> tuple[list[str], dict[str, int]]:
    """The members of a case and the count of each node by path. Raises `Refused`."""
    counts: dict[str, int] = {}

    def counting(*args: Any, **kwargs: Any) -> Verdicts:
        verdicts = judge(*args, **{**kwargs, "count_nodes": kwargs["wanted"]})
        counts.update(verdicts.counts[kwargs["wanted"][0]])
        return verdicts

    with mock.patch.object(portable, "judge", counting):
        found = portable.members_of(file, case)
    return found, counts


def judged_in_two(file: Mapping[str, Any], case: Mapping[str, Any]) -> list[str]:
    """The members of a case where every second customer stands in a patch over a snapshot in which all were others."""
    ids = [contact["id"] for contact in case["contacts"] if contact["id"] not in case.get("merged", {})]
    patch = set(ids[::2])

    def apart(population: Population, rules: Mapping[str, Rule], **kwargs: Any) -> Verdicts:
        given, as_of, zone = kwargs.pop("given"), kwargs["as_of"], kwargs["zone"]
        inside = np.array([key in patch for key in population.ids], bool)
        before = cut_out(file, as_others(case, patch), as_of, zone, set(population.ids))
        after = cut_out(file, case, as_of, zone, set(population.ids[inside]))
        parts = Agreement([Part(before, ~inside), Part(after)]).typed(rules.values())
        whole: dict[str, Any] = {name: np.zeros(len(population), bool) for name in kwargs["wanted"]}
        everyone = np.ones(len(population), bool)
        for part, here, counts in zip(parts, (everyone, inside), (~inside, inside), strict=True):
            known = {name: Standing(*(side if side is None else side[here] for side in (one.members, one.since)))
                     for name, one in given.items()}  # fmt: skip
            for name, members in judge(part, rules, given=known, **kwargs).members.items():
                whole[name][counts] = members[counts[here]]
        return Verdicts(as_of, whole)

    with mock.patch.object(portable, "judge", apart):
        return portable.members_of(file, case)


def as_others(case: Mapping[str, Any], ids: set[str]) -> dict[str, Any]:
    """The case before some of its customers changed: everything they are and did was of another type."""
    merged = case.get("merged", {})
    contacts = [
        {**one, "attributes": dict.fromkeys(one["attributes"], 7), "history": {}} if one["id"] in ids else one
        for one in case["contacts"]
    ]
    interactions = [
        {**row, "properties": dict.fromkeys(row["properties"], 7)}
        if portable.survivor(row["contact"], merged) in ids
        else row
        for row in case["interactions"]
    ]
    return {**case, "contacts": contacts, "interactions": interactions}


def judged_far_apart(
    file: Mapping[str, Any], case: Mapping[str, Any], far: int = LANES - 1
) -> tuple[list[str], dict[str, int]]:
    """The members and counts of a case where each customer stands `far` after the one before, nobody between them.

    They lie among the contacts that the kernel takes at once at the last place, the one before and so on, and so at
    different bits of different words; these many contacts are a piece of their own.
    """
    counts: dict[str, int] = {}

    def apart(population: Population, rules: Mapping[str, Rule], **kwargs: Any) -> Verdicts:
        places = np.arange(len(population)) * far
        given = {name: Standing(*(side if side is None else put(side, places, far) for side in (one.members, one.since)))
                 for name, one in kwargs.pop("given").items()}  # fmt: skip
        counted = put(np.ones(len(population), bool), places, far)
        nodes = kwargs["wanted"]
        verdicts = judge(
            spread(population, places, far), rules, given=given, count_nodes=nodes, counted=counted, **kwargs
        )
        counts.update(verdicts.counts[nodes[0]])
        return Verdicts(verdicts.as_of, {name: truth[places] for name, truth in verdicts.members.items()})

    with mock.patch.object(portable, "judge", apart), mock.patch.object(evaluate, "BLOCK", 1):
        return portable.members_of(file, case), counts


def put(values: Any, places: Any, far: int) -> Any:
    """An array with values at some places and nothing elsewhere."""
    wide = np.zeros(len(values) * far, values.dtype)
    wide[places] = values
    return wide


def spread(population: Population, places: Any, far: int) -> Population:
    """The population with nobody between its contacts, who stand at places."""
    starts = np.searchsorted(places, np.arange(len(places) * far + 1))
    return replace(
        population,
        ids=np.arange(len(places) * far),
        offsets=population.offsets[starts],
        attributes={
            name: Column(put(column.codes, places, far), column.dictionary)
            for name, column in population.attributes.items()
        },
        histories={
            name: History(history.offsets[starts], history.at, history.column)
            for name, history in population.histories.items()
        },
    )


def cut_out(
    file: Mapping[str, Any], case: Mapping[str, Any], as_of: int, zone: ZoneInfo, ids: set[str]
) -> Population:
    """The population of some of a case's contacts, read anew from what they are and did."""
    merged = case.get("merged", {})
    seen: set[str] = set()
    rows = []
    for row in case["interactions"]:
        message = row.get("message_id")
        if message is None or message not in seen:
            rows.append({**row, "message_id": None})
            seen |= {message} - {None}
    part = {
        **case,
        "contacts": [contact for contact in case["contacts"] if contact["id"] in ids],
        "interactions": [row for row in rows if portable.survivor(row["contact"], merged) in ids],
    }
    return portable.population_of(part, file.get("attributes", {}), as_of, zone)
