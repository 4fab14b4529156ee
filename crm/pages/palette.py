"""The palette's answers: customers, segments, pages and actions for what somebody typed."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crm.domain.roles import Permission
from crm.models import User
from crm.pages.access import allow, colleague
from crm.palette import Hit, hits_for
from crm.queries.accounts import current_account
from crm.queries.contacts import Row
from crm.queries.finding import few, few_close

LONGEST = 100


@never_cache
@allow(Permission.VIEW_CONTACTS)
@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """The lines below the palette's field, as options of a list box."""
    text = " ".join(request.GET.get("q", "")[:LONGEST].split())
    sections = hits_for(colleague(request), text)
    return render(request, "crm/_palette.html", {"sections": sections, "text": text})


def customers(viewer: User, text: str, most: int) -> Sequence[Hit]:
    """Customers by name, e-mail, phone, id or order."""
    return _lines(few(text, country=current_account().country, most=most))


def close_customers(viewer: User, text: str, most: int) -> Sequence[Hit]:
    """Customers close to what was typed, where none is so as typed."""
    country = current_account().country
    if few(text, country=country, most=1):
        return ()
    return _lines(few_close(text, country=country, most=most))


def _lines(rows: Sequence[Row]) -> Sequence[Hit]:
    return [
        Hit(
            row.contact.name,
            reverse("contact", args=[row.contact.pk]),
            "people",
            row.email or row.phone or row.external_id,
        )
        for row in rows
    ]
