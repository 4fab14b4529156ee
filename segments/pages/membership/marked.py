"""The people marked on a list, or all that a search found: read from what a form sent."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from crm.kit.paging import whole
from crm.models import Contact
from crm.pages.selecting import selection_of
from crm.queries.accounts import current_account
from crm.queries.contacts import ids_of
from crm.queries.search import counted_up_to

SHOWN = 10
MOST = 20_000


def people_in(request: HttpRequest) -> list[int]:
    """The contacts that a form marked, or all of the list it stood on; from the address where one is named there."""
    if request.POST.get("everyone"):
        selection = selection_of(request.GET)
        return ids_of(selection, most=counted_up_to(selection), country=current_account().country)
    marked = request.POST.getlist("contact") or request.GET.getlist("contact")
    keys = (whole(key) for key in marked[:MOST])
    return list(dict.fromkeys(key for key in keys if key is not None and key > 0))


def shown_people(request: HttpRequest, people: list[int]) -> dict[str, Any]:
    """What a page that asks about people shows of them, and what it sends on."""
    some = Contact.objects.living().in_bulk(people[:SHOWN])
    return {
        "people": people,
        "some": [some[pk] for pk in people[:SHOWN] if pk in some],
        "more": len(people) - min(len(people), SHOWN),
        "everyone": bool(request.POST.get("everyone")),
    }
