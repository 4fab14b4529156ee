"""The rail: what stands in it, in order, and who sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from crm.domain.roles import Permission
from crm.models import User
from crm.palette import Hit
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
    Place("Duplicates", "copy", "duplicates", "/duplicates", Permission.MERGE_CONTACTS, False, True),
    Place("Imports", "data", "imports", "/imports", Permission.IMPORT, False, True),
    Place("Attributes", "tag", "attributes", "/attributes", Permission.VIEW_CONTACTS, False, True),
    Place("Help desks", "phone", "badge_keys", "/help-desks", Permission.CONNECT_DESKS, False, True),
    Place("Team", "shield", "team", "/team", Permission.MANAGE_TEAM, False, True),
    Place("Operations", "clock", "operations", "/operations", Permission.VIEW_OPERATIONS, False, True),
    Place("API", "key", "tokens", "/tokens", Permission.USE_API, False, True),
)


@dataclass(frozen=True)
class Deed:
    """Something to begin from anywhere, by the palette."""

    label: str
    icon: str
    url_name: str
    permission: Permission
    words: str = ""


DEEDS = (
    Deed("New customer", "plus", "contact_new", Permission.EDIT_CONTACTS, "add create contact"),
    Deed("New segment", "plus", "segment_new", Permission.EDIT_SEGMENTS, "add create rule builder"),
    Deed("New list", "list", "segment_new_fixed", Permission.EDIT_SEGMENTS, "add create fixed segment"),
    Deed("Merge duplicates", "copy", "duplicates", Permission.MERGE_CONTACTS, "same person twice unite"),
    Deed("Import a file", "upload", "import_new", Permission.IMPORT, "csv upload data"),
    Deed(
        "Connect a help desk", "phone", "badge_key_new", Permission.CONNECT_DESKS, "badge key embed zendesk"
    ),
    Deed("New API token", "key", "token_new", Permission.USE_API, "key"),
    Deed("API guide", "list", "api_guide", Permission.USE_API, "documentation"),
    Deed("Account settings", "company", "account_settings", Permission.MANAGE_ACCOUNT, "zone currency floor"),
)


def places_like(viewer: User, text: str, most: int) -> list[Hit]:
    """Pages and deeds whose words begin so, for the palette; all pages where nothing was typed."""
    asked = text.casefold().split()
    entries = [(place.label, place.icon, place.url_name, place.permission, "") for place in PLACES]
    entries += [(deed.label, deed.icon, deed.url_name, deed.permission, deed.words) for deed in DEEDS]
    found = []
    for label, icon, url_name, permission, words in entries:
        named = f"{label} {words}".casefold().split()
        if viewer.may(permission) and all(any(name.startswith(part) for name in named) for part in asked):
            found.append(Hit(label, reverse(url_name), icon))
    return found[: most if asked else None]


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
        "extra_places": [place for place in shown if not place["workspace"] and not place["on_phone"]],
        "workspace_places": [place for place in shown if place["workspace"]],
        "account": current_account(),
        "may_manage_account": user.may(Permission.MANAGE_ACCOUNT),
    }
