"""Counts an unsaved rule: exactly, at every node, with a few members to look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from segments.engine.language import moments
from segments.engine.language.check import Catalogue, check
from segments.engine.language.naming import segment_key
from segments.engine.language.parse import parse_document
from segments.engine.language.refusals import Problem, Refused
from segments.engine.language.rules import segments_read
from segments.mirror import everyone
from segments.queries.catalogue import DRAFT, catalogue, prepare


@dataclass(frozen=True)
class Counted:
    """What a rule finds: `count` of `total` living contacts, and the count at each node by path ('' is the rule).

    `members` are all contact ids, sorted; `samples` some of them. `behind` tells that a bulk load is still being
    read, so that the figures are as of `built_at`.
    """

    total: int
    count: int
    nodes: dict[str, int]
    samples: list[int]
    members: npt.NDArray[np.int64]
    as_of: datetime
    built_at: datetime
    behind: bool
    kept: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Ground:
    """Everyone and what rules may name, opened once for a request."""

    contacts: everyone.Everyone
    known: Catalogue


def opened(*, slug: str = "", rebuild: bool = False) -> Ground:
    """Everyone as of now; `slug` is the segment being edited, whose saved rule does not stand in the way.

    `rebuild=True` waits for a new snapshot where a bulk load made the mirror old.
    """
    contacts = everyone.now(rebuild=rebuild, wait=False)
    return Ground(contacts, catalogue(contacts, exclude=slug))


def count(
    document: Any,
    *,
    as_of: datetime,
    samples: int = 5,
    slug: str = "",
    rebuild: bool = False,
    ground: Ground | None = None,
    stop: Callable[[], bool] | None = None,
) -> Counted:
    """The exact count of a rule document over the live data. Raises `Refused` with every problem, and `Preparing`.

    `ground` where the caller opened it for this slug. Raises `Stopped` once `stop()` says that nobody waits.
    """
    began = perf_counter()
    written = parse_document(document)
    ground = ground or opened(slug=slug, rebuild=rebuild)
    contacts, known = ground.contacts, ground.known
    rule = check(written, known, slug=slug)
    prepared = prepare(known, segments_read(rule), drafts={DRAFT: rule}, as_of=as_of)
    if everyone.ensure(prepared.properties(), everyone.held_attributes(prepared.rules), rebuild=rebuild):
        contacts = everyone.now(rebuild=False)
    spoilt = [Problem("", sentence) for sentence in prepared.stopping.values()]
    if spoilt:
        raise Refused(spoilt)
    members, counts = contacts.judge(
        prepared.rules,
        as_of=moments.to_us(as_of),
        zone=known.zone,
        listed=prepared.listed,
        count_nodes=(DRAFT,),
        wanted=(DRAFT,),
        stop=stop,
    )
    ids = contacts.ids[members[DRAFT]]
    if len(contacts.parts) > 1:
        ids.sort()
    return Counted(
        total=len(contacts),
        count=len(ids),
        nodes=counts[DRAFT],
        samples=_some(ids, samples),
        members=ids,
        as_of=as_of,
        built_at=contacts.built_at,
        behind=contacts.behind,
        kept=tuple(known.labels[segment_key(slug)] for slug in sorted(prepared.kept)),
        seconds=perf_counter() - began,
    )


def _some(ids: npt.NDArray[np.int64], wanted: int) -> list[int]:
    """A few members spread over all, always the same for the same members."""
    if len(ids) <= wanted:
        return [int(key) for key in ids]
    places = np.linspace(0, len(ids) - 1, wanted).astype(int)
    return [int(ids[place]) for place in places]
