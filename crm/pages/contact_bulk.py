"""Many customers at once: tags on and off, and the list as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crm.actions import tagging
from crm.domain.roles import Permission
from crm.domain.timeline import shown
from crm.kit.clock import now
from crm.kit.figures import counted
from crm.pages.access import allow, colleague
from crm.pages.files import file_of_people
from crm.pages.selecting import columns_of, selection_of
from crm.panels import Badge
from crm.queries import contact_columns
from crm.queries import contacts as reading
from crm.queries.accounts import account_zone, current_account
from crm.queries.contact_columns import Column
from crm.queries.search import Selection, counted_up_to

IDENTITY = ("Customer", "First name", "Last name", "Company", "E-mail", "Phone", "External id")
NAMED = {"company", "email", "phone", "external_id"}  # which stand in the file in any case


@allow(Permission.BULK_EDIT)
@require_POST
def contacts_tag(request: HttpRequest) -> HttpResponse:
    """Tag or untag the customers marked on the list, or all of the selection, at most 10,000."""
    ids = _chosen(request)
    back = f"{reverse('contacts')}?{request.GET.urlencode()}"
    if not ids:
        messages.error(request, "Nobody was marked. Tick the customers first.")
        return redirect(back)
    off = request.POST.get("do") == "untag"
    change = tagging.untag if off else tagging.tag_many
    try:
        changed = change(contact_ids=ids, tag=request.POST.get("tag", ""), by=colleague(request), at=now())
    except tagging.TagRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    tag = " ".join(request.POST.get("tag", "").split())
    same = len(ids) - changed
    words = f"{counted(changed, 'customer')} {'lost' if off else 'got'} the tag ‘{tag}’."
    if same:
        words += f" {counted(same, 'customer')} {'did not have' if off else 'had'} it already."
    messages.success(request, words.replace("did not have it already", "did not have it"))
    return redirect(back)


@allow(Permission.EXPORT_CONTACTS)
@require_safe
def contacts_export(request: HttpRequest) -> HttpResponseBase:
    """The customers of the list as CSV, streamed; sensitive attributes only for those who may see them."""
    selection = selection_of(request.GET)
    choices, columns = columns_of(request)
    if not request.GET.getlist("col"):  # everything that is known
        columns = [one for one in choices if one.key != "segments"]
    columns = [one for one in columns if one.key not in NAMED]
    day = timezone.localtime(now(), account_zone())
    rows = _lines(selection, columns, current_account().country)
    header = [*IDENTITY, *(column.label for column in columns)]
    return file_of_people(request, f"customers-{day:%Y-%m-%d}.csv", header, rows)


def _lines(selection: Selection, columns: list[Column], country: str) -> Iterator[list[Any]]:
    wanted = contact_columns.asks(columns)
    badges = any(column.key == "segments" for column in columns)
    for batch in reading.every_batch(selection, country=country, with_badges=badges):
        read = contact_columns.read(batch, wanted)
        for row in batch:
            contact = row.contact
            company = contact.company.name if contact.company else ""
            named = [" | ".join(row.identifiers.get(kind, ())) for kind in ("email", "phone", "external_id")]
            cells = (_cell(contact_columns.value_of(row, column, read)) for column in columns)
            yield [contact.pk, contact.first_name, contact.last_name, company, *named, *cells]


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or value == "":
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, list):
        return " | ".join(one.name if isinstance(one, Badge) else str(one) for one in value)
    return shown(value)


def _chosen(request: HttpRequest) -> list[int]:
    if request.POST.get("everyone"):
        selection = selection_of(request.GET)
        return reading.ids_of(selection, most=counted_up_to(selection), country=current_account().country)
    marked = request.POST.getlist("contact")[: reading.PAGE * 4]
    return [int(key) for key in marked if key.isdecimal() and len(key) < 19]
