"""Badges in other people's pages: the script and the frame, open to the pages that a key allows and to no others."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from segments.queries.service.badge_keys import public_key


@login_not_required
@require_safe
def badge_script(request: HttpRequest) -> HttpResponse:
    """The script that pages embed; it holds no secret, so anybody may read it."""
    answer = HttpResponse(_script(), content_type="text/javascript; charset=utf-8")
    answer.headers["Cache-Control"] = "public, max-age=300"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@cache
def _script() -> bytes:
    return Path(settings.BASE_DIR, "static/js/desk/badge.js").read_bytes()


@login_not_required
@require_safe
def badge_frame(request: HttpRequest, public: str) -> HttpResponse:
    """The page for an iframe. Only pages of the key's origins, and our own, may hold it."""
    key = public_key(public)
    if key is None:
        return render(request, "segments/badge_frame.html", {"key": None}, status=404)
    answer = render(request, "segments/badge_frame.html", {"key": key})
    answer.xframe_options_exempt = True  # type: ignore[attr-defined]
    answer._csp_replace = {"frame-ancestors": ["'self'", *key.origins]}  # type: ignore[attr-defined]
    answer.headers["Cache-Control"] = "no-store"
    return answer
