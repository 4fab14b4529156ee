"""What makes a segment different: every attribute, kind and property compared with everyone else or another segment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
from django.core.cache import cache

from crm.queries.accounts import current_account
from segments.engine.language import moments
from segments.engine.language.parse import parse_document
from segments.engine.language.refusals import Refused
from segments.engine.language.rules import (
    Attribute,
    Interaction,
    Regular,
    Rule,
    Sequence,
    conditions,
    segments_read,
)
from segments.engine.statistics import features as seen
from segments.engine.statistics.contrast import (
    RankContrast,
    ShareContrast,
    benjamini_hochberg,
    compare_numbers,
    compare_shares,
)
from segments.engine.statistics.features import Number, Piece, Share
from segments.models import Segment
from segments.queries.building.values import AttributeChoice, attributes, kinds
from segments.queries.catalogue import Catalogue, catalogue
from segments.queries.insight.ground import Ground, ground, sides
from segments.queries.membership.packed import members_of

LEAST = 20  # fewer people on a side than this tell nothing
TINY = 5  # a sensitive attribute is not broken down into groups smaller than this
CHANCE = 0.05
KEPT_SECONDS = 120
MOST_KINDS = 30
MOST_PROPERTIES = 24
NAMES = {"first_name", "last_name", "email", "phone", "external_id"}
WINDOWS = {"30": 30, "90": 90, "365": 365, "ever": 0}


@dataclass(frozen=True)
class Difference:
    """One thing in which two groups differ: its feature, how much, and the chance that it is none (adjusted)."""

    feature: Share | Number
    label: str
    effect: ShareContrast | RankContrast
    chance: float
    in_rule: bool
    sensitive: bool
    condition: dict[str, Any]

    @property
    def size(self) -> float:
        """From -1 to 1: the difference of shares, or Cliff's delta."""
        return self.effect.difference if isinstance(self.effect, ShareContrast) else self.effect.delta


@dataclass(frozen=True)
class Differences:
    """What was found, the largest first; `compared` things were, `n` and `m` people, `both` left out as in both."""

    rows: list[Difference]
    compared: int
    n: int
    m: int
    both: int
    skipped: list[str]
    as_of: datetime
    built_at: datetime

    @property
    def too_few(self) -> bool:
        """True where a side is too small to be compared."""
        return min(self.n, self.m) < LEAST


def differences(
    segment: Segment, *, against: Segment | None, window: str, see_sensitive: bool, as_of: datetime
) -> Differences:
    """The differences of a segment to everyone else, or to the members of another that are not in it.

    Kept for two minutes, for as long as the segments' rules are what they are.
    """
    other = (against.pk, against.version, against.size) if against else ()
    key = (
        f"segments.differences.{segment.pk}.{segment.version}.{segment.size}.{other}.{window}.{see_sensitive}"
    )
    key = key.replace(" ", "")
    found = cache.get(key)
    if found is None:
        found = _work_out(segment, against, window, see_sensitive, as_of)
        cache.set(key, found, KEPT_SECONDS)
    return found


def _work_out(
    segment: Segment, against: Segment | None, window: str, see_sensitive: bool, as_of: datetime
) -> Differences:
    stage = ground()
    members = members_of([segment, against] if against else [segment])
    mine, theirs = members[segment.pk], members[against.pk] if against else None
    pieces = [(part.population, sides(part, mine, theirs)) for part in stage.parts]
    n, m = seen.sizes(pieces)
    both = len(np.intersect1d(mine, theirs, assume_unique=True)) if theirs is not None else 0
    if min(n, m) < LEAST:
        return Differences([], 0, n, m, both, [], as_of, stage.built_at)
    known = catalogue()
    features, skipped = _features(pieces, stage, known, window, see_sensitive, as_of)
    reads = _Reads.of([segment] if against is None else [segment, against], known)
    sensitive = {one.name for one in attributes(sensitive=True) if one.sensitive}
    compared = [row for feature in features if (row := _compared(feature, reads, known, sensitive))]
    chances = benjamini_hochberg(np.array([row.chance for row in compared]))
    rows = [
        Difference(**{**row.__dict__, "chance": float(chance)})
        for row, chance in zip(compared, chances, strict=True)
        if chance <= CHANCE
    ]
    rows.sort(key=lambda row: -abs(row.size))
    return Differences(rows, len(compared), n, m, both, sorted(skipped), as_of, stage.built_at)


def _features(
    pieces: list[Piece], stage: Ground, known: Catalogue, window: str, see_sensitive: bool, as_of: datetime
) -> tuple[list[Share | Number], list[str]]:
    """Everything that can be compared, worked out in two threads (the counting holds no lock)."""
    n, m = seen.sizes(pieces)
    end = moments.to_us(as_of) + 1
    days = WINDOWS[window]
    low = end - 1 - days * moments.DAY_US if days else -moments.EVER
    asked = {"window": {"last": [days, "day"]}} if days else {}
    done = seen.doings(pieces, low, end, asked)
    jobs: list[Callable[[], list[Share | Number]]] = []
    skipped: list[str] = []
    for choice in readable_attributes(see_sensitive):

        def tell(name: str = choice.name, kind: str = choice.type) -> list[Share | Number]:
            found = seen.attribute_features(pieces, name, kind, known.zone)
            skipped.extend(found.skipped)
            return found.features

        jobs.append(tell)
    listed = [kind for kind in kinds() if kind["kind"] in done.people][:MOST_KINDS]
    jobs += [partial(seen.kind_features, done, kind["kind"], n, m) for kind in listed]
    jobs += _property_jobs(pieces, listed, done, low, end)
    with ThreadPoolExecutor(2) as pool:
        gathered = list(pool.map(lambda job: job(), jobs))
    return [feature for features in gathered for feature in features], skipped


def _property_jobs(
    pieces: list[Piece], listed: list[dict[str, Any]], done: seen.Doings, low: int, end: int
) -> list[Callable[[], Any]]:
    types = {one["name"]: one["type"] for kind in listed for one in kind["properties"]}
    texts = [name for name, kind in types.items() if kind in ("text", "yes/no", "") and name != "currency"]
    largest = pieces[0][0].properties
    texts = [name for name in texts if name in largest and len(largest[name].dictionary) <= seen.MOST_VALUES]
    only = {"currency": {"", current_account().currency}}
    jobs: list[Callable[[], Any]] = [
        partial(seen.property_features, pieces, name, types[name], done, low, end)
        for name in texts[:MOST_PROPERTIES]
    ]
    numeric = [
        (one["name"], kind["kind"])
        for kind in listed
        for one in kind["properties"]
        if one["type"] == "number"
    ]
    for name, doing in numeric[:MOST_PROPERTIES]:
        money = only if name == "amount" else {}
        jobs.append(partial(seen.amount_features, pieces, name, doing, done.window, low, end, money))
    return jobs


def readable_attributes(see_sensitive: bool) -> list[AttributeChoice]:
    """The attributes that groups can be compared by: no names of people, and nothing that is kept from the viewer."""
    choices = attributes(sensitive=True)
    hidden = () if see_sensitive else tuple(one.name for one in choices if one.sensitive)
    return [
        one
        for one in choices
        if one.name not in NAMES
        and not any(one.name == name or one.name.startswith(f"{name}.") for name in hidden)
    ]


def _compared(
    feature: Share | Number, reads: _Reads, known: Catalogue, sensitive: set[str]
) -> Difference | None:
    """The feature with its effect; None where it cannot be told or must not be."""
    name = feature.condition.get("attribute", "")
    guarded = any(name == one or name.startswith(f"{one}.") for one in sensitive)
    condition = feature.condition
    effect: ShareContrast | RankContrast | None
    if isinstance(feature, Share):
        if min(feature.n, feature.m) < LEAST or feature.a + feature.b < TINY:
            return None
        if guarded and min(feature.a, feature.b, feature.n - feature.a, feature.m - feature.b) < TINY:
            return None
        effect = compare_shares(feature.a, feature.n, feature.b, feature.m)
    else:
        effect = compare_numbers(feature.values, feature.first, feature.second)
        if effect is None or min(effect.n, effect.m) < LEAST:
            return None
        condition = _bounded(feature, effect)
    label = known.labels.get(feature.subject, feature.subject)
    return Difference(feature, label, effect, effect.p, reads.has(feature), guarded, condition)


def _bounded(number: Number, effect: RankContrast) -> dict[str, Any]:
    """The condition with a border: the first group's median, towards the side on which it lies."""
    value = effect.first_median
    more = effect.delta >= 0
    if number.unit == "day":
        day = int(value) - 1 if more else int(value) + 1
        return {**number.condition, "op": "after" if more else "before", "value": seen.day_text(day)}
    whole: float = int(value) if value == int(value) else round(value, 2)
    if number.unit == "times" and more:
        whole = max(whole, 1)  # who never did it is no example of doing it often
    return {**number.condition, "op": "gte" if more else "lte", "value": whole}


@dataclass(frozen=True)
class _Reads:
    """What some rules ask for, with the rules of the segments that they name."""

    attributes: frozenset[str]
    kinds: frozenset[str]

    @classmethod
    def of(cls, segments: Iterable[Segment], known: Catalogue) -> _Reads:
        waiting = [rule for one in segments if (rule := _rule_of(one)) is not None]
        names: set[str] = set()
        doings: set[str] = set()
        done: set[str] = set()
        while waiting:
            rule = waiting.pop()
            for part in conditions(rule):
                if isinstance(part, Attribute):
                    names.add(part.name)
                elif isinstance(part, Interaction | Regular):
                    doings.add(part.kind)
                elif isinstance(part, Sequence):
                    doings |= {step.kind for step in part.steps}
            for slug in segments_read(rule) - done:
                done.add(slug)
                if slug in known.rules:
                    waiting.append(known.rules[slug])
        return cls(frozenset(names), frozenset(doings))

    def has(self, feature: Share | Number) -> bool:
        """True if a rule asks for this attribute, or for this kind of interaction."""
        if "attribute" in feature.condition:
            return feature.condition["attribute"] in self.attributes
        kind = feature.condition["interaction"]
        return any(
            kind == asked or (asked.endswith("*") and kind.startswith(asked[:-1])) for asked in self.kinds
        )


def _rule_of(segment: Segment) -> Rule | None:
    if segment.kind != Segment.DYNAMIC:
        return None
    try:
        return parse_document(segment.rule)
    except Refused:
        return None
