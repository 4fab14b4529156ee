"""The start: each role lands where its work is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from crm.domain.roles import Role

STARTS = {
    Role.MARKETER: "segments",
    Role.SERVICE: "contacts",
    Role.SERVICE_LEAD: "contacts",
    Role.MANAGER: "dashboard",
    Role.ADMINISTRATOR: "dashboard",
}


def home(request: HttpRequest) -> HttpResponse:
    """Send a person to where their role works."""
    return redirect(STARTS[Role(request.user.role)])  # type: ignore[union-attr]
