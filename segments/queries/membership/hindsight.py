"""What a rule would have held at a past instant, by what is known of then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Max

from segments.engine.judging.standing import as_it_was
from segments.engine.language import moments
from segments.engine.language.check import check
from segments.engine.language.naming import quoted
from segments.engine.language.parse import parse_document
from segments.engine.language.rules import (
    Attribute,
    Interaction,
    Regular,
    Rule,
    Sequence,
    conditions,
    segments_read,
)
from segments.engine.language.sentence import write
from segments.mirror import everyone
from segments.models import MembershipChange, Segment
from segments.queries.catalogue import DRAFT, Tables, catalogue, prepare
from segments.queries.membership.past import ids_at, survivors

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Hindsight:
    """Who a rule matches as of an instant, its sentence, and which facts of then are known, in sentences."""

    members: Ids
    sentence: str
    known: list[str]
    as_of: datetime


class _Then(Tables):
    """The members that segments had at an instant, by the log: as who they are today, where some were merged since."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def members(self, slug: str) -> np.ndarray:
        key = Segment.objects.get(slug=slug).pk
        return survivors(ids_at([key], [self.instant])[0][key])

    def since(self, slug: str) -> dict[int, int] | tuple[np.ndarray, np.ndarray]:
        entered = (
            MembershipChange.objects.filter(segment__slug=slug, entered=True, at__lte=self.instant)
            .order_by()
            .values("contact_id")
            .annotate(newest=Max("at"))
        )
        known = dict(entered.values_list("contact_id", "newest"))
        merged = entered.filter(contact__merged_into__isnull=False)
        for into, newest in merged.values_list("contact__merged_into_id", "newest").order_by("newest"):
            known.setdefault(
                int(into or 0), newest
            )  # their own stands, and of several that of who was in first
        return {
            int(pk): moments.to_us(known[int(pk)]) if int(pk) in known else -moments.EVER
            for pk in self.members(slug)
        }


def held_then(
    document: Any, *, as_of: datetime, slug: str = "", stop: Callable[[], bool] | None = None
) -> Hindsight:
    """Who a rule would have held. Raises `Refused` with all problems, `Preparing`, and `Stopped` once `stop()` says so.

    Interactions count by their instant, attributes are those of then where their changes are kept, and segments it
    refers to have the members that the log gives them.
    """
    contacts = everyone.now(rebuild=False)
    known = catalogue(contacts, exclude=slug)
    rule = check(parse_document(document), known, slug=slug)
    read = {part.name for part in conditions(rule) if isinstance(part, Attribute)}
    # Without their rules, the segments referred to are taken from the log like lists.
    prepared = prepare(
        replace(known, rules={}), segments_read(rule), drafts={DRAFT: rule}, listing=_Then(as_of)
    )
    if everyone.ensure(prepared.properties(), read, rebuild=False):
        contacts = everyone.now(rebuild=False)
    instant = moments.to_us(as_of)
    then = replace(
        contacts,
        parts=[replace(part, population=as_it_was(part.population, instant)) for part in contacts.parts],
        _ready={},
    )
    truths, _ = then.judge(
        prepared.rules, as_of=instant, zone=known.zone, listed=prepared.listed, wanted=(DRAFT,), stop=stop
    )
    kept = {name for part in contacts.parts for name in part.population.histories} & read
    return Hindsight(
        members=np.sort(then.ids[truths[DRAFT]]),
        sentence=write(rule, known.labels),
        known=_said(rule, kept, known.labels),
        as_of=as_of,
    )


def _said(rule: Rule, kept: set[str], labels: Any) -> list[str]:
    """Which facts of then are known, and which are today's."""
    parts = list(conditions(rule))
    said = []
    if any(isinstance(part, Interaction | Sequence | Regular) for part in parts):
        said.append("Interactions: those that had happened by then, also where they were recorded later.")
    read = sorted({part.name for part in parts if isinstance(part, Attribute)})
    changed = [quoted(labels.get(name, name)) for name in read if name in kept]
    others = [quoted(labels.get(name, name)) for name in read if name not in kept]
    if changed:
        said.append(
            f"{', '.join(changed)}: as it was then by the log of its changes; missing before the first line of a "
            "customer’s log; today’s value where a customer has none."
        )
    if others:
        said.append(f"{', '.join(others)}: today’s value, as no change of it is on record.")
    if segments_read(rule):
        said.append("Other segments: their members of then, by their logs.")
    return said
