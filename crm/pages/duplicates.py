"""Pairs of customers that are likely one person: merged, or remembered as two."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from crm.actions import suggesting
from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.models import Duplicate
from crm.pages.access import allow, colleague
from crm.queries.duplicates import looked_at, suggested


@allow(Permission.MERGE_CONTACTS)
@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """The pairs, the likeliest first, and those a colleague said are two."""
    dismissed = request.GET.get("show") == "dismissed"
    undo = request.GET.get("undo", "")
    context = {
        "page": suggested(dismissed=dismissed, after=request.GET.get("after", "")),
        "dismissed": dismissed,
        "looked_at": looked_at(),
        "undo": undo if undo.isascii() and undo.isdigit() and len(undo) <= 18 else "",
    }
    return render(request, "crm/duplicates.html", context)


@allow(Permission.MERGE_CONTACTS)
@require_POST
def duplicates_look(request: HttpRequest) -> HttpResponse:
    """Have everybody looked through now."""
    suggesting.ask(by=colleague(request), at=now())
    messages.success(request, "All customers are being looked through. Reload this page in a minute.")
    return redirect("duplicates")


@allow(Permission.MERGE_CONTACTS)
@require_POST
def duplicate_dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Not the same person; the page offers to take it back."""
    suggesting.dismiss(pair=get_object_or_404(Duplicate, pk=pk), by=colleague(request), at=now())
    return redirect(f"{reverse('duplicates')}?undo={pk}")


@allow(Permission.MERGE_CONTACTS)
@require_POST
def duplicate_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Suggest the pair again."""
    suggesting.suggest_again(pair=get_object_or_404(Duplicate, pk=pk), by=colleague(request), at=now())
    messages.success(request, "The two are suggested again.")
    return redirect("duplicates")
