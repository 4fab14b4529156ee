"""Template tags every page may use without loading them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from crm.domain.timeline import shown
from crm.kit import figures

register = template.Library()


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """`{% icon "gem" %}` or `{% icon "gem" "small" %}`: one sign of the sprite, hidden from screen readers."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        extra,
        static("icons.svg"),
        name,
    )


@register.filter
def figure(number: Any, digits: int = 0) -> str:
    """`{{ 12114|figure }}` is 12,114; nothing stays nothing."""
    return "" if number in (None, "") else figures.figure(Decimal(str(number)), int(digits))


@register.filter
def signed(number: Any) -> str:
    """`{{ change|signed }}`: +642 or −31."""
    return "" if number in (None, "") else figures.signed(Decimal(str(number)))


@register.filter
def money(amount: Any, currency: str) -> str:
    """`{{ amount|money:"EUR" }}`: € 612."""
    return "" if amount in (None, "") else figures.money(Decimal(str(amount)), currency)


@register.filter
def share_of(part: Any, whole: Any) -> str:
    """`{{ 5|share_of:20 }}`: 25 %."""
    return figures.share(float(part or 0), float(whole or 0))


@register.filter
def width_of(part: Any, whole: Any) -> str:
    """A percentage as an SVG width: `{{ 5|width_of:20 }}` is 25.00%."""
    ratio = float(part or 0) / float(whole) if whole else 0.0
    return f"{min(max(ratio, 0.0), 1.0) * 100:.2f}%"


@register.filter
def on_day(moment: date | datetime | None) -> str:
    """`24 Oct 2026`, in the account's zone."""
    if moment is None:
        return ""
    if isinstance(moment, datetime):
        moment = timezone.localtime(moment)
    return f"{moment.day} {moment:%b %Y}"


@register.filter
def at_time(moment: datetime | None) -> str:
    """`24 Oct 2026, 16:12`, in the account's zone."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{local.day} {local:%b %Y, %H:%M}"


@register.filter
def hue(key: Any) -> int:
    """One of the ten hues for an avatar, always the same for the same person."""
    return int(key or 0) * 7 % 10 + 1


@register.filter
def breakable(text: str) -> SafeString:
    """An address with leave to break after its @ and before a dot, where it is too long for its place."""
    parts = re.split(r"(?<=@)|(?=[.])", str(text))
    return format_html_join(mark_safe("<wbr>"), "{}", ((part,) for part in parts))


@register.filter
def initials(name: str) -> str:
    """At most two letters for the avatar."""
    words = [word for word in name.split() if word]
    return "".join(word[:1] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


@register.simple_tag(takes_context=True)
def querystring_with(context: template.Context, name: str, value: Any, *without: str) -> str:
    """This page's query string with one value set, and without some others, encoded."""
    query = context["request"].GET.copy()
    for other in without:
        query.pop(other, None)
    query[name] = str(value)
    return query.urlencode()


@register.simple_tag(takes_context=True)
def querystring_without(context: template.Context, *names: str) -> str:
    """This page's query string without these, encoded."""
    query = context["request"].GET.copy()
    for name in names:
        query.pop(name, None)
    return query.urlencode()


@register.filter
def named(found: Mapping[str, Any], name: str) -> Any:
    """`{{ origins|named:value.name }}`: what a mapping holds under a name, nothing where it holds none."""
    return found.get(name) if found else None


@register.filter
def stored(value: Any, kind: str) -> str:
    """A stored attribute for people: figures grouped, days and instants as everywhere, lists with commas."""
    if kind == "number" and isinstance(value, int | float) and not isinstance(value, bool):
        exact = Decimal(str(value))
        exact = exact.to_integral_value() if exact == exact.to_integral_value() else exact
        digits = max(-int(exact.as_tuple().exponent), 0)
        return figures.figure(exact, digits)
    try:
        if kind == "date":
            return on_day(date.fromisoformat(value))
        if kind == "instant":
            moment = datetime.fromisoformat(value)
            return at_time(moment if moment.tzinfo else timezone.make_aware(moment))
    except (TypeError, ValueError):
        return str(value)
    return shown(value)


@register.filter
def span(length: timedelta | None) -> str:
    """`3 hours`: a length of time in its largest whole unit; empty where there is none."""
    return "" if length is None else figures.duration(length)
