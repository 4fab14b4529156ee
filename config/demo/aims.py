"""Nordwand's campaigns and goals. A goal's figures are measured, never written here: only what was aimed at is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from campaigns.domain.pace import State
from campaigns.models import Campaign


@dataclass(frozen=True)
class Message:
    """A campaign to be, and how far it has come."""

    name: str
    segment: str
    objective: str
    state: str
    channel: str
    subject: str
    body: str


@dataclass(frozen=True)
class Aim:
    """A goal to be: `began` and `due` are days before and after today, `upwards` the direction wanted.

    `stands` is how ambitious its target is: such that the true figures leave the goal in that state, if any target can.
    """

    name: str
    segment: str
    metric: str
    objective: str
    began: int
    due: int
    stands: State
    upwards: bool = True
    options: dict[str, Any] = field(default_factory=dict)


MESSAGES = (
    Message(
        "Back on the trail", "lapsing-loyal", "Bring back those who came often", Campaign.APPROVED, "email",
        "We have missed you on the trail",
        "Hello,\n\nthe new season is in the shop, and your size is too. Come by for a free check of your boots.\n\n"
        "Your Nordwand team",
    ),
    Message(
        "Winter preview for VIPs", "vip", "First pick of the ski touring range", Campaign.READY, "email",
        "Your first look at the winter range",
        "Hello,\n\nbefore the doors open for everybody on Saturday, they open for you on Thursday evening.\n\n"
        "Your Nordwand team",
    ),
    Message(
        "Welcome, and how to care for boots", "new-buyers", "A second order within 90 days", Campaign.APPROVED, "email",
        "Three minutes that make your boots last",
        "Hello,\n\nthank you for your first order. Here is how leather stays dry and soft for years.\n\n"
        "Your Nordwand team",
    ),
    Message(
        "Birthday card", "birthday-this-month", "A reason to come by", Campaign.DRAFT, "post", "",
        "Happy birthday! Bring this card and choose a pair of socks.",
    ),
    Message(
        "Avalanche courses", "ski-tourers", "Fill the January courses", Campaign.DRAFT, "sms", "", "",
    ),
)  # fmt: skip

AIMS = (
    Aim(
        "Grow the circle of VIPs", "vip", "size", "Live from those who love us",
        began=120, due=60, stands=State.AT_RISK,
    ),
    Aim(
        "More second orders from new buyers", "new-buyers", "purchases_per_member", "From one order to two",
        began=90, due=45, stands=State.OFF_TRACK, options={"days": 90},
    ),
    Aim(
        "Win back the lapsing loyal", "lapsing-loyal", "size", "Nobody leaves unnoticed",
        began=150, due=30, stands=State.OFF_TRACK, upwards=False,
    ),
    Aim(
        "Wake those who never opened a newsletter", "never-opened", "size", "A newsletter worth reading",
        began=100, due=80, stands=State.ON_TRACK, upwards=False,
    ),
    Aim(
        "More customers who come back each year", "active", "size", "At home in the mountains",
        began=110, due=20, stands=State.MET,
    ),
    Aim(
        "Revenue of the Alpine region", "alpine-region", "revenue", "At home in the mountains",
        began=75, due=15, stands=State.MET, options={"days": 30},
    ),
)  # fmt: skip
