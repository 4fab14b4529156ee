"""Nordwand's campaigns and goals. A goal's figures are measured, never written here: only what was aimed at is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

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
    """A goal to be. `began` and `due` are days before and after today; `wanted` is the change of the baseline aimed at."""

    name: str
    segment: str
    metric: str
    objective: str
    began: int
    due: int
    wanted: float
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
    Aim("Grow the circle of VIPs", "vip", "size", "Live from those who love us", 120, 60, 0.22),
    Aim("More second orders from new buyers", "new-buyers", "purchases_per_member", "From one order to two", 90, 45, 0.25,
        {"days": 90}),
    Aim("Win back the lapsing loyal", "lapsing-loyal", "size", "Nobody leaves unnoticed", 150, 30, -0.5),
    Aim("Newsletter readers who order", "newsletter-readers", "conversion", "A newsletter worth reading", 100, 80, 0.1,
        {"kind": "purchase", "days": 60}),
    Aim("Revenue of the Alpine region", "alpine-region", "revenue", "At home in the mountains", 75, 15, 0.05,
        {"days": 30}),
)  # fmt: skip
