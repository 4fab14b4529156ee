"""A segment's pages: overview, members, log, versions, settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from crm.domain.attributes import BUILT_IN
from crm.domain.roles import Permission
from crm.kit import clock, sheets
from crm.models import Contact
from crm.pages.access import allow
from crm.pages.files import file_of_people
from crm.queries.accounts import account_zone
from crm.templatetags.facet import stored
from segments.actions.building import archiving
from segments.engine.judging.population import flattened
from segments.models import Segment, SegmentVersion
from segments.pages.charts import plot, spark
from segments.pages.forms import SettingsForm
from segments.queries.building.values import AttributeChoice, attributes
from segments.queries.insight.health import worst_known
from segments.queries.membership.members import every_member, members_of
from segments.queries.membership.sizes import Day, by_week, customers, history_of
from segments.queries.segments import labels_to_pick, naming, spelled_as_used, versions_of
from segments.queries.service.votes import accuracy, in_review, reasons_against
from segments.uses import beginnings_of, uses_of

MOST_COLUMNS = 8
BESIDE = 4
OBJECTIONS = 3
SPARKED = timedelta(days=90)
RANGES = {"3": ("3 months", 92), "12": ("12 months", 366), "all": ("All", 100_000)}


def frame_of(request: HttpRequest, slug: str, tab: str) -> dict[str, Any]:
    """What the head and tabs of every page of a segment need."""
    segment = get_object_or_404(Segment.objects.select_related("owner"), slug=slug)
    user: Any = request.user
    return {
        "segment": segment,
        "tab": tab,
        "health": worst_known(segment, at=clock.now()),
        "may_edit": user.may(Permission.EDIT_SEGMENTS),
        "may_export": user.may(Permission.EXPORT_CONTACTS),
        "beginnings": beginnings_of(segment, user),
    }


@allow(Permission.VIEW_SEGMENTS)
def segment(request: HttpRequest, slug: str) -> HttpResponse:
    """How the segment is: figures, size over time, what uses it, its newest versions."""
    frame = frame_of(request, slug, "overview")
    found: Segment = frame["segment"]
    days = history_of(found)
    today = clock.now().date()
    chosen = request.GET.get("range", "12")
    chosen = chosen if chosen in RANGES else "12"
    shown = [day for day in days if day.on >= today - timedelta(days=RANGES[chosen][1])]
    month = [day for day in days if day.on > today - timedelta(days=30)]
    stretches = by_week(shown)
    versions = versions_of(found)
    saved = [one for one in reversed(versions) if one.number > 1 and _within(one, shown)]
    begun = shown[0].entered if shown and shown[:1] == days[:1] else 0
    return render(
        request,
        "segments/segment.html",
        {
            **frame,
            "customers": customers(),
            "accuracy": accuracy([found.pk])[found.pk],
            "beside": list(
                Segment.objects.live().exclude(pk=found.pk).order_by("-size", "pk").only("slug")[:BESIDE]
            ),
            "entered": sum(day.entered for day in month),
            "left": sum(day.left for day in month),
            "spark": spark(by_week([day for day in days if day.on > today - SPARKED], most=30)),
            "plot": plot(stretches, begun=begun, events=[_day_of(one) for one in saved]),
            "saved": saved,
            "begun": begun,
            "stretches": stretches,
            "ranges": [(key, words) for key, (words, _) in RANGES.items()],
            "range": chosen,
            "uses": uses_of(found),
            "referring": naming(found.slug),
            "versions": versions[:4],
            "review": in_review([found.pk]).get(found.pk),
            "objections": reasons_against([found.pk], most=OBJECTIONS).get(found.pk, ()),
        },
    )


def _day_of(version: SegmentVersion) -> date:
    return timezone.localtime(version.created_at, account_zone()).date()


def _within(version: SegmentVersion, days: Sequence[Day]) -> bool:
    return bool(days) and days[0].on <= _day_of(version) <= days[-1].on


@allow(Permission.VIEW_SEGMENTS)
def segment_members(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is in it, by key, with a search."""
    frame = frame_of(request, slug, "members")
    words = request.GET.get("q", "").strip()[:100]
    page = members_of(frame["segment"], words=words, after=request.GET.get("after", ""))
    choices, chosen = columns_of(request)
    context = {
        **frame,
        "page": page,
        "rows": [
            (member, list(zip(chosen, cells_of(member.contact, chosen), strict=True))) for member in page.rows
        ],
        "words": words,
        "choices": choices,
        "chosen": chosen,
        "most": MOST_COLUMNS,
    }
    return render(request, "segments/members.html", context)


def columns_of(request: HttpRequest) -> tuple[list[AttributeChoice], list[AttributeChoice]]:
    """The attributes that may be columns, and those that the address asks for."""
    user: Any = request.user
    found = attributes(sensitive=user.may(Permission.VIEW_SENSITIVE))
    choices = [one for one in found if one.name not in BUILT_IN]
    asked = request.GET.getlist("col")
    return choices, [one for one in choices if one.name in asked][:MOST_COLUMNS]


def cells_of(contact: Contact, columns: Iterable[AttributeChoice]) -> list[str]:
    """What a contact has in these columns, as it is shown."""
    held = flattened(contact.attributes)
    return [
        "" if held.get(one.name) in (None, "", []) else stored(held[one.name], one.type) for one in columns
    ]


@allow(Permission.EXPORT_CONTACTS)
def segment_members_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """All members as a file, with the columns that are asked for."""
    found = get_object_or_404(Segment, slug=slug)
    _, columns = columns_of(request)
    rows = (
        (
            member.pk,
            member.contact.first_name,
            member.contact.last_name,
            member.email,
            member.since.isoformat(),
            *cells_of(member.contact, columns),
        )
        for member in every_member(found)
    )
    header = (
        *("Customer", "First name", "Last name", "E-mail", "Member since"),
        *(one.label for one in columns),
    )
    return file_of_people(request, f"{found.slug}-members.csv", header, rows)


@allow(Permission.VIEW_SEGMENTS)
def segment_sizes_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Size, entries and exits by day as a file."""
    found = get_object_or_404(Segment, slug=slug)
    rows = ((day.on.isoformat(), day.size, day.entered, day.left) for day in history_of(found))
    return sheets.download(f"{found.slug}-sizes.csv", ("Day", "Members", "Entered", "Left"), rows)


@allow(Permission.EDIT_SEGMENTS)
def segment_settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Name, description, label, colour, badge; archive."""
    frame = frame_of(request, slug, "settings")
    found: Segment = frame["segment"]
    form = SettingsForm(request.POST or None, initial=SettingsForm.of(found))
    if request.method == "POST" and form.is_valid():
        user: Any = request.user
        said = {**form.cleaned_data, "label": spelled_as_used(form.cleaned_data["label"])}
        archiving.describe(segment=found, by=user, at=clock.now(), **said)
        messages.success(request, f"‘{form.cleaned_data['name']}’ was changed.")
        return redirect("segment", slug=found.slug)
    return render(request, "segments/settings.html", {**frame, "form": form, "labels": labels_to_pick()})
