"""Differences between two groups as people say them: "3.2 times as often from Lisbon: 41 % against 13 %"."""

from __future__ import annotations

from collections.abc import Mapping

from crm.kit.figures import counted, figure, money, percent, signed
from segments.engine.language.moments import day_as_date
from segments.engine.language.naming import quoted
from segments.engine.language.wording import VERBS
from segments.engine.statistics.contrast import RankContrast, ShareContrast
from segments.engine.statistics.features import Number, Share

PLACES = {"city", "country", "region", "state", "town", "place", "canton", "county"}
LONGEST = 60
Effect = ShareContrast | RankContrast


def did(kind: str) -> str:
    """`bought`, `opened an e-mail`, `did ‘webinar’`."""
    return VERBS.get(kind) or f"did {quoted(kind)}"


def value_text(value: object) -> str:
    """A value as it is shown: yes and no in words, long ones cut."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def title(feature: Share | Number, label: str) -> str:
    """What the line is about, in a few words."""
    condition = feature.condition
    if "attribute" in condition:
        if isinstance(feature, Share):
            return (
                f"{label}: {value_text(feature.value)}" if feature.value is not None else f"{label} is known"
            )
        return label
    doing = did(condition["interaction"])
    opening = doing[:1].upper() + doing[1:]
    subject = feature.subject.replace("_", " ")
    if isinstance(feature, Share):
        return f"{opening}, {subject}: {value_text(feature.value)}" if feature.among else opening
    if feature.unit == "times":
        return f"{opening}, how often"
    return f"{opening}, {subject} {'in total' if feature.unit == 'sum' else 'on average'}"


def sentence(feature: Share | Number, effect: Effect, currency: str) -> str:
    """The difference in a sentence that stands alone beside the title."""
    if isinstance(effect, ShareContrast):
        where = ""
        condition: Mapping[str, object] = feature.condition
        if (
            str(condition.get("attribute", "")).casefold() in PLACES
            and getattr(feature, "value", None) is not None
        ):
            where = f" from {value_text(feature.value)}"  # type: ignore[union-attr]
        elif getattr(feature, "among", ""):
            where = f" of those who {did(feature.among)}"
        return f"{often(effect)}{where}: {rate(effect.first)} against {rate(effect.second)}"
    assert isinstance(feature, Number)
    way = {"day": ("later", "earlier"), "times": ("more often", "less often")}.get(
        feature.unit, ("higher", "lower")
    )
    lead = way[0 if effect.delta >= 0 else 1]
    surely = f"ne against one, {lead} in {percent((1 + abs(effect.delta)) / 2, 0)} of cases"
    if effect.first_median == effect.second_median:
        return f"O{surely}"
    first = number_text(feature, effect.first_median, currency)
    second = number_text(feature, effect.second_median, currency)
    if feature.unit == "day":
        return f"The middle one is {first}, of the others {second}; o{surely}"
    return f"Half have {first} or more, half of the others {second}; o{surely}"


def often(effect: ShareContrast) -> str:
    """`3.2 times as often`, `as often as not …`: the ratio in words; rare and common alike."""
    if effect.a == 0:
        return "Never"
    if effect.ratio is None:
        return "Only here"
    if effect.ratio >= 9.5:
        return f"{figure(effect.ratio)} times as often"
    if effect.ratio >= 1.05:
        return f"{_short(effect.ratio)} times as often"
    if effect.ratio > 0.95:
        return "Somewhat more often" if effect.difference > 0 else "Somewhat less often"
    if effect.ratio >= 0.1:
        return f"Only {_short(effect.ratio)} times as often"
    return f"{figure(1 / effect.ratio)} times more seldom"


def _short(ratio: float) -> str:
    return figure(ratio, 1) if ratio < 1.95 or f"{ratio:.1f}"[-1] != "0" else figure(ratio)


def rate(share: float) -> str:
    """A share with as many digits as tell it from none."""
    return percent(share, 0 if share >= 0.095 or share == 0 else 1 if share >= 0.0005 else 2)


def number_text(feature: Number, value: float, currency: str) -> str:
    """A number in its unit: a day, so many times, money."""
    if feature.unit == "day":
        day = day_as_date(int(value))
        return f"{day.day} {day:%b %Y}"
    if feature.unit == "times":
        return counted(int(value), "time")
    if feature.subject == "amount":
        return money(round(value, 2), currency)
    whole = value == int(value)
    return figure(value, 0 if whole else 1)


def points(effect: Effect) -> str:
    """The size of the effect in points of a hundred: `+28`."""
    size = effect.difference if isinstance(effect, ShareContrast) else effect.delta
    digits = 0 if abs(size) >= 0.095 else 1
    return signed(round(size * 100, digits), digits)


def between(effect: Effect) -> str:
    """Its 95 % interval: `24 to 31`."""
    digits = 0 if min(abs(effect.low), abs(effect.high)) >= 0.095 else 1
    return f"{figure(effect.low * 100, digits)} to {figure(effect.high * 100, digits)}"


def people(feature: Share | Number, effect: Effect) -> str:
    """How many people stand behind it on both sides."""
    if isinstance(effect, ShareContrast):
        return f"{figure(effect.a)} of {figure(effect.n)} against {figure(effect.b)} of {figure(effect.m)}"
    return f"n = {figure(effect.n)} against {figure(effect.m)}"
