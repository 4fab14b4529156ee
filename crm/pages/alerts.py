"""A person's alerts: the bell, the list, and marking them as read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from crm.actions import alerting
from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.kit.paging import whole
from crm.pages.access import allow, colleague
from crm.queries.alerts import MOST_COUNTED, alert_page, unread


@allow(Permission.VIEW_SEGMENTS)
@never_cache
@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """Everything this person was told of, newest first."""
    user = colleague(request)
    page = alert_page(user, after=request.GET.get("after", ""))
    return render(request, "crm/alerts.html", {"page": page, "unread": unread(user)})


@allow(Permission.VIEW_SEGMENTS)
@never_cache
@require_safe
def alerts_bell(request: HttpRequest) -> HttpResponse:
    """The bell with the number of unread alerts, which each page asks for after it is shown."""
    number = unread(colleague(request))
    context = {"unread": number, "shown": f"{MOST_COUNTED}+" if number > MOST_COUNTED else str(number)}
    return render(request, "crm/_bell.html", context)


@allow(Permission.VIEW_SEGMENTS)
@require_POST
def alerts_read(request: HttpRequest) -> HttpResponse:
    """Mark one alert as read, or all; `next` is where to go then."""
    only = whole(request.POST.get("alert", ""))
    alerting.mark_read(by=colleague(request), alerts=None if only is None else [only], at=now())
    onward = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(onward, allowed_hosts=None):
        return redirect(onward)
    return redirect("alerts")
