"""Two customers become one: chosen, compared side by side, merged, and parted again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.actions.merging import merging, undoing
from crm.domain.joining import BadChoice
from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.models import Contact, Identifier, Merge
from crm.pages.access import allow, colleague
from crm.pages.contacts import living_contact
from crm.queries.accounts import current_account
from crm.queries.contacts import Row, rows_of
from crm.queries.duplicates import like
from crm.queries.finding import find
from crm.queries.merging import UNDONE_WITHIN, Choices, living_number, merges_into, preview, undoable_until
from crm.queries.search import Selection

PART, ATTRIBUTE, FIRST, YES = "part:", "attribute:", "first:", "yes:"
OFFERED = 10


@allow(Permission.MERGE_CONTACTS)
@require_http_methods(["GET", "HEAD", "POST"])
def contact_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose whom to merge into this customer; then both side by side, with what stays of each."""
    survivor = living_contact(pk)
    given = request.POST if request.method == "POST" else request.GET
    other = _other(given.get("with", ""), pk)
    if other is None and request.method == "POST" and given.get("with"):
        messages.info(request, "The two are one already.")
        return redirect("contact", pk)
    if other is None:
        return _choosing(request, survivor)
    problem, status = "", 200
    choices = _choices(given)
    if request.method == "POST":
        try:
            made = merging.merge(
                survivor=pk, merged=other, choices=choices, seen=_seen(given), by=colleague(request), at=now()
            )
        except (merging.NotMerged, BadChoice) as refusal:
            problem, status = str(refusal), 422
        else:
            return redirect(f"{reverse('contact', args=[made.survivor_id])}?{urlencode({'merged': made.pk})}")
    merged = living_contact(other)
    see_sensitive = colleague(request).may(Permission.VIEW_SENSITIVE)
    try:
        shown = preview(survivor, merged, choices, see_sensitive=see_sensitive)
    except BadChoice:
        shown = preview(survivor, merged, Choices(), see_sensitive=see_sensitive)
    rows = rows_of([survivor.pk, merged.pk])
    context = {
        "survivor": rows[0],
        "merged": rows[1],
        "preview": shown,
        "problem": problem,
        "days": UNDONE_WITHIN.days,
    }
    return render(request, "crm/contact_merge.html", context, status=status)


@allow(Permission.VIEW_CONTACTS)
@require_safe
def contact_merges(request: HttpRequest, pk: int) -> HttpResponse:
    """What was merged into a customer, and until when each can be undone."""
    contact = living_contact(pk)
    at = now()
    merges = [
        {"merge": one, "until": undoable_until(one), "may": bool(one.kept) and at <= undoable_until(one)}
        for one in merges_into(pk)
    ]
    context = {
        "contact": contact,
        "merges": merges,
        "may_merge": colleague(request).may(Permission.MERGE_CONTACTS),
    }
    return render(request, "crm/contact_merges.html", context)


@allow(Permission.MERGE_CONTACTS)
@require_POST
def merge_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """The two are two again."""
    merge = get_object_or_404(Merge, pk=pk)
    try:
        undoing.undo(merge=merge, by=colleague(request), at=now())
    except merging.NotMerged as refusal:
        messages.error(request, str(refusal))
        return redirect("contact_merges", living_number(merge.survivor_id) or merge.survivor_id)
    messages.success(request, f"Customers {merge.survivor_id} and {merge.merged_id} are two again.")
    return redirect("contact", merge.merged_id)


def _other(text: str, pk: int) -> int | None:
    """The number of the other customer; None where none was chosen yet. Raises 404."""
    if not text:
        return None
    number = living_number(int(text)) if text.isascii() and text.isdigit() and len(text) <= 18 else None
    if number is None:
        raise Http404("There is no customer with this number.")
    return None if number == pk else number


def _choosing(request: HttpRequest, survivor: Contact) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:200]
    found: Sequence[Row] = ()
    if text:
        looked = find(Selection(text=text), after="", country=current_account().country)
        rows = [*looked.order, *looked.page.rows]
        found = [row for row in rows if row.contact.pk != survivor.pk][:OFFERED]
    context = {"contact": survivor, "text": text, "found": found, "alike": like(survivor.pk)}
    return render(request, "crm/contact_merge_with.html", context)


def _choices(given: QueryDict) -> Choices:
    def of(prefix: str) -> dict[str, str]:
        return {
            name.removeprefix(prefix): str(given[name])
            for name in given
            if name.startswith(prefix) and given[name]
        }

    firsts = {
        kind: int(number) for kind, number in of(FIRST).items() if number.isascii() and number.isdigit()
    }
    answers = {tuple(name.split(" ")) for name in of(YES)}
    return Choices(
        parts=of(PART),
        attributes=of(ATTRIBUTE),
        firsts={kind: number for kind, number in firsts.items() if kind in Identifier.KINDS},
        answers=frozenset((one[0], one[1]) for one in answers if len(one) == 2),
    )


def _seen(given: QueryDict) -> tuple[datetime, datetime] | None:
    """When both had last been changed as they were shown."""
    instants: list[Any] = []
    for name in ("seen_survivor", "seen_merged"):
        try:
            instants.append(parse_datetime(given.get(name, "")))
        except ValueError:
            instants.append(None)
    return (instants[0], instants[1]) if all(instants) else None
