"""How goals are spoken of: values with their unit, states, likelihoods, headlines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from campaigns.domain.metrics import METRICS, Unit
from campaigns.domain.pace import NEEDS_YOU, Pace, State, Terms
from crm.kit.figures import NARROW, counted, figure, money, percent

_SMALL = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)

# State -> (words, tone, icon)
LOOKS: dict[State, tuple[str, str, str]] = {
    State.MISSED: ("Missed", "bad", "cross"),
    State.OFF_TRACK: ("Off track", "bad", "cross"),
    State.AT_RISK: ("At risk", "warn", "alert"),
    State.CANNOT_TELL: ("Cannot tell yet", "calm", "clock"),
    State.NOT_STARTED: ("Not started", "calm", "clock"),
    State.ON_TRACK: ("On track", "good", "check"),
    State.MET: ("Met", "good", "check"),
}


def write_value(metric: str, value: Decimal | float | None, currency: str) -> str:
    """A metric's value for people: `31.8 %`, `€ 12,400`, `1.25`; nothing where there is none."""
    if value is None:
        return ""
    unit = METRICS[metric].unit
    if unit is Unit.SHARE:
        return percent(float(value))
    if unit is Unit.MONEY:
        return money(value, currency, 0 if abs(float(value)) >= 1_000 else None)
    if unit is Unit.PER_MEMBER:
        return figure(value, 2)
    return figure(value)


def write_gap(metric: str, gap: Decimal, currency: str) -> str:
    """A difference of two values: shares differ in points."""
    if METRICS[metric].unit is Unit.SHARE:
        points = figure(abs(gap) * 100, 1)
        return f"{points}{NARROW}points"
    return write_value(metric, abs(gap), currency)


def likelihood(chance: float) -> str:
    """`37 % likely`; never 0 or 100, as it is an estimate."""
    if chance < 0.01:
        return f"under 1{NARROW}% likely"
    if chance > 0.99:
        return f"over 99{NARROW}% likely"
    return f"{percent(chance, 0)} likely"


def way_done(progress: float | None) -> str:
    """`51.4 % of the way`; nothing where that cannot be told."""
    if progress is None:
        return ""
    if progress >= 1:
        return "the target is reached"
    if progress < 0:
        return f"moved away by {percent(-progress)} of the way"
    return f"{percent(progress)} of the way"


def remark(pace: Pace, terms: Terms, *, today: date) -> str:
    """The line below the state: how likely, how early, or what is missing."""
    if pace.state is State.MET:
        return _met(pace, terms)
    if pace.state is State.NOT_STARTED:
        return f"in {counted((terms.begins_on - today).days, 'day')}"
    if pace.state is State.MISSED:
        return f"{counted((today - terms.due_on).days, 'day')} past due"
    if pace.forecast is not None:
        return likelihood(pace.forecast.likely)
    return "no forecast before ten days"


def _met(pace: Pace, terms: Terms) -> str:
    if pace.met_on is None:
        return ""
    early = (terms.due_on - pace.met_on).days
    if early <= 0:
        return "on the last day"
    weeks, days = divmod(early, 7)
    return f"{counted(weeks, 'week')} early" if weeks and not days else f"{counted(early, 'day')} early"


def headline(states: Sequence[State]) -> str:
    """The dashboard's first sentence: `Two of five goals need you`."""
    if not states:
        return "No goal has been set yet"
    needy = sum(state in NEEDS_YOU for state in states)
    if len(states) == 1:
        return "Your one goal needs you" if needy else "Your one goal does not need you"
    if not needy:
        return f"None of {_small(len(states))} goals needs you"
    if needy == len(states):
        return f"All {_small(needy)} goals need you"
    verb = "needs" if needy == 1 else "need"
    return f"{_small(needy).capitalize()} of {_small(len(states))} goals {verb} you"


def _small(number: int) -> str:
    return _SMALL[number] if number < len(_SMALL) else figure(number)
