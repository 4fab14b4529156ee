"""What a segment's members are worth: what they bought in a window, month by month, and how many come back.

What a purchase is, in which currency and in which window, says `purchases`, for goals too; here it is added up over the
mirror's columns, so that a million members cost no query.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
from django.core.cache import cache

from crm.queries.accounts import account_zone, current_account
from segments.engine.judging.population import Population
from segments.engine.language import moments
from segments.engine.statistics import tally
from segments.engine.statistics.contrast import wilson
from segments.engine.statistics.features import Piece, sizes
from segments.models import Segment
from segments.queries.insight.ground import Ids, ground, sides
from segments.queries.insight.purchases import DAYS, PURCHASE, amounts, purchases, window_start
from segments.queries.membership.packed import members_of

SPAN_DAYS, SPANS = 30, 12
KEPT_SECONDS = 120
LEAST = 5  # of fewer a share of those who came back is not shown


@dataclass(frozen=True)
class Worth:
    """What some people bought in a window: exact money, orders, who bought at all, and how uneven it is."""

    people: int
    revenue: Decimal
    orders: int
    priced: int
    buyers: int
    top_tenth: float | None

    @property
    def per_member(self) -> Decimal | None:
        """Revenue by everybody, whether they bought or not."""
        return self.revenue / self.people if self.people else None

    @property
    def orders_per_member(self) -> float | None:
        """Purchases by everybody."""
        return self.orders / self.people if self.people else None

    @property
    def average_order(self) -> Decimal | None:
        """Revenue by purchases with an amount in the account's currency."""
        return self.revenue / self.priced if self.priced else None


@dataclass(frozen=True)
class Month:
    """A month of a window: what the members bought in it, and what everybody else did."""

    begins_on: date
    revenue: Decimal
    orders: int
    buyers: int
    others: Decimal


@dataclass(frozen=True)
class Came:
    """Of `known` people whose k-th 30 days after their first purchase are over, `again` bought in them."""

    k: int
    again: int
    known: int

    @property
    def share(self) -> float | None:
        """None where they are too few."""
        return self.again / self.known if self.known >= LEAST else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval of the share, 95 %."""
        return wilson(self.again, self.known) if self.known else (0.0, 1.0)


@dataclass(frozen=True)
class Value:
    """A segment's value beside everyone else's."""

    mine: Worth
    others: Worth
    months: list[Month]
    back: list[Came]
    others_back: list[Came]
    first_buyers: int
    since: datetime
    until: datetime
    currency: str
    sold: bool
    built_at: datetime


def value_of(segment: Segment, *, days: int, as_of: datetime) -> Value:
    """The value of a segment over the last `days` days of the account's zone; kept for two minutes."""
    key = f"segments.value.{segment.pk}.{segment.version}.{segment.size}.{days}"
    found = cache.get(key)
    if found is None:
        found = _work_out(segment, days, as_of)
        cache.set(key, found, KEPT_SECONDS)
    return found


def _work_out(segment: Segment, days: int, as_of: datetime) -> Value:
    stage, zone, currency = ground(), account_zone(), current_account().currency
    mine = members_of([segment])[segment.pk]
    pieces = [(part.population, sides(part, mine, None)) for part in stage.parts]
    since = window_start(as_of, days=days, zone=zone)
    high = moments.to_us(as_of)
    edges = month_edges(since, as_of, zone)
    n, m = sizes(pieces)
    worths = _worths(pieces, (n, m), since, as_of, currency)
    again, known = _came_again(pieces, high)
    return Value(
        mine=worths[0],
        others=worths[1],
        months=_months(pieces, edges, currency),
        back=[Came(k, int(again[1, k]), int(known[1, k])) for k in range(1, SPANS + 1)],
        others_back=[Came(k, int(again[2, k]), int(known[2, k])) for k in range(1, SPANS + 1)],
        first_buyers=int(known[1, 0]),
        since=since,
        until=as_of,
        currency=currency,
        sold=any(PURCHASE in population.kinds for population, _ in pieces),
        built_at=stage.built_at,
    )


def bought_by(groups: Sequence[Ids], windows: Sequence[tuple[datetime, datetime]]) -> list[Decimal]:
    """What each group of contacts (rising) bought in its window (its end excluded), in the account's currency."""
    stage, currency = ground(), current_account().currency
    found = [Decimal(0) for _ in groups]
    for part in stage.parts:
        for place, (ids, (since, until)) in enumerate(zip(groups, windows, strict=True)):
            sums, _, _, numbers = _summed(part.population, currency, since, until)
            found[place] += Decimal(int(sums[part.inside(ids)].sum())).scaleb(-numbers.scale)
    return found


def _summed(population: Population, currency: str, since: datetime, until: datetime) -> tuple[Any, ...]:
    """By contact: the sum of purchases of a window, how many had an amount, how many; and the amounts' numbers."""
    codes, numbers = amounts(population, currency)
    low, high = moments.to_us(since), moments.to_us(until)
    told = tally.sum_up(
        population.offsets, population.kind, population.at, codes, numbers.scaled, numbers.readable,
        purchases(population), low, high,
    )  # fmt: skip
    return (*told, numbers)


def revenues(segments: Sequence[Segment], *, as_of: datetime, days: int = DAYS) -> dict[int, Decimal]:
    """What the members of each segment bought in the window, by key: everybody's purchases are added up once.

    Kept for ten minutes, as a list is sorted by it.
    """
    asked = hashlib.sha256(repr(sorted((one.pk, one.version) for one in segments)).encode()).hexdigest()[:24]
    key = f"segments.revenues.{days}.{asked}"
    known = cache.get(key)
    if known is None:
        known = _revenues(segments, as_of, days)
        cache.set(key, known, 600)
    return known


def _revenues(segments: Sequence[Segment], as_of: datetime, days: int) -> dict[int, Decimal]:
    stage, account = ground(), current_account()
    since = window_start(as_of, days=days, zone=account_zone())
    members = members_of(segments)
    found = {one.pk: Decimal(0) for one in segments}
    for part in stage.parts:
        sums, _, _, numbers = _summed(part.population, account.currency, since, as_of)
        sums[~part.living] = 0
        ids = np.asarray(part.population.ids, np.int64)
        table = np.zeros(int(ids.max(initial=0)) + 1, np.int64)
        table[ids] = sums
        for pk, inside in members.items():
            mine = table[inside[inside < len(table)]]
            found[pk] += Decimal(int(mine.sum())).scaleb(-numbers.scale)
    return found


def _worths(
    pieces: list[Piece], peoples: tuple[int, int], since: datetime, until: datetime, currency: str
) -> list[Worth]:
    """The worth of the first group and of the others: everybody's purchases are added up once."""
    summed = [(side, _summed(population, currency, since, until)) for population, side in pieces]
    return [_worth(summed, group, people) for group, people in enumerate(peoples, start=1)]


def _worth(summed: list[tuple[Any, tuple[Any, ...]]], group: int, people: int) -> Worth:
    revenue, orders, priced, buyers = Decimal(0), 0, 0, 0
    each = []
    for side, (sums, having, rows, numbers) in summed:
        mine = side == group
        revenue += Decimal(int(sums[mine].sum())).scaleb(-numbers.scale)
        orders += int(rows[mine].sum())
        priced += int(having[mine].sum())
        buyers += int(np.count_nonzero(rows[mine]))
        each.append(sums[mine] / 10.0**numbers.scale)
    return Worth(
        people, revenue, orders, priced, buyers, _of_the_top_tenth(np.concatenate(each or [np.zeros(0)]))
    )


def _of_the_top_tenth(each: npt.NDArray[np.float64]) -> float | None:
    """The share of the sum that the tenth with most has; None of fewer than 20 people or of nothing."""
    total = float(each.sum())
    if len(each) < 20 or total <= 0:
        return None
    top = -(-len(each) // 10)
    return float(np.partition(each, len(each) - top)[-top:].sum()) / total


def month_edges(since: datetime, until: datetime, zone: Any) -> list[datetime]:
    """The beginnings of the months of a window, the window's own ends first and last; by day where it is a month."""
    first, last = since.astimezone(zone), until.astimezone(zone)
    if until - since <= timedelta(days=45):
        step = timedelta(days=max(1, round((until - since).days / 15)))
        edges = [since]
        while edges[-1] + step < until:
            edges.append(edges[-1] + step)
        return [*edges, until]
    edges = [since]
    year, month = first.year, first.month
    while True:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        begin = datetime(year, month, 1, tzinfo=zone)
        if begin >= last:
            return [*edges, until]
        edges.append(begin)


def _months(pieces: list[Piece], edges: list[datetime], currency: str) -> list[Month]:
    zone = edges[0].tzinfo
    instants = np.array([moments.to_us(edge) for edge in edges], np.int64)
    size = len(edges) - 1
    revenue = [[Decimal(0)] * size for _ in range(3)]
    rows, people = np.zeros((3, size), np.int64), np.zeros((3, size), np.int64)
    for population, side in pieces:
        codes, numbers = amounts(population, currency)
        sums, some, buyers = tally.sum_by_stretch(
            population.offsets, population.kind, population.at, codes, numbers.scaled, numbers.readable,
            purchases(population), side, instants,
        )  # fmt: skip
        rows += some
        people += buyers
        for group in (1, 2):
            for place in range(size):
                revenue[group][place] += Decimal(int(sums[group, place])).scaleb(-numbers.scale)
    return [
        Month(
            edges[place].astimezone(zone).date(),
            revenue[1][place],
            int(rows[1, place]),
            int(people[1, place]),
            revenue[2][place],
        )
        for place in range(size)
    ]


def _came_again(pieces: list[Piece], as_of: int) -> tuple[Any, Any]:
    again = np.zeros((3, SPANS + 1), np.int64)
    known = np.zeros((3, SPANS + 1), np.int64)
    for population, side in pieces:
        came, seen = tally.came_again(
            population.offsets, population.kind, population.at, side, purchases(population),
            SPAN_DAYS * moments.DAY_US, SPANS, as_of,
        )  # fmt: skip
        again += came
        known += seen
    return again, known
