"""Goals with how they stand, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from campaigns.domain.metrics import METRICS, Metric, bounds, describe, parse_options
from campaigns.domain.pace import WORST_FIRST, Pace, Point, Terms, assess, on_path, progress
from campaigns.domain.words import LOOKS, likelihood, remark, way_done, write_gap, write_value
from campaigns.models import Goal, GoalPoint
from crm.kit.paging import Page, cut

PAGE = 25
MOST = 200


@dataclass(frozen=True)
class Standing:
    """A goal with its points and how it stands, and the texts and widths a page shows of it."""

    goal: Goal
    terms: Terms
    points: Sequence[GoalPoint]
    pace: Pace
    today: date
    currency: str

    @property
    def metric(self) -> Metric:
        """The row of the table."""
        return METRICS[self.goal.metric]

    @property
    def sentence(self) -> str:
        """What is counted."""
        return describe(self.goal.metric, parse_options(self.goal.metric, self.goal.options))

    @property
    def look(self) -> dict[str, str]:
        """The state in words, with its tone and icon."""
        words, tone, icon = LOOKS[self.pace.state]
        return {"words": words, "tone": tone, "icon": icon}

    @property
    def remark(self) -> str:
        """How likely, how early, or what is missing."""
        return remark(self.pace, self.terms, today=self.today)

    @property
    def likely(self) -> str:
        """How likely the target is on the due day; nothing without a forecast."""
        return likelihood(self.pace.forecast.likely) if self.pace.forecast else ""

    @property
    def way(self) -> str:
        """How much of the way is done, in words."""
        return way_done(self.pace.progress)

    @property
    def texts(self) -> dict[str, str]:
        """The values for people: baseline, now, target, expected, forecast."""
        forecast, now = self.pace.forecast, self.pace.now
        return {
            "baseline": self.write(self.goal.baseline),
            "now": self.write(now.value if now else None),
            "target": self.write(self.goal.target),
            "expected": self.write(self.pace.expected),
            "middle": self.write(forecast.middle) if forecast else "",
            "low": self.write(forecast.low) if forecast else "",
            "high": self.write(forecast.high) if forecast else "",
        }

    @property
    def target(self) -> str:
        """The target for people; where the value has to fall, it says so: `50 % or less`."""
        return self.texts["target"] if self.terms.upwards else f"{self.texts['target']} or less"

    @property
    def gap(self) -> str:
        """How far behind or ahead of the path it is, in words; nothing where that cannot be told."""
        now, expected = self.pace.now, self.pace.expected
        if now is None or expected is None:
            return ""
        ahead = (now.value - expected) * (1 if self.terms.upwards else -1)
        if not ahead:
            return "on its pace"
        return f"{write_gap(self.goal.metric, ahead, self.currency)} {'ahead of' if ahead > 0 else 'behind'} its pace"

    @property
    def bar(self) -> dict[str, str]:
        """Positions of the bar, in percent of the way from baseline to target."""
        forecast = self.pace.forecast
        low, high = sorted(
            self._along(forecast.low if forecast else 0) + self._along(forecast.high if forecast else 0)
        )
        return {
            "reached": f"{_clamped(self.pace.progress):.2f}%",
            "expected": f"{_clamped(self.pace.expected_progress):.2f}%",
            "low": f"{low:.2f}%",
            "band": f"{high - low:.2f}%",
        }

    @property
    def measured_at(self) -> datetime | None:
        """As of when the newest value is true."""
        return self.points[-1].measured_at if self.points else None

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Each day, newest first: value, where the path was, members."""
        return [
            {
                "on": point.on,
                "raw": point.value,
                "value": self.write(point.value),
                "path": on_path(self.terms, point.on),
                "expected": self.write(on_path(self.terms, point.on)),
                "members": point.members,
            }
            for point in reversed(self.points)
        ]

    def write(self, value: Any) -> str:
        """A value of this goal's metric for people."""
        return write_value(self.goal.metric, value, self.currency)

    def _along(self, value: float) -> list[float]:
        share = progress(self.terms, type(self.goal.target)(repr(value)))
        return [_clamped(share)]


def _clamped(share: float | None) -> float:
    return 100 * min(max(share or 0.0, 0.0), 1.0)


def standings(goals: Iterable[Goal], *, today: date, currency: str) -> list[Standing]:
    """How each of these goals stands, in their order, in one query."""
    asked = list(goals)
    points: dict[int, list[GoalPoint]] = defaultdict(list)
    for point in GoalPoint.objects.filter(goal__in=asked).order_by("on"):
        points[point.goal_id].append(point)
    return [_standing(goal, points[goal.pk], today, currency) for goal in asked]


def _standing(goal: Goal, points: list[GoalPoint], today: date, currency: str) -> Standing:
    least, most = bounds(goal.metric)
    terms = Terms(
        begins_on=points[0].on if points else goal.starts_on,
        due_on=goal.due_on,
        baseline=goal.baseline,
        target=goal.target,
        rising=METRICS[goal.metric].rising,
        least=least,
        most=most,
    )
    pace = assess(terms, [Point(point.on, point.value) for point in points], today=today)
    return Standing(goal, terms, points, pace, today, currency)


def goals_in_use() -> QuerySet[Goal]:
    """Goals that are not archived and that this release can read."""
    return Goal.objects.filter(archived_at__isnull=True, metric__in=METRICS).select_related(
        "segment", "owner"
    )


def worst_first(*, today: date, currency: str) -> list[Standing]:
    """Every goal in use, worst news first, in two queries."""
    found = standings(goals_in_use()[:MOST], today=today, currency=currency)
    return sorted(found, key=lambda one: (WORST_FIRST[one.pace.state], one.goal.due_on, one.goal.pk))


def list_goals(
    *, words: str, archived: bool, after: str, today: date, currency: str, size: int = PAGE
) -> Page[Standing]:
    """A page of goals by due day, in two queries."""
    found = Goal.objects.filter(archived_at__isnull=not archived, metric__in=METRICS)
    if words:
        found = found.filter(Q(name__icontains=words) | Q(segment__name__icontains=words))
    day, _, last = after.partition("~")
    if last.isdigit() and _is_day(day):
        found = found.filter(Q(due_on__gt=day) | Q(due_on=day, pk__gt=int(last)))
    goals = list(found.select_related("segment", "owner").order_by("due_on", "pk")[: size + 1])
    for goal in goals:
        goal.key = f"{goal.due_on}~{goal.pk}"  # type: ignore[attr-defined]
    page = cut(goals, size, after=after, key="key")
    return Page(standings(page.rows, today=today, currency=currency), page.next_key, page.first, page.size)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
