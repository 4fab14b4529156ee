"""What counts as bought in a window: the one definition, for segments, goals and the time machine alike.

It is read in two places: from the database for the members of a past day, and from the mirror's columns for everybody
as of now. Both readings stand here side by side, and a test holds them equal on drawn histories.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet, Sum

from crm.models import Interaction
from segments.engine.judging.population import Population
from segments.engine.language.dictionary import Dictionary
from segments.engine.statistics.features import narrowed

PURCHASE, AMOUNT = "purchase", "amount"
DAYS = 365  # the window of a segment's value, where nobody names another


def counted_in(currency: str) -> tuple[str, str]:
    """The currencies whose amounts are added up: the account's, and none, which is taken for it."""
    return "", currency


def window_start(until: datetime, *, days: int, zone: ZoneInfo) -> datetime:
    """The first instant of a window of whole days of the zone; its last day is the one that `until` ends or cuts."""
    last = (until - timedelta(microseconds=1)).astimezone(zone).date()
    return datetime.combine(last - timedelta(days=days - 1), time.min, tzinfo=zone)


def bought(
    members: QuerySet[Any, Any], *, since: datetime, until: datetime, currency: str
) -> QuerySet[Interaction]:
    """The members' purchases from `since` until before `until`; `members` is a query of contact ids."""
    return Interaction.objects.filter(
        contact__in=members, kind=PURCHASE, at__gte=since, at__lt=until, currency__in=counted_in(currency)
    )


def revenue(members: QuerySet[Any, Any], *, since: datetime, until: datetime, currency: str) -> Decimal:
    """The sum of what they bought; 0 of nothing."""
    found = bought(members, since=since, until=until, currency=currency).aggregate(total=Sum("amount"))
    return Decimal(found["total"] or 0)


def purchases(population: Population) -> npt.NDArray[np.bool_]:
    """Which kinds of interaction of the mirror are purchases."""
    return np.array([kind == PURCHASE for kind in population.kinds] or [False])


def amounts(population: Population, currency: str) -> tuple[Any, Any]:
    """The codes of the mirror's amounts that are added up, and their numbers."""
    column = population.properties.get(AMOUNT)
    if column is None:
        return np.zeros(len(population.at), np.int32), Dictionary([None]).numbers
    return narrowed(population, AMOUNT, {"currency": set(counted_in(currency))}), column.dictionary.numbers
