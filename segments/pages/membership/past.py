"""The time machine: a segment as it was at any past moment, and what a rule would have held then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_date, parse_datetime
from django.views.decorators.http import require_safe

from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.pages.access import allow, colleague
from crm.pages.files import file_of_people
from crm.queries.accounts import account_zone, current_account
from segments.engine.language.refusals import Refused
from segments.mirror.everyone import Preparing
from segments.models import Draft, Segment, SegmentVersion
from segments.pages.segment import frame_of
from segments.queries.insight.purchases import DAYS, window_start
from segments.queries.insight.worth import bought_by
from segments.queries.membership.departures import departures, every_member_then
from segments.queries.membership.hindsight import held_then
from segments.queries.membership.past import (
    ids_at,
    known_since,
    moved_between,
    sizes_at,
    survivors,
)
from segments.queries.segments import versions_of

USUAL = timedelta(days=30)


@dataclass(frozen=True)
class Moment:
    """The moment that was asked for, between the first line of the log and now; `problem` where it was another."""

    instant: datetime
    began: datetime
    until: datetime
    zone: ZoneInfo
    problem: str = ""

    @property
    def day(self) -> date:
        """Its day in the account's zone."""
        return self.instant.astimezone(self.zone).date()

    @property
    def field(self) -> str:
        """As the field of the form has it."""
        return f"{self.instant.astimezone(self.zone):%Y-%m-%dT%H:%M}"

    @property
    def days(self) -> int:
        """How many days the slider has."""
        return (self.until.astimezone(self.zone).date() - self.first).days

    @property
    def first(self) -> date:
        """The slider's first day."""
        return self.began.astimezone(self.zone).date()

    @property
    def place(self) -> int:
        """Where the slider stands."""
        return (self.day - self.first).days


def moment_in(text: str, segment: Segment, at: datetime) -> Moment | None:
    """The moment a text names: an instant, or a day, which stands for its end. None: the segment has no past yet."""
    began = known_since(segment)
    if began is None:
        return None
    zone = account_zone()
    asked = _read(text, zone) if text else max(at - USUAL, began)
    if asked is None:
        usual = max(at - USUAL, began)
        return Moment(
            usual, began, at, zone, "That is no date: write it like 2026-03-15 or 2026-03-15T14:30."
        )
    if asked > at:
        later = asked.astimezone(zone).date() > at.astimezone(zone).date()
        return Moment(at, began, at, zone, "The future is not known yet: this is now." if later else "")
    if asked < began:
        problem = "It was not there yet: this is its first moment."
        return Moment(began, began, at, zone, problem)
    return Moment(asked, began, at, zone)


def _read(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        day = parse_date(text)
        if day is not None:
            return datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone).astimezone(
                UTC
            ) - timedelta(microseconds=1)
        found = parse_datetime(text)
        if found is None:
            return None
        asked = found if found.tzinfo else found.replace(tzinfo=zone)
        asked.astimezone(zone)  # one that cannot be told in the zone is none
        return asked.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@allow(Permission.VIEW_SEGMENTS)
@require_safe
def segment_past(request: HttpRequest, slug: str) -> HttpResponse:
    """Size, and who was in it then and is not now, with why they left."""
    frame = frame_of(request, slug, "past")
    segment: Segment = frame["segment"]
    moment = moment_in(request.GET.get("on", ""), segment, now())
    if moment is None:
        return render(request, "segments/past.html", {**frame, "moment": None})
    entered, left = moved_between(segment, moment.instant, moment.until)
    person = colleague(request)
    context = {
        **frame,
        "moment": moment,
        "size": sizes_at([segment.pk], moment.instant)[segment.pk],
        "entered": entered,
        "left": left,
        "page": departures(
            segment,
            moment.instant,
            see_sensitive=person.may(Permission.VIEW_SENSITIVE),
            after=request.GET.get("after", ""),
        ),
        "versions": versions_of(segment) if segment.kind == Segment.DYNAMIC else [],
        "draft": _draft(request, segment) if frame["may_edit"] else None,
        "days": DAYS,
    }
    return render(request, "segments/past.html", context)


@allow(Permission.VIEW_SEGMENTS)
@require_safe
def segment_past_value(request: HttpRequest, slug: str) -> HttpResponse:
    """What the members of then had bought in the year before, and what those of now bought in the last."""
    segment = get_object_or_404(Segment, slug=slug)
    moment = _moment(request, segment)
    zone, currency = account_zone(), current_account().currency
    instants = (moment.instant, moment.until)
    members = [survivors(found[segment.pk]) for found in ids_at([segment.pk], instants)]
    windows = [(window_start(instant, days=DAYS, zone=zone), instant) for instant in instants]
    found = [
        (value, value / len(ids) if len(ids) else None)
        for value, ids in zip(bought_by(members, windows), members, strict=True)
    ]
    context = {"then": found[0], "today": found[1], "currency": currency, "days": DAYS, "moment": moment}
    return render(request, "segments/_past_value.html", context)


@allow(Permission.VIEW_SEGMENTS)
@require_safe
def segment_past_rule(request: HttpRequest, slug: str) -> HttpResponse:
    """Who a version of the rule, or the draft somebody has of it, would have held then."""
    segment = get_object_or_404(Segment, slug=slug, kind=Segment.DYNAMIC)
    moment = _moment(request, segment)
    document, name = _document(request, segment)
    context: dict[str, Any] = {"segment": segment, "moment": moment, "name": name}
    try:
        found = held_then(document, as_of=moment.instant, slug=segment.slug)
    except Refused as refused:
        context["problem"] = refused.problems[0].sentence
    except Preparing as preparing:
        context["problem"] = str(preparing)
    else:
        were = ids_at([segment.pk], [moment.instant])[0][segment.pk]
        both = len(np.intersect1d(found.members, were, assume_unique=True))
        count = len(found.members)
        context |= {"found": found, "count": count, "both": both, "others": count - both, "were": len(were)}
    return render(request, "segments/_past_rule.html", context)


@allow(Permission.EXPORT_CONTACTS)
@require_safe
def segment_past_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The members of that moment as a file."""
    segment = get_object_or_404(Segment, slug=slug)
    moment = _moment(request, segment)
    rows = (
        (
            one.pk,
            one.contact.first_name,
            one.contact.last_name,
            one.email,
            one.since.isoformat() if one.since else "",
            "yes" if one.now else "no",
        )
        for one in every_member_then(segment, moment.instant)
    )
    header = ("Customer", "First name", "Last name", "E-mail", "Member since", "Member now")
    return file_of_people(request, f"{segment.slug}-{moment.day}.csv", header, rows)


def _moment(request: HttpRequest, segment: Segment) -> Moment:
    moment = moment_in(request.GET.get("on", ""), segment, now())
    if moment is None:
        raise Http404("Nobody was ever in it.")
    return moment


def _draft(request: HttpRequest, segment: Segment) -> Draft | None:
    return Draft.objects.filter(user=colleague(request), segment=segment).order_by("-updated_at").first()


def _document(request: HttpRequest, segment: Segment) -> tuple[Any, str]:
    """The rule that was chosen, with what to call it; the one in use where that cannot be read."""
    chosen = request.GET.get("rule", "")
    if chosen == "draft" and (draft := _draft(request, segment)) is not None:
        return draft.document, "Your draft"
    if chosen.isdecimal() and len(chosen) < 9:
        version = SegmentVersion.objects.filter(segment=segment, number=int(chosen)).first()
        if version is not None:
            return version.rule, f"Version {version.number}"
    return segment.rule, f"Version {segment.version}, in use,"
