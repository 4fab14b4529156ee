"""Doors of the goals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from campaigns.actions import goals as acting
from campaigns.domain.days import day_of
from campaigns.domain.goal_chart import goal_chart
from campaigns.domain.metrics import METRICS, parse_options
from campaigns.domain.pace import Point
from campaigns.domain.refusals import Refused
from campaigns.domain.words import write_value
from campaigns.models import Goal
from campaigns.pages.forms import GoalForm, fresh
from campaigns.queries.campaigns import history_of
from campaigns.queries.goals import Standing, list_goals, standings
from campaigns.queries.measuring import measure
from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.kit.paging import throughout
from crm.kit.sheets import download
from crm.pages.access import allow
from crm.queries.accounts import account_zone, current_account

ROWS = 14
QUARTER = timedelta(days=91)


def _standing(number: int) -> Standing:
    goal = get_object_or_404(Goal.objects.select_related("segment", "owner"), pk=number, metric__in=METRICS)
    today = day_of(now(), account_zone())
    return standings([goal], today=today, currency=current_account().currency)[0]


@allow(Permission.VIEW_GOALS)
@require_safe
def goals(request: HttpRequest) -> HttpResponse:
    """The list of goals by due day."""
    words, archived = request.GET.get("q", "").strip(), request.GET.get("show") == "archived"
    page = list_goals(
        words=words,
        archived=archived,
        after=request.GET.get("after", ""),
        today=day_of(now(), account_zone()),
        currency=current_account().currency,
    )
    context = {
        "page": page,
        "words": words,
        "archived": archived,
        "may_edit": request.user.may(Permission.EDIT_GOALS),  # type: ignore[union-attr]
    }
    return render(request, "campaigns/goals.html", context)


@allow(Permission.VIEW_GOALS)
@require_safe
def goals_csv(request: HttpRequest) -> HttpResponseBase:
    """The same list as a file: values as they were measured, the state in words."""
    words, archived = request.GET.get("q", "").strip(), request.GET.get("show") == "archived"
    today, currency = day_of(now(), account_zone()), current_account().currency

    def rows() -> Iterator[tuple[Any, ...]]:
        for one in throughout(
            lambda after: list_goals(
                words=words, archived=archived, after=after, today=today, currency=currency
            )
        ):
            newest = one.pace.now
            yield (
                *(one.goal.name, one.goal.segment.name, one.metric.label, one.goal.baseline),
                *((newest.value, newest.on) if newest else ("", "")),
                *(one.goal.target, one.goal.due_on, one.look["words"], one.likely),
                one.goal.owner.name if one.goal.owner else "",
            )

    header = (
        *("Goal", "Segment", "Measure", "Baseline", "Now", "On", "Target", "Due", "State", "Likely"),
        "Owner",
    )
    return download("goals.csv", header, rows())


@allow(Permission.VIEW_GOALS)
@require_safe
def goal(request: HttpRequest, number: int) -> HttpResponse:
    """One goal: its state, its chart with the table, its terms."""
    one = _standing(number)
    points = [Point(day.on, day.value) for day in one.points]
    context = {
        "one": one,
        "chart": goal_chart(one.goal.metric, one.terms, points, one.pace.forecast),
        "rows": one.rows[:ROWS],
        "more": len(points) - ROWS,
        "history": history_of(f"goal {number}"),
        "may_edit": request.user.may(Permission.EDIT_GOALS),  # type: ignore[union-attr]
    }
    return render(request, "campaigns/goal.html", context)


@allow(Permission.VIEW_GOALS)
@require_safe
def goal_csv(request: HttpRequest, number: int) -> HttpResponseBase:
    """Every day of a goal as CSV."""
    rows = reversed(_standing(number).rows)
    cells = ((row["on"].isoformat(), row["raw"], row["path"], row["members"]) for row in rows)
    return download(f"goal-{number}.csv", ("day", "value", "path", "members"), cells)


@allow(Permission.EDIT_GOALS)
def goal_new(request: HttpRequest) -> HttpResponse:
    """Set a goal."""
    today = day_of(now(), account_zone())
    given = fresh(
        request.GET,
        request.user,  # type: ignore[arg-type]
        starts_on=today,
        due_on=today + QUARTER,
        metric=request.GET.get("metric", "size"),
    )
    form = GoalForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            made = acting.create_goal(**form.terms(), by=request.user, at=now())  # type: ignore[arg-type]
        except Refused as refusal:
            _refuse(form, refusal)
        else:
            messages.success(request, "The goal is set. The days since its first day are being measured.")
            return redirect("goal", made.pk)
    return render(request, "campaigns/goal_form.html", {"form": form}, status=400 if form.errors else 200)


@allow(Permission.EDIT_GOALS)
def goal_edit(request: HttpRequest, number: int) -> HttpResponse:
    """Change a goal's terms."""
    kept = get_object_or_404(Goal.objects.select_related("segment"), pk=number, metric__in=METRICS)
    name = kept.name
    form = GoalForm(request.POST or None, initial=GoalForm.of(kept))
    if request.method == "POST" and form.is_valid():
        try:
            acting.edit_goal(goal=kept, **form.terms(), by=request.user, at=now())  # type: ignore[arg-type]
        except Refused as refusal:
            _refuse(form, refusal)
        else:
            messages.success(request, "The goal is changed.")
            return redirect("goal", number)
    context = {"form": form, "number": number, "name": name}
    return render(request, "campaigns/goal_form.html", context, status=400 if form.errors else 200)


@allow(Permission.EDIT_GOALS)
@require_safe
def goal_fields(request: HttpRequest) -> HttpResponse:
    """Fragment: the fields that depend on the metric, with what was already typed."""
    given: dict[str, Any] = {key: value for key, value in request.GET.items() if value}
    return render(request, "campaigns/_goal_fields.html", {"form": GoalForm(initial=given)})


@allow(Permission.EDIT_GOALS)
@require_safe
def goal_now(request: HttpRequest) -> HttpResponse:
    """Fragment: what the measure chosen comes to now, so that a target can be set with open eyes."""
    form = GoalForm(request.GET)
    form.full_clean()
    asked = [option.value for option in form.chosen.options]
    if "segment" not in form.cleaned_data or any(name not in form.cleaned_data for name in asked):
        return render(request, "campaigns/_goal_now.html", {})
    metric, at, account = form.cleaned_data.get("metric", "size"), now(), current_account()
    zone = account_zone()
    segment, options = form.cleaned_data["segment"], parse_options(metric, form.options())
    on = day_of(at, zone)
    found = measure(metric, options, segment, on=on, now=at, zone=zone, currency=account.currency)
    context = {
        "found": found,
        "value": write_value(metric, found.value, account.currency),
        "segment": segment,
    }
    return render(request, "campaigns/_goal_now.html", context)


@allow(Permission.EDIT_GOALS)
@require_POST
def goal_archive(request: HttpRequest, number: int) -> HttpResponse:
    """Archive a goal, or restore it: `what` says which."""
    kept = get_object_or_404(Goal, pk=number)
    if request.POST.get("what") == "restore":
        try:
            acting.restore_goal(goal=kept, by=request.user, at=now())  # type: ignore[arg-type]
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "The goal is back on the dashboard.")
    else:
        acting.archive_goal(goal=kept, by=request.user, at=now())  # type: ignore[arg-type]
        messages.success(request, "The goal is archived. Its history stays, and it can be restored.")
    return redirect("goal", number)


def _refuse(form: GoalForm, refusal: Refused) -> None:
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
