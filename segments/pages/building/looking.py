"""What the builder shows beside the counts: other people, their why, other days; and everybody who would come or go."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from crm.domain.roles import Permission
from crm.kit import clock
from crm.pages.access import allow, colleague
from crm.queries.accounts import account_zone
from crm.templatetags.facet import on_day
from segments.engine.language.parse import parse_document
from segments.engine.language.refusals import Refused
from segments.mirror.everyone import Preparing
from segments.models import Segment
from segments.pages.building.asking import Unreadable, body_of, preparing, refusal, slug_of, turn_of, unread
from segments.queries.building import acquaintance, elsewhen, exchanging, turns
from segments.queries.building.drafts import draft_at
from segments.queries.explaining import explain_draft
from segments.queries.membership.members import some_members
from segments.uses import uses_of

MOST_EXPLAINED = 10
REFUSED = "This rule cannot be counted yet."


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_draft_others(request: HttpRequest) -> JsonResponse:
    """Another five members of an unsaved rule, or five whom one condition alone keeps out, with that condition."""
    at = clock.now()
    try:
        body = body_of(request)
        number = body.get("number", 0)
        if not isinstance(number, int) or not 0 <= number < 2**31:
            raise Unreadable("‘number’ says which five are meant: a whole number.")
        asked: Any = {"document": body.get("document"), "as_of": at, "slug": slug_of(body), "turn": number}
        kept = acquaintance.nearly(**asked) if body.get("nearly") is True else None
        ids = acquaintance.others(**asked) if kept is None else [pk for one in kept for pk in one.some]
    except Unreadable as problem:
        return unread(problem)
    except Refused as refused:
        return refusal(refused, 200, sentence=REFUSED)
    except Preparing as state:
        return preparing(state)
    missing = {pk: {"misses": one.sentence, "alike": one.count} for one in kept or [] for pk in one.some}
    people: list[dict[str, Any]] = [
        {**person, "url": reverse("contact", args=[person["id"]]), **missing.get(int(str(person["id"])), {})}
        for person in some_members(ids)
    ]
    return JsonResponse({"people": people})


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_draft_whys(request: HttpRequest) -> JsonResponse:
    """The facts about a few customers that decide an unsaved rule: by contact."""
    try:
        body = body_of(request)
        contacts = body.get("contacts")
        if not isinstance(contacts, list) or len(contacts) > MOST_EXPLAINED:
            raise Unreadable(f"Send ‘contacts’: at most {MOST_EXPLAINED} numbers of customers.")
        living = {int(str(one["id"])) for one in some_members([one for one in contacts if type(one) is int])}
        rule, slug, at = parse_document(body.get("document")), slug_of(body), clock.now()
        sees = colleague(request).may(Permission.VIEW_SENSITIVE)
        found = {
            pk: explain_draft(pk, rule, slug=slug, as_of=at, see_sensitive=sees).reasons
            for pk in contacts
            if pk in living
        }
    except Unreadable as problem:
        return unread(problem)
    except Refused as refused:
        return refusal(refused, 200, sentence="This rule cannot be explained yet.")
    return JsonResponse({"reasons": found})


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_elsewhen(request: HttpRequest) -> JsonResponse:
    """What an unsaved rule would have held on other days; `on` is a list of days somebody picked."""
    at, zone = clock.now(), account_zone()
    try:
        body = body_of(request)
        days = [(on_day(day), elsewhen.end_of(day, zone)) for day in _picked(body.get("on", []))]
        if any(instant > at for _, instant in days):
            raise Unreadable("That day is not over yet: pick one in the past.")
        turn = turn_of(request, body)
        if turn is not None:
            turns.begin(turn)
        found = elsewhen.on_other_days(
            body.get("document"),
            days or elsewhen.usual_days(at, zone),
            slug=slug_of(body),
            stop=turns.until_newer(turn),
        )
    except Unreadable as problem:
        return unread(problem)
    except Refused as refused:
        return refusal(refused, 200, sentence=REFUSED)
    except Preparing as state:
        return preparing(state)
    except turns.Stopped:
        return unread(ValueError("A newer edit is being counted."), 409)
    shown = [
        {"label": one.label, "day": on_day(one.as_of.astimezone(zone)), "count": one.count}
        for one in found.days
    ]
    return JsonResponse({"days": shown, "known": found.known})


def _picked(written: Any) -> list[date]:
    try:
        return [date.fromisoformat(one) for one in written][: elsewhen.MOST_DAYS]
    except (TypeError, ValueError):
        raise Unreadable("A day is written like 2026-03-14.") from None


@allow(Permission.EDIT_SEGMENTS)
@require_safe
def segment_draft_people(request: HttpRequest) -> HttpResponse:
    """Everybody who would join, leave or stay if this person's draft at a place were saved, by pages."""
    place, who = request.GET.get("place", ""), request.GET.get("who", "joins")
    draft = draft_at(colleague(request), place)
    if draft is None:
        return render(request, "segments/draft_people.html", {"gone": True, "back": _address(place)})
    segment: Segment | None = draft.segment
    if who not in exchanging.WHO:
        raise Http404("Choose ‘joins’, ‘leaves’ or ‘stays’.")
    context: dict[str, Any] = {
        "segment": segment,
        "place": place,
        "back": _address(place),
        "who": who,
        "updated_at": draft.updated_at,
        "uses": uses_of(segment) if segment else [],
    }
    try:
        found = exchanging.people_of(
            segment, draft.document, who=who, as_of=clock.now(), after=request.GET.get("after", "")
        )
    except Refused as refused:
        context["problem"] = refused.problems[0].sentence
    except Preparing as state:
        context["problem"] = str(state)
    else:
        context |= {"page": found.page, "joins": found.joins, "leaves": found.leaves, "stays": found.stays}
    return render(request, "segments/draft_people.html", context)


def _address(place: str) -> str:
    """The builder that a draft was written in; the list where the place is none."""
    ours = place.startswith(reverse("segments")) and "//" not in place and "\\" not in place
    return place if ours else reverse("segments")


@allow(Permission.EDIT_SEGMENTS)
@require_safe
def segment_draft_person(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Why one of them would come, go or stay: a fragment."""
    draft = draft_at(colleague(request), request.GET.get("place", ""))
    if draft is None:
        raise Http404("The draft is gone.")
    sees = colleague(request).may(Permission.VIEW_SENSITIVE)
    try:
        explained = explain_draft(
            contact_id,
            parse_document(draft.document),
            slug=draft.segment.slug if draft.segment else "",
            as_of=clock.now(),
            see_sensitive=sees,
        )
    except Refused as refused:
        return render(request, "segments/_draft_why.html", {"reasons": [refused.problems[0].sentence]})
    return render(request, "segments/_draft_why.html", {"reasons": explained.reasons, "explained": explained})
