"""How Facet itself is, on a page for those who run it; with what they can ask for."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from config.operations.state import current_state, summary
from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.kit.sheets import download
from crm.pages.access import allow, colleague
from segments.actions.running.asking import REQUESTS, ask
from segments.models import Run
from segments.queries.running.runs import (
    COLUMNS,
    KIND_WORDS,
    OUTCOME_WORDS,
    moved_by,
    run_page,
    run_rows,
    shown,
)


@allow(Permission.VIEW_OPERATIONS)
@never_cache
@require_safe
def operations(request: HttpRequest) -> HttpResponse:
    """The state now and the newest runs; asked by htmx, only what changes."""
    at = now()
    state = current_state(at)
    outcome, kind = request.GET.get("outcome", ""), request.GET.get("kind", "")
    page = run_page(outcome=outcome, kind=kind, after=request.GET.get("after", ""))
    context = {
        "state": state,
        "summary": summary(state),
        "page": page,
        "runs": [shown(run) for run in page.rows],
        "outcome": outcome,
        "kind": kind,
        "outcomes": [(value, words) for value, (words, *_) in OUTCOME_WORDS.items()],
        "kinds": list(KIND_WORDS.items()),
        "may_act": colleague(request).may(Permission.MANAGE_ACCOUNT),
    }
    part = "HX-Request" in request.headers
    template = "operations/_now.html" if part else "operations/operations.html"
    return render(request, template, {**context, "part": part})


@allow(Permission.VIEW_OPERATIONS)
@never_cache
@require_safe
def operations_run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: when, why, how long, and what it changed in which segment."""
    run = get_object_or_404(Run, pk=pk)
    return render(request, "operations/run.html", {"one": shown(run), "moved": moved_by(run)})


@allow(Permission.VIEW_OPERATIONS)
@require_safe
def operations_runs_csv(request: HttpRequest) -> HttpResponseBase:
    """The newest runs as a file."""
    return download("runs.csv", COLUMNS, run_rows())


@allow(Permission.MANAGE_ACCOUNT)
@require_POST
def operations_ask(request: HttpRequest, what: str) -> HttpResponse:
    """Ask for a recompute, a rebuild of the mirror or a comparison."""
    if what not in REQUESTS:
        raise Http404
    asked = ask(what=what, by=colleague(request), at=now())
    messages.success(request, asked.answer)
    return redirect("operations")
