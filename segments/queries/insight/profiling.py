"""Profiles of a segment beside everyone else: where they live, how they buy, what they prefer, what they do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from django.core.cache import cache

from crm.queries.accounts import account_zone
from segments.engine.language import moments
from segments.engine.statistics import features as seen
from segments.engine.statistics import tally
from segments.engine.statistics.contrast_words import did, value_text
from segments.engine.statistics.features import Piece, Share
from segments.models import Segment
from segments.queries.building.values import AttributeChoice, kinds
from segments.queries.insight.differing import readable_attributes
from segments.queries.insight.ground import ground, sides
from segments.queries.insight.purchases import PURCHASE
from segments.queries.membership.packed import members_of

DAYS = 365
KEPT_SECONDS = 120
SHOWN = 10
TINY = 5
MOST_CHARTS = 4
WINDOW = {"window": {"last": [DAYS, "day"]}}
PLACES = re.compile(r"(^|[._ ])(country|region|state|province|canton|city|town|place)$", re.I)
TASTES = re.compile(r"prefer|interest|favou?rite|language|newsletter|taste|hobb|diet|style|likes", re.I)
DEVICES = re.compile(r"^(device|browser|os|platform|page|path|url|channel|referrer|medium|utm_\w+)$", re.I)
WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
RECENT = ((30, "30 days"), (90, "31–90"), (180, "91–180"), (365, "181–365"))


@dataclass(frozen=True)
class Bar:
    """A line of a chart: how many of each group; `condition` finds the people, None where no rule can say it."""

    label: str
    first: int
    second: int
    condition: dict[str, Any] | None = None


@dataclass(frozen=True)
class Chart:
    """Shares of two groups side by side: of `n` members and of `m` others. `ordered`: the labels are a scale."""

    title: str
    note: str
    n: int
    m: int
    bars: list[Bar]
    ordered: bool = False


@dataclass(frozen=True)
class Week:
    """How what was done falls on the hours of the week: rows of Monday to Sunday, shares of all of it."""

    rows: list[list[float]]
    counts: list[list[int]]
    number: int
    zone: str


@dataclass(frozen=True)
class Profile:
    """One profile; `lacks` says what the account would need where there is nothing to show."""

    charts: list[Chart]
    lacks: str
    as_of: datetime
    week: Week | None = None


@dataclass
class _Stage:
    """What every profile is made of."""

    pieces: list[Piece]
    n: int
    m: int
    as_of: datetime
    see_sensitive: bool
    low: int = 0
    high: int = 0
    done: seen.Doings = field(init=False)

    def __post_init__(self) -> None:
        self.high = moments.to_us(self.as_of) + 1
        self.low = self.high - 1 - DAYS * moments.DAY_US
        self.done = seen.doings(self.pieces, self.low, self.high, WINDOW)


def profile_of(segment: Segment, part: str, *, see_sensitive: bool, as_of: datetime) -> Profile:
    """One of `PARTS` of a segment; kept for two minutes."""
    key = f"segments.profile.{part}.{segment.pk}.{segment.version}.{segment.size}.{see_sensitive}"
    found = cache.get(key)
    if found is None:
        members = members_of([segment])[segment.pk]
        pieces = [(one.population, sides(one, members, None)) for one in ground().parts]
        found = PARTS[part](_Stage(pieces, *seen.sizes(pieces), as_of, see_sensitive))
        cache.set(key, found, KEPT_SECONDS)
    return found


def _location(stage: _Stage) -> Profile:
    charts = _attribute_charts(stage, lambda one: one.type == "text" and bool(PLACES.search(one.name)))
    lacks = (
        "No attribute says where customers live. Import ‘country’ or ‘city’, and their shares appear here."
    )
    return Profile(charts, "" if charts else lacks, stage.as_of)


def _preference(stage: _Stage) -> Profile:
    charts = _attribute_charts(
        stage, lambda one: one.type in ("text", "list", "yes/no") and bool(TASTES.search(one.name))
    )
    lacks = "No attribute tells preferences. Keep interests, languages or preferred channels of customers for this."
    return Profile(charts, "" if charts else lacks, stage.as_of)


def _attribute_charts(stage: _Stage, wanted: Callable[[AttributeChoice], bool]) -> list[Chart]:
    zone = account_zone()
    made = []
    for choice in readable_attributes(stage.see_sensitive):
        if not wanted(choice):
            continue
        found = seen.attribute_features(stage.pieces, choice.name, choice.type, zone).features
        values = [one for one in found if isinstance(one, Share) and one.value is not None]
        known = next((one for one in found if isinstance(one, Share) and one.value is None), None)
        if known is None or not known.a + known.b or len(values) < 2:
            continue
        if choice.sensitive and min(known.a, known.b) < TINY:
            continue
        bars = _top(values, guarded=choice.sensitive, several=choice.type == "list")
        unknown = Bar(
            "not known", stage.n - known.a, stage.m - known.b, {"attribute": choice.name, "op": "is_not_set"}
        )
        if unknown.first or unknown.second:
            bars.append(unknown)
        note = "A customer may have several." if choice.type == "list" else ""
        made.append((known.a + known.b, Chart(choice.label, note, stage.n, stage.m, bars)))
    made.sort(key=lambda pair: -pair[0])
    return [chart for _, chart in made[:MOST_CHARTS]]


def _top(values: list[Share], *, guarded: bool = False, several: bool = False) -> list[Bar]:
    """The most frequent values of the members, and the rest as one unless one person may have `several`."""
    if guarded:
        values = [one for one in values if min(one.a, one.b) >= TINY]
    ranked = sorted(values, key=lambda one: (-one.a, -one.b))
    shown = ranked[:SHOWN]
    bars = [Bar(value_text(one.value), one.a, one.b, one.condition) for one in shown]
    rest = ranked[SHOWN:]
    first, second = sum(one.a for one in rest), sum(one.b for one in rest)
    return bars + ([Bar(f"{len(rest):,} others", first, second)] if (first or second) and not several else [])


def _purchase(stage: _Stage) -> Profile:
    if PURCHASE not in stage.done.people:
        lacks = "No purchases are known. Import orders, or send interactions of the kind ‘purchase’."
        return Profile([], lacks, stage.as_of)
    charts = [_how_often(stage), _how_long_ago(stage)]
    return Profile(charts + _property_charts(stage, [PURCHASE], None, most=3), "", stage.as_of)


def _how_often(stage: _Stage) -> Chart:
    people = stage.done.people[PURCHASE]
    first, second = stage.done.doers(PURCHASE)
    counted = {"interaction": PURCHASE, **WINDOW, "measure": {"fn": "count"}}
    bars = [Bar("none", stage.n - first, stage.m - second, {**counted, "op": "eq", "value": 0})]
    for low, high in ((1, 1), (2, 2), (3, 4), (5, 9)):
        part = people[:, low : high + 1].sum(axis=1)
        label = str(low) if low == high else f"{low}–{high}"
        condition = {**counted, "op": "between", "value": [low, high]}
        bars.append(Bar(label, int(part[1]), int(part[2]), condition))
    rest = people[:, 10:].sum(axis=1)
    bars.append(Bar("10 or more", int(rest[1]), int(rest[2]), {**counted, "op": "gte", "value": 10}))
    return Chart("Purchases in 12 months", "", stage.n, stage.m, bars, ordered=True)


def _how_long_ago(stage: _Stage) -> Chart:
    edges = [stage.high - 1 - days * moments.DAY_US for days, _ in RECENT]
    counts = np.zeros((3, len(RECENT) + 2), np.int64)
    for population, side in stage.pieces:
        wanted = np.array([kind == PURCHASE for kind in population.kinds] or [False])
        newest = tally.newest_of(
            population.offsets, population.kind, population.at, wanted, stage.high, -moments.EVER
        )
        place = sum((newest < edge).astype(np.int64) for edge in edges) + (newest == -moments.EVER)
        counts += np.bincount(side * counts.shape[1] + place, minlength=counts.size).reshape(counts.shape)
    labels = [label for _, label in RECENT] + ["longer ago", "never"]
    bars = [
        Bar(label, int(counts[1, place]), int(counts[2, place]), _ago(place))
        for place, label in enumerate(labels)
    ]
    return Chart("Days since the last purchase", "", stage.n, stage.m, bars, ordered=True)


def _ago(place: int) -> dict[str, Any]:
    """The condition of a stretch of `RECENT`, of those before, and of those who never bought."""
    if place > len(RECENT):
        return {"interaction": PURCHASE, "measure": {"fn": "count"}, "op": "eq", "value": 0}
    if place == len(RECENT):
        window: dict[str, Any] = {"before_last": [RECENT[-1][0], "day"]}
    elif place == 0:
        window = {"last": [RECENT[0][0], "day"]}
    else:
        window = {"between_ago": [[RECENT[place][0], "day"], [RECENT[place - 1][0], "day"]]}
    return {"interaction": PURCHASE, "pick": "last", "window": window}


def _property_charts(
    stage: _Stage, doing: Iterable[str], names: re.Pattern[str] | None, *, most: int
) -> list[Chart]:
    """Values of text properties by kind, among those who did it; the best filled first."""
    wanted = set(doing)
    listed: dict[str, None] = {}
    for kind in kinds():
        for one in kind["properties"] if kind["kind"] in wanted else ():
            fits = names is None or names.search(one["name"])
            if one["type"] in ("text", "yes/no") and one["name"] != "currency" and fits:
                listed[one["name"]] = None
    made: list[tuple[int, Chart]] = []
    for name in list(listed)[:12]:
        column = stage.pieces[0][0].properties.get(name)
        if column is None or not 3 <= len(column.dictionary) <= seen.MOST_VALUES // 4:
            continue
        found = seen.property_features(stage.pieces, name, "text", stage.done, stage.low, stage.high)
        for done in wanted:
            values = [one for one in found if isinstance(one, Share) and one.among == done]
            if len(values) < 2 or len(values) > seen.MOST_SLOTS - 1:
                continue
            total = sum(one.a for one in values)
            title = f"{name[:1].upper()}{name[1:].replace('_', ' ')}"
            first, second = stage.done.doers(done)
            note = f"Of those who {did(done)} in 12 months; one may stand in several."
            made.append((total, Chart(title, note, first, second, _top(values, several=True))))
    made.sort(key=lambda pair: -pair[0])
    return [chart for _, chart in made[:most]]


def _online(stage: _Stage) -> Profile:
    listed = [kind["kind"] for kind in kinds() if kind["kind"] in stage.done.people]
    if not listed:
        lacks = "Nothing that customers do is known yet. Send page views, opened e-mails or visits through the API."
        return Profile([], lacks, stage.as_of)
    bars = []
    for kind in listed[:SHOWN]:
        first, second = stage.done.doers(kind)
        if first or second:
            bars.append(Bar(did(kind), first, second, {"interaction": kind, **WINDOW}))
    charts = [Chart("What they did in 12 months", "At least once.", stage.n, stage.m, bars)] if bars else []
    charts += _property_charts(stage, [k for k in listed if k != PURCHASE][:6], DEVICES, most=3)
    lacks = "" if charts else "Nothing was done in the last 12 months."
    return Profile(charts, lacks, stage.as_of, _week(stage))


def _week(stage: _Stage) -> Week | None:
    zone = account_zone()
    counts = np.zeros(168, np.int64)
    for population, side in stage.pieces:
        if not len(population.at):
            continue
        start, offset = moments.zone_table(int(population.at.min()), int(population.at.max()), zone)
        rows = tally.rows_by_hour(
            population.offsets, population.kind, population.at, side, stage.low, stage.high, start, offset,
            len(population.kinds),
        )  # fmt: skip
        counts += rows[1].sum(axis=0)
    total = int(counts.sum())
    if not total:
        return None
    days = counts.reshape(7, 24)
    return Week((days / total).tolist(), days.tolist(), total, str(zone))


PARTS: dict[str, Callable[[_Stage], Profile]] = {
    "location": _location,
    "purchase": _purchase,
    "preference": _preference,
    "online": _online,
}
