"""What a goal can measure of a segment: one table. A new metric is a row here and one way to work it out in
`campaigns/queries/measuring.py`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from campaigns.domain.channels import CHANNELS, PURPOSES


class Unit(StrEnum):
    """What a metric's value counts."""

    COUNT = "count"
    MONEY = "money"
    SHARE = "share"
    PER_MEMBER = "per member"


class Option(StrEnum):
    """What a metric asks for besides the segment."""

    DAYS = "days"
    KIND = "kind"
    CHANNEL = "channel"
    PURPOSE = "purpose"


@dataclass(frozen=True)
class Metric:
    """A row of the table.

    `sentence` says what is counted, with the options' names in braces. `rising` says which way is better; None: either
    may be wanted, and the target's side of the baseline tells.
    """

    label: str
    unit: Unit
    sentence: str
    options: tuple[Option, ...] = ()
    rising: bool | None = True


METRICS: dict[str, Metric] = {
    "size": Metric("Members", Unit.COUNT, "Customers in the segment.", rising=None),
    "revenue": Metric(
        "Revenue",
        Unit.MONEY,
        "What the members bought in the last {days} days, in the account’s currency.",
        (Option.DAYS,),
    ),
    "revenue_per_member": Metric(
        "Revenue per member",
        Unit.MONEY,
        "What the members bought in the last {days} days, divided by all members.",
        (Option.DAYS,),
    ),
    "purchases_per_member": Metric(
        "Purchases per member",
        Unit.PER_MEMBER,
        "Purchases of the members in the last {days} days, divided by all members.",
        (Option.DAYS,),
    ),
    "average_order": Metric(
        "Average order value",
        Unit.MONEY,
        "What the members bought in the last {days} days, divided by their purchases.",
        (Option.DAYS,),
    ),
    "conversion": Metric(
        "Conversion",
        Unit.SHARE,
        "Share of the members with at least one ‘{kind}’ in the last {days} days.",
        (Option.KIND, Option.DAYS),
        rising=None,
    ),
    "consent": Metric(
        "Share with consent",
        Unit.SHARE,
        "Share of the members who allow {channel} for {purpose}.",
        (Option.CHANNEL, Option.PURPOSE),
    ),
    "returning": Metric(
        "Share returning", Unit.SHARE, "Share of the members who bought at least twice, ever."
    ),
    "lapsing": Metric(
        "Share without a purchase",
        Unit.SHARE,
        "Share of the members without a purchase in the last {days} days.",
        (Option.DAYS,),
        rising=False,
    ),
}


@dataclass(frozen=True)
class Options:
    """The options of one goal, parsed. Those the metric does not ask for are None."""

    days: int | None = None
    kind: str | None = None
    channel: str | None = None
    purpose: str | None = None

    def document(self) -> dict[str, int | str]:
        """As they are stored with the goal."""
        return {option.value: getattr(self, option) for option in Option if getattr(self, option) is not None}


class NotMeasurable(ValueError):
    """The metric is unknown or an option is missing or wrong; the text says which."""


LONGEST_WINDOW = 3_650


def parse_options(metric: str, document: dict[str, object]) -> Options:
    """The options a metric needs, checked; others are refused. Raises `NotMeasurable`."""
    if metric not in METRICS:
        raise NotMeasurable(f"There is no metric ‘{metric}’: choose one of {', '.join(METRICS)}.")
    wanted = METRICS[metric].options
    unknown = sorted(set(document) - {option.value for option in wanted})
    if unknown:
        raise NotMeasurable(f"‘{METRICS[metric].label}’ does not ask for {', '.join(unknown)}.")
    found: dict[str, int | str] = {}
    for option in wanted:
        value = document.get(option)
        if value in (None, ""):
            raise NotMeasurable(f"‘{METRICS[metric].label}’ needs {_ASKED[option]}.")
        found[option] = _days(value) if option is Option.DAYS else str(value).strip()
    if found.get("channel", "email") not in CHANNELS or found.get("purpose", "offers") not in PURPOSES:
        raise NotMeasurable(
            f"Choose a channel ({', '.join(CHANNELS)}) and a purpose ({', '.join(PURPOSES)})."
        )
    return Options(**found)  # type: ignore[arg-type]


_ASKED = {
    Option.DAYS: "a number of days",
    Option.KIND: "a kind of interaction",
    Option.CHANNEL: "a channel",
    Option.PURPOSE: "a purpose",
}


def _days(value: object) -> int:
    try:
        days = int(str(value))
    except ValueError:
        days = 0
    if not 1 <= days <= LONGEST_WINDOW:
        raise NotMeasurable(f"The number of days must be between 1 and {LONGEST_WINDOW:,}.")
    return days


def describe(metric: str, options: Options) -> str:
    """The metric's sentence with its options filled in."""
    said = options.document()
    if options.channel in CHANNELS and options.purpose in PURPOSES:
        said |= {"channel": CHANNELS[options.channel].label.lower(), "purpose": PURPOSES[options.purpose]}
    return METRICS[metric].sentence.format(**said)


def bounds(metric: str) -> tuple[Decimal | None, Decimal | None]:
    """The least and the largest value the metric can have; None: no bound."""
    if METRICS[metric].unit is Unit.SHARE:
        return Decimal(0), Decimal(1)
    return (None if METRICS[metric].unit is Unit.MONEY else Decimal(0)), None
