"""The page behind every figure of the segment pages: its people, and a segment of them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from crm.domain.roles import Permission
from crm.kit import clock
from crm.kit.paging import throughout
from crm.pages.access import allow
from crm.pages.files import file_of_people
from segments.engine.language.refusals import Refused
from segments.mirror.everyone import Preparing
from segments.models import Segment
from segments.queries.building.values import is_sensitive
from segments.queries.membership.people import Ids, People, in_no_segment, page_of, people

MOST_NAMED = 20
LONGEST = 4_000
LONGEST_RULE = 8_000  # of a rule that the builder takes from its address


def people_url(
    inside: list[str], condition: dict[str, Any] | None = None, outside: list[str] | None = None
) -> str:
    """The address of the people in some segments, in none of others, with a condition."""
    query = [("in", slug) for slug in inside] + [("out", slug) for slug in outside or []]
    if condition is not None:
        query.append(("where", json.dumps(condition, ensure_ascii=False)))
    return f"{reverse('segment_people')}?{urlencode(query)}"


def builder_url(document: dict[str, Any]) -> str:
    """The address of the builder with a rule to begin from."""
    return f"{reverse('segment_new')}?{urlencode({'rule': json.dumps(document, ensure_ascii=False)})}"


def _new_url(document: dict[str, Any]) -> str:
    """The same where the builder reads it; nothing where the rule is longer than an address."""
    url = builder_url(document)
    return url if len(json.dumps(document, ensure_ascii=False)) <= LONGEST_RULE else ""


class _Unreadable(ValueError):
    """The address does not say who is meant; the message says why."""


def _asked(request: HttpRequest) -> tuple[list[Segment], list[Segment], People]:
    query, user = request.GET, request.user
    if query.get("none") == "1":
        return [], [], in_no_segment(as_of=clock.now())
    slugs = query.getlist("in")[:MOST_NAMED], query.getlist("out")[:MOST_NAMED]
    known = {one.slug: one for one in Segment.objects.filter(slug__in=[*slugs[0], *slugs[1]])}
    missing = [slug for slug in (*slugs[0], *slugs[1]) if slug not in known]
    if missing:
        raise _Unreadable(f"There is no segment ‘{missing[0][:80]}’.")
    where = query.get("where", "")
    condition: Any = None
    if where:
        try:
            condition = json.loads(where) if len(where) <= LONGEST else None
        except (ValueError, RecursionError):
            condition = None
        if not isinstance(condition, dict):
            raise _Unreadable("The condition in this address cannot be read. Go back and choose it again.")
    if condition is None and not slugs[0]:
        raise _Unreadable("This address names no segment and no condition.")
    inside, outside = [known[slug] for slug in slugs[0]], [known[slug] for slug in slugs[1]]
    found = people(inside, outside, condition, as_of=clock.now())
    may_see = user.may(Permission.VIEW_SENSITIVE)  # type: ignore[union-attr]
    if not may_see and any(is_sensitive(name) for name in found.attributes):
        raise PermissionDenied("This asks for an attribute that is marked as sensitive.")
    return inside, outside, found


@allow(Permission.VIEW_SEGMENTS)
def segment_people(request: HttpRequest) -> HttpResponse:
    """Who stands behind a figure, by key."""
    try:
        inside, outside, found = _asked(request)
    except (_Unreadable, Preparing) as unread:
        return render(request, "segments/people.html", {"problem": str(unread)}, status=400)
    except Refused as refused:
        context = {"problem": refused.problems[0].sentence}
        return render(request, "segments/people.html", context, status=400)
    user: Any = request.user
    return render(
        request,
        "segments/people.html",
        {
            "inside": inside,
            "outside": outside,
            "found": found,
            "total": len(found.ids),
            "page": page_of(found.ids, after=request.GET.get("after", "")),
            "may_edit": user.may(Permission.EDIT_SEGMENTS),
            "may_export": user.may(Permission.EXPORT_CONTACTS),
            "new_url": _new_url(found.document),
        },
    )


@allow(Permission.EXPORT_CONTACTS)
def segment_people_csv(request: HttpRequest) -> HttpResponseBase:
    """The same people as a file."""
    try:
        _, _, found = _asked(request)
    except (_Unreadable, Preparing, Refused) as problem:
        return HttpResponse(str(problem), status=400, content_type="text/plain")

    return download_of(request, "customers.csv", found.ids)


def download_of(request: HttpRequest, name: str, ids: Ids) -> HttpResponseBase:
    """These contacts as a file, read page by page while it is sent."""

    rows = (
        (one.pk, one.contact.first_name, one.contact.last_name, one.email)
        for one in throughout(lambda after: page_of(ids, after=after, size=2_000))
    )
    return file_of_people(request, name, ("Customer", "First name", "Last name", "E-mail"), rows)
