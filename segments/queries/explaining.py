"""Why a customer is in segments or is not, in a fixed number of queries, whatever the number of segments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from crm.models import Contact
from segments.engine.judging.evaluate import Standing
from segments.engine.language import moments
from segments.engine.language.check import Catalogue
from segments.engine.language.naming import segment_key
from segments.engine.language.rules import Attribute, Rule, conditions, segments_read
from segments.engine.language.rules import Membership as InSegment
from segments.engine.why.telling import Happening
from segments.engine.why.why import Node, Why, explain_each
from segments.mirror import everyone
from segments.mirror.reading import read_histories, read_one, typed
from segments.models import Membership, Placement, Segment
from segments.queries.catalogue import DRAFT, Defined, Written, catalogue, definitions
from segments.queries.membership.placements import placements_by_segment
from segments.queries.reaching import Reached


@dataclass(frozen=True)
class Known:
    """What a caller has read already and need not be read again; None: it has not.

    The contact with its company; since when it is in which segments, in all of them; what attributes and segments
    there are.
    """

    contact: Contact | None = None
    since: Mapping[str, datetime] | None = None
    defined: Sequence[Defined] | None = None
    segments: Sequence[Written] | None = None


@dataclass(frozen=True)
class Explained:
    """A segment and a customer: `why` is None where the list is made by hand or the rule cannot be evaluated.

    `member` and `since` are of the last count; `why.holds` is as of now. `interactions` are the ids
    of all of theirs, row by row. `leans` names the segments it refers to that cannot be evaluated now: their last good
    members count in it.
    """

    segment: Segment
    member: bool
    since: datetime | None
    as_of: datetime
    zone: ZoneInfo
    why: Why | None = None
    problem: str = ""
    interactions: Sequence[int] = ()
    placement: Placement | None = None
    leans: Sequence[str] = ()

    @property
    def holds(self) -> bool:
        """Whether they belong to it as of now: by hand, else by its rule, else by its list."""
        if self.placement is not None:
            return self.placement.included
        return self.why.holds if self.why else self.member

    @property
    def by_hand(self) -> str:
        """Who put them in or keeps them out, why, and until when; nothing where nobody does."""
        if self.placement is None:
            return ""
        did = "included" if self.placement.included else "kept out"
        by = self.placement.by.name if self.placement.by else "Facet"
        until = self._local_moment(self.placement.until)
        ends = f", until {_moment(until)}" if until else ""
        return f"{did} by hand by {by}, because: {self.placement.reason}{ends}"

    @property
    def reasons(self) -> list[str]:
        """The facts that decided the answer, as short pieces of a sentence, each once."""
        if self.placement is not None:
            return [self.by_hand]
        told = [leaf.told.seen for leaf in self.why.reasons if leaf.told] if self.why else []
        return list(dict.fromkeys(told))

    @property
    def pending(self) -> bool:
        """True if the answer is not yet that of the last count."""
        return (self.why is not None or self.placement is not None) and self.holds != self.member

    @property
    def changes_at(self) -> datetime | None:
        """The instant at which the answer changes if nothing happens, in the account's zone."""
        if self.placement is not None:
            return self._local_moment(self.placement.until)
        return self._local(self.why.foresight.changes_at) if self.why else None

    @property
    def looked_until(self) -> datetime | None:
        """Up to when a change by time alone was looked for."""
        return self._local(self.why.foresight.looked_until) if self.why else None

    def _local(self, instant: int | None) -> datetime | None:
        return None if instant is None else moments.to_datetime(instant).astimezone(self.zone)

    def _local_moment(self, instant: datetime | None) -> datetime | None:
        return instant.astimezone(self.zone) if instant else None

    @property
    def outlook(self) -> str:
        """What time will do to it: `Until 14 March 2026, 09:00, unless they buy.`"""
        if self.placement is not None:
            until = self._local_moment(self.placement.until)
            return (
                f"Until {_moment(until)}, then the rule decides."
                if until
                else "Until somebody takes it back."
            )
        if self.why is None:
            return (
                "Until somebody takes them off the list."
                if self.member
                else "Until somebody puts them on the list."
            )
        if self.changes_at is not None:
            begins = "Until" if self.why.holds else "Will be in it from"
            unless = f", unless {self.why.unless}" if self.why.unless else ""
            return f"{begins} {_moment(self.changes_at)}{unless}."
        if self.why.time_matters and self.looked_until is not None:
            return f"Time alone changes nothing before {_day(self.looked_until)}."
        return "Until something about them changes."


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B} {at.year}"


def _moment(at: datetime) -> str:
    return f"{_day(at)}, {at:%H:%M}"


def explain_segments(
    contact_id: int,
    segments: Sequence[Segment],
    *,
    as_of: datetime,
    see_sensitive: bool,
    drafts: Mapping[str, Rule] | None = None,
    name_others: bool = True,
    already: Known = Known(),
    then: bool = False,
) -> list[Explained]:
    """Why the customer is in each segment or is not, in the order given; `drafts` are rules not saved yet, by slug.

    Where `name_others` is False, a segment that a rule refers to and that is not among these stays without a name.
    `then`: as of an instant that is past.
    """
    defined = definitions() if already.defined is None else already.defined
    in_use = typed((one.name, one.type) for one in defined if one.retired_at is None)
    contact = already.contact or Contact.objects.select_related("company").get(pk=contact_id)
    population, done = read_one(contact, in_use)
    known = catalogue(everyone.beside(population), defined=defined, segments=already.segments)
    known = replace(known, rules={**known.rules, **(drafts or {})})
    if not name_others:
        known = replace(known, labels=_without_names(known, {segment.slug for segment in segments}))
    hidden = frozenset(one.name for one in defined if one.sensitive and not see_sensitive)
    since = _since(contact_id) if already.since is None else already.since
    reached = Reached(known)
    for segment in segments:
        reached.reach(segment.slug)
    population = read_histories(population, _held(reached.rules))
    by_hand = placements_by_segment(contact_id, at=as_of, then=then)
    whys: Mapping[str, Why] = {}
    if len(population):
        wanted = [segment.slug for segment in segments if segment.slug in reached.rules]
        whys = explain_each(
            population,
            reached.rules,
            dict.fromkeys(wanted),
            as_of=moments.to_us(as_of),
            zone=known.zone,
            labels=known.labels,
            given=_given(reached, by_hand.values(), since, as_of),
            hidden=hidden,
        )
    return [
        Explained(
            segment,
            segment.slug in since,
            since.get(segment.slug),
            as_of,
            known.zone,
            why=whys.get(segment.slug),
            problem=reached.problems.get(segment.slug, ""),
            interactions=done,
            placement=by_hand.get(segment.pk),
            leans=_leans(reached, segment.slug),
        )
        for segment in segments
    ]


def _leans(reached: Reached, slug: str) -> list[str]:
    rule = reached.rules.get(slug)
    kept = segments_read(rule) & reached.kept if rule is not None else set()
    return [reached.known.labels.get(segment_key(other), other) for other in sorted(kept)]


def _since(contact_id: int) -> dict[str, datetime]:
    rows = Membership.objects.filter(contact_id=contact_id)
    return dict(rows.values_list("segment__slug", "since"))


def _given(
    reached: Reached,
    by_hand: Iterable[Placement],
    since: Mapping[str, datetime],
    as_of: datetime,
) -> dict[str, Standing]:
    """Since when the customer stands in lists, in segments that are judged as well, and where a hand put them."""
    asked = {name for rule in reached.rules.values() for name in segments_read(rule)}
    lists = asked & reached.known.segments - reached.rules.keys()
    given = {slug: _standing(since.get(slug)) for slug in lists}
    given |= {slug: replace(_standing(since.get(slug)), judged=True) for slug in _followed(reached.rules)}
    for placement in by_hand:
        slug = placement.segment.slug
        given[slug] = _standing(since.get(slug, as_of) if placement.included else None)
    return given


def _without_names(known: Catalogue, named: set[str]) -> dict[str, str]:
    others = {segment_key(slug): "another segment" for slug in known.segments - named}
    return {**known.labels, **others}


def explain_segment(
    contact: Contact, segment: Segment, *, as_of: datetime, see_sensitive: bool, then: bool = False
) -> Explained:
    """Why the customer is in one segment or is not; `then`: as of an instant that is past."""
    return explain_segments(contact.pk, [segment], as_of=as_of, see_sensitive=see_sensitive, then=then)[0]


def explain_draft(
    contact_id: int, rule: Rule, *, slug: str, as_of: datetime, see_sensitive: bool
) -> Explained:
    """Why the customer would be in a segment by an unsaved rule; `slug` is the segment it would be the rule of."""
    draft = Segment(slug=slug or DRAFT, name="This draft")
    drafts = {draft.slug: rule}
    return explain_segments(contact_id, [draft], as_of=as_of, see_sensitive=see_sensitive, drafts=drafts)[0]


def _followed(rules: Mapping[str, Rule]) -> set[str]:
    """The segments by rule that some rule asks to be in for a time: since when is in the log of members."""
    parts = [part for rule in rules.values() for part in conditions(rule)]
    return {
        part.segment
        for part in parts
        if isinstance(part, InSegment) and part.held is not None and part.segment in rules
    }


def _held(rules: Mapping[str, Rule]) -> set[str]:
    parts = [part for rule in rules.values() for part in conditions(rule)]
    return {part.name for part in parts if isinstance(part, Attribute) and part.held_for}


def _standing(since: datetime | None) -> Standing:
    at = 0 if since is None else moments.to_us(since)
    return Standing(np.array([since is not None]), np.array([at], np.int64))


def happenings(node: Node) -> tuple[Happening, ...]:
    """The interactions a condition names."""
    return node.told.happenings if node.told else ()
