"""What makes a segment different: the ranked differences, as a page, a card and a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render

from crm.domain.roles import Permission
from crm.kit import clock, sheets
from crm.pages.access import allow
from crm.queries.accounts import current_account
from segments.engine.statistics import contrast_words as words
from segments.engine.statistics.contrast import ShareContrast
from segments.models import Segment
from segments.pages.insight.people import builder_url, people_url
from segments.pages.segment import frame_of
from segments.queries.insight.differing import LEAST, WINDOWS, Difference, Differences, differences
from segments.queries.segments import segments_to_pick

SHOWN, MOST, ON_A_CARD, OF_ONE_SUBJECT = 20, 300, 6, 2
WINDOW_WORDS = {"30": "30 days", "90": "90 days", "365": "12 months", "ever": "ever"}


@dataclass(frozen=True)
class Line:
    """A difference as it is shown: a bar from `zero` with the whisker of its interval, in percent of the box."""

    title: str
    sentence: str
    people: str
    points: str
    interval: str
    zero: str
    x: str
    width: str
    low: str
    high: str
    in_rule: bool
    people_url: str
    new_url: str


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    segment: Segment
    against: Segment | None
    window: str
    everything: bool


def _asked(request: HttpRequest, segment: Segment) -> Asked:
    query = request.GET
    against = Segment.objects.filter(slug=query.get("against", "")).exclude(pk=segment.pk).first()
    window = query.get("window", "365")
    return Asked(segment, against, window if window in WINDOWS else "365", query.get("all") == "1")


def _found(request: HttpRequest, asked: Asked) -> Differences:
    user: Any = request.user
    return differences(
        asked.segment,
        against=asked.against,
        window=asked.window,
        see_sensitive=user.may(Permission.VIEW_SENSITIVE),
        as_of=clock.now(),
    )


def lines(rows: Iterable[Difference], segment: Segment, currency: str) -> list[Line]:
    """Differences ready to be shown, all on one scale."""
    shown = list(rows)
    least = min((row.effect.low for row in shown), default=0.0)
    most = max((row.effect.high for row in shown), default=0.0)
    least, most = min(least, 0.0), max(most, 0.0)

    def place(size: float) -> float:
        return 1 + 98 * (size - least) / ((most - least) or 1.0)

    made = []
    for row in shown:
        begin, end = sorted((place(0.0), place(row.size)))
        made.append(
            Line(
                title=words.title(row.feature, row.label),
                sentence=words.sentence(row.feature, row.effect, currency),
                people=words.people(row.feature, row.effect),
                points=words.points(row.effect),
                interval=words.between(row.effect),
                zero=f"{place(0.0):.2f}%",
                x=f"{begin:.2f}%",
                width=f"{end - begin:.2f}%",
                low=f"{place(row.effect.low):.2f}%",
                high=f"{place(row.effect.high):.2f}%",
                in_rule=row.in_rule,
                people_url=people_url([segment.slug], row.condition),
                new_url=builder_url(
                    {"version": 1, "rule": {"all": [{"segment": segment.slug, "op": "in"}, row.condition]}}
                ),
            )
        )
    return made


def telling(found: Differences, *, everything: bool = False) -> tuple[list[Difference], list[Difference]]:
    """The differences worth showing first, and those that the rule asks for itself.

    Unless everything is wanted, a subject has two lines at most (whether and how often one), and what says the same
    twice is said once.
    """
    told: list[Difference] = []
    asked: list[Difference] = []
    times: Counter[tuple[str, ...]] = Counter()
    said: set[tuple[int, ...]] = set()
    for row in found.rows:
        condition, counts = row.condition, _counts(row)
        doing = "interaction" in condition and row.feature.subject == condition["interaction"]
        subject = (condition.get("attribute", ""), condition.get("interaction", ""), row.feature.subject)
        if not everything and (times[subject] >= (1 if doing else OF_ONE_SUBJECT) or counts in said):
            continue
        said |= {counts} if counts else set()
        times[subject] += 1
        (asked if row.in_rule else told).append(row)
    return told, asked


def _counts(row: Difference) -> tuple[int, ...]:
    """What tells that two lines are of the same people: their counts."""
    effect = row.effect
    return (effect.a, effect.n, effect.b, effect.m) if isinstance(effect, ShareContrast) else ()


@allow(Permission.VIEW_SEGMENTS)
def segment_differences(request: HttpRequest, slug: str) -> HttpResponse:
    """In what a segment differs, the largest first; htmx fetches the list alone."""
    if not request.headers.get("HX-Request"):
        frame = frame_of(request, slug, "differences")
        asked = _asked(request, frame["segment"])
        context = {
            **frame,
            "asked": asked,
            "windows": WINDOW_WORDS,
            "others": segments_to_pick(besides=asked.segment.pk),
        }
        return render(request, "segments/differences.html", context)
    asked = _asked(request, get_object_or_404(Segment, slug=slug))
    found = _found(request, asked)
    currency = current_account().currency
    told, by_rule = telling(found, everything=asked.everything)
    most = MOST if asked.everything else SHOWN
    context = {
        "segment": asked.segment,
        "asked": asked,
        "found": found,
        "lines": lines(told[:most], asked.segment, currency),
        "by_rule": lines(by_rule[:most], asked.segment, currency),
        "least": LEAST,
        "window": WINDOW_WORDS[asked.window],
        "may_edit": request.user.may(Permission.EDIT_SEGMENTS),  # type: ignore[union-attr]
    }
    return render(request, "segments/_differences.html", context)


@allow(Permission.VIEW_SEGMENTS)
def segment_differences_card(request: HttpRequest, slug: str) -> HttpResponse:
    """The few largest differences, for the overview."""
    asked = _asked(request, get_object_or_404(Segment, slug=slug))
    found = _found(request, asked)
    told, _ = telling(found)
    shown = lines(told[:ON_A_CARD], asked.segment, current_account().currency)
    context = {"segment": asked.segment, "found": found, "lines": shown, "least": LEAST}
    return render(request, "segments/_differences_card.html", context)


@allow(Permission.VIEW_SEGMENTS)
def segment_differences_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every difference that is more than chance, as a file."""
    asked = _asked(request, get_object_or_404(Segment, slug=slug))
    found = _found(request, asked)
    header = (
        *("What", "In words", "Share or median here", "Share or median there", "n here", "n there"),
        *("Difference or delta", "Low", "High", "Ratio", "Cohen's h", "Adjusted p", "In the rule", "As of"),
    )
    return sheets.download(f"{slug}-differences.csv", header, _cells(found, found.as_of))


def _cells(found: Differences, as_of: datetime) -> Iterator[tuple[Any, ...]]:
    currency = current_account().currency
    for row in found.rows:
        effect = row.effect
        if isinstance(effect, ShareContrast):
            sides = (round(effect.first, 6), round(effect.second, 6))
            more: tuple[Any, ...] = (effect.ratio and round(effect.ratio, 4), round(effect.h, 4))
        else:
            sides = (effect.first_median, effect.second_median)
            more = ("", "")
        yield (
            words.title(row.feature, row.label),
            words.sentence(row.feature, effect, currency),
            *sides,
            effect.n,
            effect.m,
            *(round(part, 6) for part in (row.size, effect.low, effect.high)),
            *more,
            f"{row.chance:.3g}",
            "yes" if row.in_rule else "no",
            as_of.isoformat(),
        )
