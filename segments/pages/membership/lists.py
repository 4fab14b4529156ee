"""Lists made by hand: new ones, snapshots, people in and out, and what lists were filled from."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.domain.csv_dialect import UnusableFile
from crm.domain.roles import Permission
from crm.kit import clock
from crm.kit.figures import counted
from crm.pages.access import allow, colleague
from crm.pages.files import file_of_people
from segments.actions.membership import fixed
from segments.engine.language.refusals import Refused
from segments.models import Filling, Segment
from segments.pages.membership.hand_forms import FixedForm, PeopleForm, SnapshotForm
from segments.pages.membership.marked import people_in
from segments.queries.membership.finding import Found, TooMany, contacts_in_file, contacts_named, entries_in


def find_entries(form: Any) -> Found | None:
    """Who the entries or the file of a form mean; None, with a sentence at the field, where they cannot be read."""
    upload = form.cleaned_data.get("file")
    try:
        if not upload:
            return contacts_named(entries_in(form.cleaned_data["entries"]))
        with NamedTemporaryFile(suffix=".csv") as copy:
            for chunk in upload.chunks():
                copy.write(chunk)
            copy.flush()
            return contacts_in_file(Path(copy.name))
    except TooMany as problem:
        form.add_error("entries", str(problem))
    except UnusableFile as problem:
        form.add_error("file", str(problem))
    return None


def source_of(form: Any, found: Found) -> fixed.Source:
    """What a list is filled from, to be kept with it."""
    upload = form.cleaned_data.get("file")
    unknown = [(entry.line, entry.text) for entry in found.missing]
    if upload:
        return fixed.Source(Filling.FILE, f"{upload.name}, {found.column}", found.given, unknown)
    return fixed.Source(Filling.PASTE, "", found.given, unknown)


def tell_unknown(request: HttpRequest, found: Found) -> None:
    """Say which entries mean nobody."""
    if found.unknown:
        some = ", ".join(entry[:60] for entry in found.unknown[:5])
        more = f" and {len(found.unknown) - 5:,} more" if len(found.unknown) > 5 else ""
        messages.warning(request, f"No customer is known by {some}{more}.")


@allow(Permission.EDIT_SEGMENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def segment_new_fixed(request: HttpRequest) -> HttpResponse:
    """A new list from pasted e-mail addresses or external ids, or from a file."""
    form = FixedForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        found = find_entries(form)
        if found is not None:
            try:
                made = fixed.create_list(
                    name=form.cleaned_data["name"],
                    contacts=found.contacts,
                    source=source_of(form, found) if found.given else None,
                    by=colleague(request),
                    at=clock.now(),
                )
            except Refused as refused:
                form.add_error("name", refused.problems[0].sentence)
            else:
                words = f"The list has {counted(made.size, 'customer')}. Add and remove people here."
                messages.success(request, words)
                tell_unknown(request, found)
                return redirect("segment_members", slug=made.slug)
    return render(request, "segments/new_fixed.html", {"form": form})


@allow(Permission.EDIT_SEGMENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def segment_snapshot(request: HttpRequest, slug: str) -> HttpResponse:
    """A fixed list of who is in a segment now, or was at a moment of the past."""
    source = get_object_or_404(Segment, slug=slug)
    at = clock.now()
    given = request.GET.get("on", "")
    suggestion = f"{source.name}, {given or f'{at.day} {at:%b %Y}'}"[:120]
    form = SnapshotForm(request.POST or None, initial={"name": suggestion, "on": given})
    if request.method == "POST" and form.is_valid():
        try:
            taken = fixed.snapshot(
                segment=source,
                name=form.cleaned_data["name"],
                as_of=form.cleaned_data["on"],
                by=colleague(request),
                at=at,
            )
        except Refused as refused:
            form.add_error("name", refused.problems[0].sentence)
        except fixed.NotKnownThen as refusal:
            form.add_error("on", str(refusal))
        else:
            when = "as of that moment" if form.cleaned_data["on"] else "as of now"
            messages.success(request, f"The list has {counted(taken.size, 'customer')}, {when}.")
            return redirect("segment", slug=taken.slug)
    return render(request, "segments/snapshot.html", {"form": form, "segment": source})


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_add(request: HttpRequest, slug: str) -> HttpResponse:
    """People added to a list."""
    segment = get_object_or_404(Segment, slug=slug)
    form = PeopleForm(request.POST, request.FILES)
    found = find_entries(form) if form.is_valid() else None
    if found is None:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("segment_members", slug=slug)
    try:
        added = fixed.add_people(
            segment=segment,
            contacts=found.contacts,
            source=source_of(form, found),
            by=colleague(request),
            at=clock.now(),
        )
    except fixed.NotAList as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{counted(added, 'customer was', 'customers were')} added.")
        tell_unknown(request, found)
    return redirect("segment_members", slug=slug)


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_remove(request: HttpRequest, slug: str) -> HttpResponse:
    """People taken out of a list."""
    segment = get_object_or_404(Segment, slug=slug)
    people = people_in(request)
    try:
        gone = fixed.remove_people(segment=segment, contacts=people, by=colleague(request), at=clock.now())
    except fixed.NotAList as refusal:
        messages.error(request, str(refusal))
    else:
        if gone:
            messages.success(
                request, f"{counted(gone, 'customer was', 'customers were')} removed from the list."
            )
        else:
            messages.error(request, "Nobody of those marked is in the list. Tick the customers first.")
    return redirect("segment_members", slug=slug)


@allow(Permission.VIEW_SEGMENTS)
@require_safe
def segment_filling_csv(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """The lines of one filling that meant nobody, as a file to mend and bring again."""
    filling = get_object_or_404(Filling, pk=pk, segment__slug=slug)
    return file_of_people(request, f"{slug}-not-found.csv", ("Line", "Not found"), filling.unknown)
