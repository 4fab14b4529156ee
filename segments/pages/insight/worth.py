"""What a segment is worth: tiles, what was bought month by month, and who comes back, with tables and files."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render

from crm.domain.roles import Permission
from crm.kit import clock, sheets
from crm.kit.figures import SYMBOLS
from crm.pages.access import allow
from segments.models import Segment
from segments.pages.insight.figures import Figure, curve, money_bars
from segments.pages.segment import frame_of
from segments.queries.insight.worth import Value, value_of

WINDOWS = {"30": "30 days", "90": "90 days", "365": "12 months", "1095": "3 years"}


def _days(request: HttpRequest) -> str:
    asked = request.GET.get("days", "365")
    return asked if asked in WINDOWS else "365"


def _labels(value: Value, days: str) -> list[str]:
    """What each stretch is called: by its day, by its month; the cut first month is told from the last."""
    begins = [month.begins_on for month in value.months]
    if days == "30":
        return [f"{day.day} {day:%b}" for day in begins]
    names = [f"{day:%b %Y}" for day in begins]
    return [f"from {begins[0].day} {begins[0]:%b}", *names[1:]] if begins and begins[0].day > 1 else names


def _bought(value: Value, labels: list[str]) -> Figure:
    symbol = SYMBOLS.get(value.currency, value.currency)
    return money_bars(
        labels, [float(month.revenue) for month in value.months], name="Revenue", prefix=f"{symbol} "
    )


def _back(value: Value, name: str) -> Figure:
    known = [came for came in value.back if came.share is not None]
    others = {came.k: came.share for came in value.others_back}
    return curve(
        [came.k for came in known],
        [came.share for came in known],
        [came.interval[0] for came in known],
        [came.interval[1] for came in known],
        [others[came.k] for came in known],
        names=(name, "everyone else"),
    )


@allow(Permission.VIEW_SEGMENTS)
def segment_value(request: HttpRequest, slug: str) -> HttpResponse:
    """Revenue, purchases and who comes back; htmx fetches the parts."""
    days = _days(request)
    if not request.headers.get("HX-Request"):
        context = {**frame_of(request, slug, "value"), "windows": WINDOWS, "days": days}
        return render(request, "segments/value.html", context)
    segment = get_object_or_404(Segment, slug=slug)
    value = value_of(segment, days=int(days), as_of=clock.now())
    labels = _labels(value, days)
    context = {
        "segment": segment,
        "value": value,
        "window": WINDOWS[days],
        "days": days,
        "months": list(zip(labels, value.months, strict=True)),
        "bought": _bought(value, labels),
        "curve": _back(value, segment.name),
        "back": [
            (came, other)
            for came, other in zip(value.back, value.others_back, strict=True)
            if came.share is not None
        ],
    }
    return render(request, "segments/_value.html", context)


@allow(Permission.VIEW_SEGMENTS)
def segment_value_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What was bought, stretch by stretch, as a file."""
    segment = get_object_or_404(Segment, slug=slug)
    value = value_of(segment, days=int(_days(request)), as_of=clock.now())
    header = ("From", "Revenue", "Currency", "Purchases", "Buyers", "Revenue of everyone else", "As of")
    rows = (
        (
            month.begins_on.isoformat(),
            month.revenue,
            value.currency,
            month.orders,
            month.buyers,
            month.others,
            value.until.isoformat(),
        )
        for month in value.months
    )
    return sheets.download(f"{slug}-value.csv", header, rows)


@allow(Permission.VIEW_SEGMENTS)
def segment_retention_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Who came back in which 30 days after the first purchase, as a file."""
    segment = get_object_or_404(Segment, slug=slug)
    value = value_of(segment, days=365, as_of=clock.now())
    header = (
        *("30 days number", "Known", "Bought again", "Share", "Low", "High"),
        *("Known among everyone else", "Bought again among everyone else", "As of"),
    )
    rows = (
        (
            came.k,
            came.known,
            came.again,
            "" if came.share is None else round(came.share, 6),
            round(came.interval[0], 6),
            round(came.interval[1], 6),
            other.known,
            other.again,
            value.until.isoformat(),
        )
        for came, other in zip(value.back, value.others_back, strict=True)
    )
    return sheets.download(f"{slug}-retention.csv", header, rows)
