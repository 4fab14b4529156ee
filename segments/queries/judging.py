"""Asks a saved rule about a few people, read from the database, without waiting for a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from segments.engine.judging.evaluate import Standing, judge
from segments.engine.language import moments
from segments.engine.language.rules import Attribute, conditions
from segments.mirror.reading import read_histories, read_population
from segments.models import Segment
from segments.queries.catalogue import catalogue, prepare


def matching(segment: Segment, contacts: Sequence[int], *, as_of: datetime) -> set[int] | None:
    """Those of these contacts who belong to the segment as of an instant; None where its rule cannot be evaluated."""
    known = catalogue()
    prepared = prepare(known, [segment.slug], as_of=as_of)
    if segment.slug not in prepared.rules:
        return None
    held = {
        part.name
        for rule in prepared.rules.values()
        for part in conditions(rule)
        if isinstance(part, Attribute) and part.held_for
    }
    population = read_histories(read_population(list(contacts)), held)
    ids = np.asarray(population.ids, np.int64)
    verdicts = judge(
        population,
        prepared.rules,
        as_of=moments.to_us(as_of),
        zone=prepared.zone,
        given={
            name: _standing(ids, listed, judged=name in prepared.rules)
            for name, listed in prepared.listed.items()
        },
        wanted=(segment.slug,),
    )
    return {int(pk) for pk in ids[verdicts.members[segment.slug]]}


def _standing(ids: npt.NDArray[np.int64], listed: Any, *, judged: bool) -> Standing:
    """Who of these is among those listed, and since when where that is told."""
    if not isinstance(listed, Mapping):
        return Standing(np.isin(ids, listed), judged=judged)
    inside = np.array([int(pk) in listed for pk in ids], bool)
    return Standing(inside, np.array([listed.get(int(pk), 0) for pk in ids], np.int64), judged)
