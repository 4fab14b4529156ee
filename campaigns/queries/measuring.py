"""Works out a metric of a segment as it was at the end of a day: the members of then, what they had done by then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum

from campaigns.domain.days import day_end
from campaigns.domain.metrics import Options
from crm.models import ConsentEntry, Contact, Interaction
from segments.models import Segment
from segments.queries.insight.purchases import PURCHASE, bought, revenue, window_start
from segments.queries.membership.past import members_at, survivors_at

EXACT = Decimal("0.000001")


@dataclass(frozen=True)
class Measured:
    """A metric's value and the number of members it is about; no value where there is nothing to divide by."""

    value: Decimal | None
    members: int
    as_of: datetime


@dataclass(frozen=True)
class Question:
    """Which members, over which instants, with which options. `until` is exclusive for what happened."""

    members: QuerySet[Any, Any]
    options: Options
    since: datetime
    until: datetime
    currency: str

    def happened(self, kind: str, *, ever: bool = False) -> QuerySet[Interaction]:
        """What the members did of a kind, in the window or ever up to its end."""
        found = Interaction.objects.filter(contact__in=self.members, kind=kind, at__lt=self.until)
        return found if ever else found.filter(at__gte=self.since)

    def bought(self) -> QuerySet[Interaction]:
        """Purchases of the window in the account's currency; an amount without a currency is in it."""
        return bought(self.members, since=self.since, until=self.until, currency=self.currency)


def measure(
    metric: str, options: Options, segment: Segment, *, on: date, now: datetime, zone: ZoneInfo, currency: str
) -> Measured:
    """The metric at the end of the day `on`, or as of `now` where that day is not over. At most two queries.

    A window of N days is the N days of the account's zone that end with `on`. The size is that of then; what members
    did and allowed is asked of who they are today, as all that is on record of merged customers is the survivor's.
    """
    until = min(day_end(on, zone), now)
    days = options.days or 1
    since = window_start(until, days=days, zone=zone)
    members = (members_at if metric == "size" else survivors_at)(segment, until)
    question = Question(members, options, since, until, currency)
    count = Contact.objects.filter(pk__in=members).count()
    value = _WAYS[metric](question, count)
    return Measured(None if value is None else value.quantize(EXACT, ROUND_HALF_EVEN), count, until)


def _revenue(question: Question) -> Decimal:
    return revenue(question.members, since=question.since, until=question.until, currency=question.currency)


def _revenue_per_member(question: Question, members: int) -> Decimal | None:
    return _revenue(question) / members if members else None


def _purchases_per_member(question: Question, members: int) -> Decimal | None:
    return Decimal(question.happened(PURCHASE).count()) / members if members else None


def _average_order(question: Question, members: int) -> Decimal | None:
    found = question.bought().filter(amount__isnull=False).aggregate(total=Sum("amount"), number=Count("pk"))
    return Decimal(found["total"]) / found["number"] if found["number"] else None


def _doers(question: Question, kind: str) -> int:
    found = question.happened(kind).aggregate(doers=Count("contact", distinct=True))
    return int(found["doers"])


def _conversion(question: Question, members: int) -> Decimal | None:
    return Decimal(_doers(question, question.options.kind or "")) / members if members else None


def _lapsing(question: Question, members: int) -> Decimal | None:
    return 1 - Decimal(_doers(question, PURCHASE)) / members if members else None


def _returning(question: Question, members: int) -> Decimal | None:
    if not members:
        return None
    twice = (
        question.happened(PURCHASE, ever=True)
        .order_by()
        .values("contact")
        .annotate(times=Count("pk"))
        .filter(times__gte=2)
    )
    return Decimal(twice.count()) / members


def _consent(question: Question, members: int) -> Decimal | None:
    """By the ledger, as it stood then: the newest line of each member for the channel and purpose."""
    if not members:
        return None
    newest = ConsentEntry.objects.filter(
        contact=OuterRef("pk"),
        channel=question.options.channel,
        purpose=question.options.purpose,
        at__lte=question.until,
    ).order_by("-at", "-id")
    allowing = (
        Contact.objects.filter(pk__in=question.members)
        .annotate(allowed=Subquery(newest.values("granted")[:1]))
        .filter(allowed=True)
    )
    return Decimal(allowing.count()) / members


_WAYS: dict[str, Callable[[Question, int], Decimal | None]] = {
    "size": lambda question, members: Decimal(members),
    "revenue": lambda question, members: _revenue(question),
    "revenue_per_member": _revenue_per_member,
    "purchases_per_member": _purchases_per_member,
    "average_order": _average_order,
    "conversion": _conversion,
    "consent": _consent,
    "returning": _returning,
    "lapsing": _lapsing,
}
