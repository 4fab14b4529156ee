"""Lists made by hand: new ones, snapshots, people in and out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm.domain.roles import Permission
from crm.kit import clock
from crm.kit.figures import counted
from crm.kit.paging import whole
from crm.pages.access import allow
from segments.actions import fixed
from segments.engine.refusals import Refused
from segments.models import Segment
from segments.pages.forms import FixedForm, PeopleForm, SnapshotForm
from segments.queries.finding import Found, TooMany, contacts_named, entries_in


def _found(form: Any) -> Found | None:
    """Who the pasted entries mean; None, with a sentence at the field, where the paste is too long."""
    try:
        return contacts_named(entries_in(form.cleaned_data["entries"]))
    except TooMany as problem:
        form.add_error("entries", str(problem))
        return None


def _tell_unknown(request: HttpRequest, found: Found) -> None:
    if found.unknown:
        some = ", ".join(entry[:60] for entry in found.unknown[:5])
        more = f" and {len(found.unknown) - 5:,} more" if len(found.unknown) > 5 else ""
        messages.warning(request, f"No customer is known by {some}{more}.")


@allow(Permission.EDIT_SEGMENTS)
def segment_new_fixed(request: HttpRequest) -> HttpResponse:
    """A new list from pasted e-mail addresses or external ids."""
    form = FixedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        found = _found(form)
        if found is not None:
            user: Any = request.user
            try:
                made = fixed.create_list(
                    name=form.cleaned_data["name"], contacts=found.contacts, by=user, at=clock.now()
                )
            except Refused as refused:
                form.add_error("name", refused.problems[0].sentence)
            else:
                messages.success(
                    request, f"The list has {counted(made.size, 'customer')}. Add and remove people here."
                )
                _tell_unknown(request, found)
                return redirect("segment_members", slug=made.slug)
    return render(request, "segments/new_fixed.html", {"form": form})


@allow(Permission.EDIT_SEGMENTS)
def segment_snapshot(request: HttpRequest, slug: str) -> HttpResponse:
    """A fixed list of who is in a segment now."""
    source = get_object_or_404(Segment, slug=slug)
    at = clock.now()
    suggestion = f"{source.name}, {at.day} {at:%b %Y}"[:120]
    form = SnapshotForm(request.POST or None, initial={"name": suggestion})
    if request.method == "POST" and form.is_valid():
        user: Any = request.user
        try:
            taken = fixed.snapshot(segment=source, name=form.cleaned_data["name"], by=user, at=at)
        except Refused as refused:
            form.add_error("name", refused.problems[0].sentence)
        else:
            messages.success(request, f"{counted(taken.size, 'customer')} stand in the list, as of now.")
            return redirect("segment", slug=taken.slug)
    return render(request, "segments/snapshot.html", {"form": form, "segment": source})


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_add(request: HttpRequest, slug: str) -> HttpResponse:
    """People added to a list."""
    segment = get_object_or_404(Segment, slug=slug)
    form = PeopleForm(request.POST)
    found = _found(form) if form.is_valid() else None
    if found is None:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("segment_members", slug=slug)
    user: Any = request.user
    try:
        added = fixed.add_people(segment=segment, contacts=found.contacts, by=user, at=clock.now())
    except fixed.NotAList as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{counted(added, 'customer was', 'customers were')} added.")
        _tell_unknown(request, found)
    return redirect("segment_members", slug=slug)


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_remove(request: HttpRequest, slug: str) -> HttpResponse:
    """One person taken out of a list."""
    segment = get_object_or_404(Segment, slug=slug)
    contact, user = whole(request.POST.get("contact", "")), request.user
    try:
        gone = contact is not None and fixed.remove_person(
            segment=segment,
            contact=contact,
            by=user,  # type: ignore[arg-type]
            at=clock.now(),
        )
    except fixed.NotAList as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Removed from the list." if gone else "That customer was not in the list.")
    return redirect("segment_members", slug=slug)
