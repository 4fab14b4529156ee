"""Shows times in the account's zone."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from crm.queries.accounts import account_zone


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
