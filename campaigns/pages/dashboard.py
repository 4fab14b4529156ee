"""The dashboard: which goals need somebody, which segments move, what waits."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from campaigns.domain.days import day_of
from campaigns.domain.pace import NEEDS_YOU
from campaigns.domain.words import headline
from campaigns.queries.campaigns import look_of, newest_campaigns
from campaigns.queries.goals import worst_first
from campaigns.queries.growth import DAYS, grew_and_shrank
from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.pages.access import allow, colleague
from crm.queries.accounts import account_zone, current_account
from segments.models import Segment
from segments.queries.insight.overlapping import live_segments
from segments.queries.membership.crossing import handovers
from segments.queries.service.votes import open_reviews

SHOWN = 12
TOLD = 2
MOVED, REVIEWS = 6, 4
KEPT_SECONDS = 300  # a month of everybody's log is read: the card says as of when


@allow(Permission.VIEW_GOALS)
def dashboard(request: HttpRequest) -> HttpResponse:
    """Goals worst first; what moves, what waits for a review or an approval."""
    viewer, today = colleague(request), day_of(now(), account_zone())
    goals = worst_first(today=today, currency=current_account().currency)
    needy = [one for one in goals if one.pace.state in NEEDS_YOU]
    context = {
        "headline": headline([one.pace.state for one in goals]),
        "goals": goals[:SHOWN],
        "more": len(goals) - SHOWN,
        "told": needy[:TOLD],
        "measured_at": max((one.measured_at for one in goals if one.measured_at), default=None),
        "growth": grew_and_shrank(today=today),
        "days": DAYS,
        "campaigns": [(one, look_of(one.state)) for one in newest_campaigns()],
        "reviews": open_reviews(size=REVIEWS),
        "may_edit": viewer.may(Permission.EDIT_GOALS),
        "may_review": viewer.may(Permission.REVIEW_SEGMENTS),
    }
    return render(request, "campaigns/dashboard.html", context)


@allow(Permission.VIEW_GOALS)
def dashboard_movement(request: HttpRequest) -> HttpResponse:
    """From which segment to which most customers went; fetched after the page, as it is read from the log."""
    at, zone = now(), account_zone()
    since = datetime.combine(day_of(at, zone) - timedelta(days=DAYS), time.min, tzinfo=zone)
    key = f"campaigns.movement.{since:%Y-%m-%d}"
    kept = cache.get(key)
    if kept is None:
        by_rule = [one for one in live_segments() if one.kind == Segment.DYNAMIC]
        kept = handovers(by_rule, since=since, most=MOVED), at
        cache.set(key, kept, KEPT_SECONDS)
    found, read_at = kept
    most = max((one.people for one in found), default=0)
    context = {"found": found, "most": most, "since": since, "at": read_at}
    return render(request, "campaigns/_dashboard_movement.html", context)
