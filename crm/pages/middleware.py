"""Shows times in the account's zone, and leads from the address of a merged customer to whom it was merged into."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from crm.queries.accounts import account_zone
from crm.queries.merging import living_number


def account_time_zone(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: templates print instants in the account's zone while a signed-in person looks."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(("/health/", "/api/", "/static/")):
            return get_response(request)
        with timezone.override(account_zone()):
            return get_response(request)

    return middleware


class MergedCustomers:
    """Middleware: a page of a merged customer is the same page of the survivor; asked only where nobody is found."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A redirect in the place of “not found”; what was sent to a merged customer is not done to another unseen."""
        match = request.resolver_match
        if not isinstance(error, Http404) or match is None or request.path.startswith("/api/"):
            return None
        name = "contact_id" if "contact_id" in match.kwargs else "pk"
        number = match.kwargs.get(name)
        if not isinstance(number, int) or not (
            name == "contact_id" or match.route.startswith("contacts/<int:pk>/")
        ):
            return None
        survivor = living_number(number)
        if survivor is None or survivor == number:
            return None
        if request.method in ("GET", "HEAD"):
            query = request.META.get("QUERY_STRING", "")
            place = redirect(match.view_name, **{**match.kwargs, name: survivor})
            place["Location"] += f"?{query}" if query else ""
            return place
        messages.warning(
            request, "The customer was merged into this one meanwhile. Nothing was changed: do it here again."
        )
        return redirect("contact", survivor)
