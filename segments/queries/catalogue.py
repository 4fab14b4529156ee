"""What rules may name in this account, and the rules of its segments, ready for the engine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import TextField
from django.db.models.functions import Cast

from crm.domain.attributes import BUILT_IN
from crm.models import AttributeDefinition
from crm.queries.accounts import account_zone
from segments.engine.judging.standing import needs_standing
from segments.engine.language import moments
from segments.engine.language.check import Catalogue
from segments.engine.language.naming import segment_key
from segments.engine.language.parse import parse_document
from segments.engine.language.refusals import Refused
from segments.engine.language.rules import All, AnyOf, Not, Rule, conditions, properties_read, segments_read
from segments.engine.language.rules import Membership as InSegment
from segments.mirror import everyone
from segments.mirror.everyone import Everyone
from segments.models import Membership, Segment
from segments.queries.membership.placements import placed
from segments.queries.reaching import Reached


class Defined(NamedTuple):
    """What the account says of an attribute."""

    name: str
    label: str
    type: str
    retired_at: datetime | None
    sensitive: bool


def definitions() -> list[Defined]:
    """Every attribute that the account has defined; one query."""
    return [Defined(*row) for row in AttributeDefinition.objects.values_list(*Defined._fields)]


class Written(NamedTuple):
    """A segment with its rule as text: a document that was read before is known by it, and not decoded for that."""

    slug: str
    kind: str
    document: str
    name: str
    archived_at: datetime | None
    evaluated_at: datetime | None


def written(*, archived: bool = False) -> list[Written]:
    """The segments in use, or the archived ones too, each with its rule; one query."""
    rows = (Segment.objects.all() if archived else Segment.objects.live()).annotate(
        document=Cast("rule", TextField())
    )
    return [Written(*row) for row in rows.values_list(*Written._fields)]


def catalogue(
    contacts: Everyone | None = None,
    *,
    exclude: str = "",
    defined: Sequence[Defined] | None = None,
    segments: Sequence[Written] | None = None,
) -> Catalogue:
    """The account's attributes with types and labels, its segments and their rules (as written).

    `contacts`, `defined` and `segments` where the caller has them; `exclude` is the segment being edited, whose saved
    rule does not count.
    """
    types = (contacts or everyone.now(rebuild=False)).attribute_types()
    labels = {name: label for name, (label, _) in BUILT_IN.items()}
    types.update({name: type_name.value for name, (_, type_name) in BUILT_IN.items()})
    retired: set[str] = set()
    for one in definitions() if defined is None else defined:
        labels[one.name] = one.label
        if one.retired_at is None:
            types[one.name] = one.type
        else:
            types.pop(one.name, None)
            retired.add(one.name)
    live = [one for one in (written() if segments is None else segments) if one.archived_at is None]
    rules: dict[str, Rule] = {}
    unreadable: dict[str, str] = {}
    for segment in live:
        if segment.kind == Segment.DYNAMIC and segment.slug != exclude:
            try:
                rules[segment.slug] = _parsed(segment.document)
            except Refused as refused:
                unreadable[segment.slug] = f"Its rule cannot be read: {refused.problems[0].sentence}"
    return Catalogue(
        attributes=types,
        segments=frozenset(one.slug for one in live),
        rules=rules,
        labels=labels | {segment_key(one.slug): one.name for one in live},
        zone=account_zone(),
        unreadable=unreadable,
        retired=frozenset(retired),
        evaluated=frozenset(one.slug for one in live if one.evaluated_at is not None),
    )


@lru_cache(maxsize=5_000)
def _parsed(document: str) -> Rule:
    """The rule of a document that was saved; the same document is read once."""
    return parse_document(json.loads(document))


@dataclass
class Prepared:
    """Rules that can be judged, what went wrong with the others, and members that are given.

    `listed`: fixed segments and those that are `kept`, which cannot be evaluated now and have their last good members
    (contact ids); and segments that some rule asks to be in `for` a time (id -> since).
    """

    rules: dict[str, Rule]
    problems: dict[str, str] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    listed: dict[str, dict[int, int] | np.ndarray | tuple[np.ndarray, np.ndarray]] = field(
        default_factory=dict
    )
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def properties(self) -> set[str]:
        """The interaction properties these rules read."""
        return {name for rule in self.rules.values() for name in properties_read(rule)}

    @property
    def stopping(self) -> dict[str, str]:
        """What is wrong with the segments that stop those that refer to them, too."""
        return {slug: problem for slug, problem in self.problems.items() if slug not in self.kept}


DRAFT = "\x00draft"  # no slug looks like these
INCLUDED, EXCLUDED = "\x00included-", "\x00excluded-"


class Tables:
    """Members of segments as the tables have them: ids, and contact id -> since when (microseconds)."""

    def members(self, slug: str) -> np.ndarray:
        """Who is in it, by contact id."""
        ids = Membership.objects.filter(segment__slug=slug).values_list("contact_id", flat=True)
        return np.fromiter(ids, np.int64)

    def since(self, slug: str) -> dict[int, int] | tuple[np.ndarray, np.ndarray]:
        """Since when each is in it: by contact, or as two arrays, the contacts rising."""
        since = Membership.objects.filter(segment__slug=slug).values_list("contact_id", "since")
        return {contact: moments.to_us(at) for contact, at in since}


def prepare(
    known: Catalogue,
    slugs: Iterable[str],
    *,
    drafts: Mapping[str, Rule] | None = None,
    as_of: datetime | None = None,
    listing: Tables | None = None,
) -> Prepared:
    """The rules of these segments and of all they refer to, checked; a bad one spoils none but itself.

    Where it was evaluated before, the rules that refer to it take its last good members; where it never was, they are
    spoilt, too.

    `drafts` are unsaved rules, checked already, that go with them, by names that no segment has. With `as_of`, people
    who are placed by hand and not yet at their end are members, or are not, whatever the rule says; to the rules that
    refer to it as well.
    `listing` where the caller knows the members of segments without the tables, or only asks for a few contacts.
    """
    reached = Reached(known, drafts)
    for slug in slugs:
        reached.reach(slug)
    prepared = Prepared(reached.rules, reached.problems, reached.kept, zone=known.zone)
    listing = listing or Tables()
    fixed = [slug for slug in _referred(prepared) if slug not in prepared.rules]
    for slug in fixed:
        prepared.listed[slug] = listing.members(slug)
    for slug in [*needs_standing(prepared.rules), *(slug for slug in fixed if slug in _asked_for(prepared))]:
        prepared.listed[slug] = listing.since(slug)
    if as_of is not None:
        _place(prepared, as_of)
    return prepared


def _place(prepared: Prepared, as_of: datetime) -> None:
    """Wrap each rule some people are placed in: (rule or included) and not excluded."""
    by_hand = placed(as_of)
    if not by_hand:
        return
    slugs = dict(Segment.objects.filter(pk__in=by_hand).values_list("pk", "slug"))
    for key, people in by_hand.items():
        slug = slugs.get(key)
        if slug is None or slug not in prepared.rules:
            continue
        inside, outside = f"{INCLUDED}{slug}", f"{EXCLUDED}{slug}"
        prepared.listed[inside], prepared.listed[outside] = people
        prepared.rules[slug] = placing(prepared.rules[slug], inside, outside)


def placing(rule: Rule, included: str, excluded: str) -> Rule:
    """The rule with two lists of people that win over it. A rule that says nothing has those included only."""
    return All((AnyOf((rule, InSegment(included, True))), Not(InSegment(excluded, True))))


def _referred(prepared: Prepared) -> set[str]:
    return {slug for rule in prepared.rules.values() for slug in segments_read(rule)}


def _asked_for(prepared: Prepared) -> set[str]:
    """The segments that some rule asks to be in `for` a time."""
    parts = (part for rule in prepared.rules.values() for part in conditions(rule))
    return {part.segment for part in parts if isinstance(part, InSegment) and part.held is not None}
