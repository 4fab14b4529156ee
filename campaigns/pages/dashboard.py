"""The dashboard: which goals need somebody, and which segments move."""

from __future__ import annotations

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
from crm.pages.access import allow
from crm.queries.accounts import account_zone, current_account

SHOWN = 12
TOLD = 2


@allow(Permission.VIEW_GOALS)
def dashboard(request: HttpRequest) -> HttpResponse:
    """Goals worst first, segments that grew and shrank."""
    today = day_of(now(), account_zone())
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
        "may_edit": request.user.may(Permission.EDIT_GOALS),  # type: ignore[union-attr]
    }
    return render(request, "campaigns/dashboard.html", context)
