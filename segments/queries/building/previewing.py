"""What the builder shows of an unsaved rule: counts, its sentence, who may be reached, who would come and go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from crm.models import Contact
from segments.engine.language import moments
from segments.engine.language.check import check
from segments.engine.language.parse import parse_document
from segments.engine.language.refusals import Refused
from segments.engine.language.rules import Rule, says_nothing, segments_read
from segments.engine.language.sentence import write
from segments.models import Membership, MembershipChange, Segment
from segments.queries.building.counting import Counted, count, opened
from segments.queries.building.reaching import Reach, reach
from segments.queries.catalogue import DRAFT, prepare
from segments.queries.membership.placements import NOBODY, placed
from segments.uses import Edit

Ids = npt.NDArray[np.int64]
NAMED = 3


@dataclass(frozen=True)
class Preview:
    """A counted rule with its sentence, and whom it reaches by channel."""

    counted: Counted
    sentence: str
    reach: list[Reach]

    @property
    def mailable(self) -> int:
        """How many may be e-mailed."""
        return next(one.allowed for one in self.reach if one.channel == "email")


@dataclass(frozen=True)
class Rehearsal:
    """What saving would do to the members: how many join, leave and stay, and a few names."""

    joins: int
    leaves: int
    stays: int
    joining: list[str]
    leaving: list[str]


def preview(
    document: Any, *, as_of: datetime, slug: str = "", stop: Callable[[], bool] | None = None
) -> Preview:
    """The rule counted over everyone. Raises `Refused` with every problem, `Preparing`, and `Stopped`."""
    ground = opened(slug=slug)
    known = ground.known
    rule = check(parse_document(document), known, slug=slug)
    counted = count(document, as_of=as_of, slug=slug, ground=ground, stop=stop)
    return Preview(
        counted=counted,
        sentence="" if says_nothing(rule) else write(rule, known.labels),
        reach=reach(counted.members, contacts=ground.contacts, zone=known.zone, as_of=as_of),
    )


def compare(documents: Mapping[str, Any], *, as_of: datetime, slug: str = "") -> dict[str, int]:
    """The exact count of each of several rules, in one pass; a rule that is refused is left out."""
    ground = opened(slug=slug)
    known = ground.known
    rules: dict[str, Rule] = {}
    for key, document in documents.items():
        try:
            rules[f"{DRAFT}{key}"] = check(parse_document(document), known, slug=slug)
        except Refused:
            continue
    if not rules:
        return {}
    read = {slug for rule in rules.values() for slug in segments_read(rule)}
    prepared = prepare(known, read, drafts=rules, as_of=as_of)
    spoilt = [name for name, rule in rules.items() if segments_read(rule) & prepared.stopping.keys()]
    for name in spoilt:
        del rules[name], prepared.rules[name]
    members, _ = ground.contacts.judge(
        prepared.rules,
        as_of=moments.to_us(as_of),
        zone=known.zone,
        listed=prepared.listed,
        wanted=tuple(rules),
    )
    return {name.removeprefix(DRAFT): int(np.count_nonzero(members[name])) for name in rules}


def rehearse(segment: Segment, document: Any, *, as_of: datetime) -> Rehearsal:
    """Who would join and leave a segment by this rule, those placed by hand as they are. Raises `Refused`."""
    return against(segment, count(document, as_of=as_of, slug=segment.slug))


def against(segment: Segment, counted: Counted) -> Rehearsal:
    """What a counted rule would do to the members of a segment, those placed by hand as they are."""
    return told(edit_by(segment, counted))


def told(edit: Edit) -> Rehearsal:
    """An edit in numbers, with a few names."""
    return Rehearsal(
        joins=len(edit.joining),
        leaves=len(edit.leaving),
        stays=len(edit.staying),
        joining=_names(edit.joining),
        leaving=_names(edit.leaving),
    )


def edit_by(segment: Segment, counted: Counted) -> Edit:
    """Who would join, leave and stay by a counted rule, those placed by hand as they are."""
    people = placed(counted.as_of, [segment.pk]).get(segment.pk, NOBODY)
    matching = people.applied(counted.members)
    newest = (
        MembershipChange.objects.filter(segment=segment).order_by("-at", "-pk").values_list("pk", flat=True)
    )
    present = _members(segment.pk, segment.version, segment.evaluated_at, segment.size, newest.first() or 0)
    joining = np.setdiff1d(matching, present, assume_unique=True)
    leaving = np.setdiff1d(present, matching, assume_unique=True)
    staying = np.setdiff1d(matching, joining, assume_unique=True)
    return Edit(segment, joining, leaving, staying, counted.as_of)


@lru_cache(maxsize=2)
def _members(segment: int, version: int, evaluated_at: datetime | None, size: int, newest: int) -> Ids:
    """The saved members, sorted; kept until the log says that they changed."""
    found = Membership.objects.filter(segment=segment).order_by("contact_id")
    return np.fromiter(found.values_list("contact_id", flat=True).iterator(chunk_size=20_000), np.int64)


def _names(ids: Ids) -> list[str]:
    few = [int(pk) for pk in ids[:NAMED]]
    found = Contact.objects.in_bulk(few)
    return [found[pk].name for pk in few if pk in found]
