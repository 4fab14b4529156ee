"""The rail: what stands in it, in order, and who sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from crm.domain.roles import Permission
from crm.queries.accounts import current_account


@dataclass(frozen=True)
class Place:
    """One entry of the rail. `prefix` is the path under which it counts as current."""

    label: str
    icon: str
    url_name: str
    prefix: str
    permission: Permission
    on_phone: bool = True
    workspace: bool = False


PLACES = (
    Place("Dashboard", "home", "dashboard", "/dashboard", Permission.VIEW_GOALS),
    Place("Segments", "gem", "segments", "/segments", Permission.VIEW_SEGMENTS),
    Place("Customers", "people", "contacts", "/contacts", Permission.VIEW_CONTACTS),
    Place("Tasks", "check", "tasks", "/tasks", Permission.KEEP_TASKS, False),
    Place("Campaigns", "send", "campaigns", "/campaigns", Permission.VIEW_CAMPAIGNS),
    Place("Goals", "target", "goals", "/goals", Permission.VIEW_GOALS),
    Place("Reviews", "eye", "reviews", "/reviews", Permission.REVIEW_SEGMENTS, False),
    Place("Imports", "data", "imports", "/imports", Permission.IMPORT, False, True),
    Place("Attributes", "tag", "attributes", "/attributes", Permission.VIEW_CONTACTS, False, True),
    Place("Help desks", "phone", "badge_keys", "/help-desks", Permission.CONNECT_DESKS, False, True),
    Place("Team", "shield", "team", "/team", Permission.MANAGE_TEAM, False, True),
    Place("Operations", "clock", "operations", "/operations", Permission.VIEW_OPERATIONS, False, True),
    Place("API", "key", "tokens", "/tokens", Permission.USE_API, False, True),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """What the frame around every page needs."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"places": [], "workspace_places": []}
    seen = [place for place in PLACES if user.may(place.permission)]
    shown = [
        {
            "label": place.label,
            "icon": place.icon,
            "href": reverse(place.url_name),
            "current": request.path.startswith(place.prefix),
            "on_phone": place.on_phone,
            "workspace": place.workspace,
        }
        for place in seen
    ]
    return {
        "places": [place for place in shown if not place["workspace"]],
        "workspace_places": [place for place in shown if place["workspace"]],
        "account": current_account(),
        "may_manage_account": user.may(Permission.MANAGE_ACCOUNT),
    }
