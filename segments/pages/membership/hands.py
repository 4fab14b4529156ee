"""People placed by hand: those of one segment, and the doors that place and take back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.kit.figures import counted
from crm.kit.paging import throughout
from crm.pages.access import allow, colleague
from crm.pages.files import file_of_people
from segments.actions.membership import placing
from segments.models import Segment
from segments.pages.membership.hand_forms import PlaceEntriesForm, PlaceSomewhereForm
from segments.pages.membership.lists import find_entries, tell_unknown
from segments.pages.membership.marked import people_in, shown_people
from segments.pages.segment import frame_of
from segments.queries.membership.members import emails_of
from segments.queries.membership.placements import placements_of

SHOWN = 10


@allow(Permission.VIEW_SEGMENTS, write=Permission.EDIT_SEGMENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def segment_hand(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is placed by hand in a segment now, or was; and a form to place more."""
    frame = frame_of(request, slug, "members")
    segment: Segment = frame["segment"]
    at = now()
    form = PlaceEntriesForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        found = find_entries(form)
        if found is not None and not found.contacts:
            form.add_error("entries", "No customer is known by any of these.")
        elif found is not None and _placed(request, segment, found.contacts, form):
            tell_unknown(request, found)
            return redirect("segment_hand", slug=slug)
    past = request.GET.get("past") == "1"
    page = placements_of(segment.pk, at=at, past=past, after=request.GET.get("after", ""))
    context = {
        **frame,
        "page": page,
        "past": past,
        "form": form,
        "emails": emails_of(row.placement.contact_id for row in page.rows),
        "may_place": frame["may_edit"] and segment.kind == Segment.DYNAMIC and segment.archived_at is None,
    }
    return render(request, "segments/hand.html", context, status=422 if form.errors else 200)


@allow(Permission.EXPORT_CONTACTS)
@require_safe
def segment_hand_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The same placements as a file."""
    segment, at, past = get_object_or_404(Segment, slug=slug), now(), request.GET.get("past") == "1"
    rows = (
        (
            *(one.contact_id, one.contact.name, "included" if one.included else "kept out", one.reason),
            *(one.at.isoformat(), one.by.name if one.by else "", one.until.isoformat() if one.until else ""),
            one.removed_at.isoformat() if one.removed_at else "",
            one.removed_by.name if one.removed_by else "",
        )
        for one in (
            row.placement
            for row in throughout(
                lambda after: placements_of(segment.pk, at=at, past=past, after=after, size=500)
            )
        )
    )
    header = (
        *("Customer", "Name", "What", "Because", "At", "By", "Until"),
        *("Taken back at", "Taken back by"),
    )
    return file_of_people(request, f"{slug}-by-hand.csv", header, rows)


@allow(Permission.EDIT_SEGMENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def segments_place(request: HttpRequest) -> HttpResponse:
    """Place those marked on a list, or one customer: asks for the segment, the reason and the end first."""
    people = people_in(request)
    asked = {"segment": request.GET.get("segment", ""), "way": request.GET.get("way", "in")}
    sent = request.method == "POST" and "reason" in request.POST
    form = PlaceSomewhereForm(request.POST if sent else None, initial=asked)
    if sent and people and form.is_valid():
        segment: Segment = form.cleaned_data["segment"]
        if _placed(request, segment, people, form):
            return (
                redirect("contact", people[0]) if len(people) == 1 else redirect("segment_hand", segment.slug)
            )
    return render(
        request,
        "segments/place.html",
        {"form": form, **shown_people(request, people)},
        status=422 if form.errors else 200,
    )


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_place_marked(request: HttpRequest, slug: str) -> HttpResponse:
    """On from the members of a segment to the page that asks for reason and end."""
    segment = get_object_or_404(Segment.objects.live(), slug=slug)
    way = "out" if request.POST.get("do") == "out" else "in"
    people = people_in(request)
    if not people:
        messages.error(request, "Nobody was marked. Tick the customers first.")
        return redirect("segment_members", slug=slug)
    form = PlaceSomewhereForm(initial={"segment": segment.slug, "way": way})
    return render(request, "segments/place.html", {"form": form, **shown_people(request, people)})


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_take_back(request: HttpRequest, slug: str) -> HttpResponse:
    """The rule decides about these people again."""
    segment = get_object_or_404(Segment, slug=slug)
    people = people_in(request)
    try:
        done = placing.take_back(segment=segment, contacts=people, by=colleague(request), at=now())
    except placing.NotPlaced as refusal:
        messages.error(request, str(refusal))
    else:
        if done.placed:
            messages.success(request, f"The rule decides about {counted(done.placed, 'customer')} again.")
        else:
            messages.error(request, "Nobody of those marked is placed by hand here.")
    return redirect("segment_hand", slug=slug)


def _placed(request: HttpRequest, segment: Segment, people: list[int], form: Any) -> bool:
    """True if it was done; otherwise the form says why not."""
    try:
        done = placing.place(
            segment=segment, contacts=people, by=colleague(request), at=now(), **form.placing()
        )
    except placing.NotPlaced as refusal:
        form.add_error(None, str(refusal))
        return False
    included = form.placing()["included"]
    words = (
        f"{counted(done.placed, 'customer')} {'included in' if included else 'kept out of'} ‘{segment.name}’."
    )
    if done.moved < done.placed:
        words += f" {counted(done.placed - done.moved, 'of them was', 'of them were')} "
        words += "in it already and will stay." if included else "outside already and will stay so."
    if done.placed:
        messages.success(request, words)
    else:
        messages.info(request, "They are placed just so already.")
    return True
