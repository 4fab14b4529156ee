"""Who may open a page: every view carries one of these marks, and a test looks for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from crm.domain.roles import Permission
from crm.models import User

View = Callable[..., HttpResponseBase]


def allow(permission: Permission, *, write: Permission | None = None) -> Callable[[View], View]:
    """The view answers people with `permission`; for anything but GET and HEAD, `write` where given.

    Strangers are asked to sign in (by `LoginRequiredMiddleware`), colleagues without it get 403.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            reading = request.method in ("GET", "HEAD")
            needed = permission if reading or write is None else write
            if not request.user.may(needed):  # type: ignore[union-attr]
                raise PermissionDenied(f"This needs the right to {needed.value}.")
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        guarded.write_permission = write or permission  # type: ignore[attr-defined]
        return guarded

    return mark


def colleague(request: HttpRequest) -> User:
    """Who asks, in a view that carries the mark: always somebody signed in."""
    return cast(User, request.user)
