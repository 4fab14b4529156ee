"""People marked among the customers, or all that a search found: made a fixed segment, or added to one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.kit.figures import counted
from crm.pages.access import allow, colleague
from crm.pages.selecting import selection_of
from segments.actions.membership import fixed
from segments.engine.language.refusals import Refused
from segments.models import Filling, Segment
from segments.pages.membership.hand_forms import FromSearchForm
from segments.pages.membership.marked import people_in, shown_people


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segments_from_search(request: HttpRequest) -> HttpResponse:
    """A list made of, or filled with, those marked among the customers, or all that a search found."""
    people = people_in(request)
    sent = "name" in request.POST
    form = FromSearchForm(request.POST if sent else None)
    if sent and people and form.is_valid():
        segment: Segment | None = form.cleaned_data["segment"]
        source = fixed.Source(Filling.SEARCH, _search(request), len(people))
        person, at = colleague(request), now()
        try:
            if segment is None:
                segment = fixed.create_list(
                    name=form.cleaned_data["name"], contacts=people, source=source, by=person, at=at
                )
                added = segment.size
            else:
                added = fixed.add_people(segment=segment, contacts=people, source=source, by=person, at=at)
        except Refused as refused:
            form.add_error("name", refused.problems[0].sentence)
        else:
            messages.success(
                request, f"{counted(added, 'customer was', 'customers were')} added to ‘{segment.name}’."
            )
            return redirect("segment_members", slug=segment.slug)
    context = {"form": form, **shown_people(request, people)}
    return render(request, "segments/from_search.html", context, status=422 if form.errors else 200)


def _search(request: HttpRequest) -> str:
    """What the list they were marked on was narrowed to, in words."""
    chosen = selection_of(request.GET)
    parts = [f"“{chosen.text}”"] if chosen.text else []
    parts += [f"{name} {value}" for name, value in (("tag", chosen.tag), *chosen.others) if value]
    return ", ".join(parts) or "all customers"
