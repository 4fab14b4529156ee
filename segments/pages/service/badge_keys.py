"""The keys of help desks: made, shown once, tried out, rotated with an overlap, revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.kit.forms import Form
from crm.pages.access import allow, colleague
from segments.actions.service import badge_keys as writing
from segments.models import BadgeKey
from segments.queries.service import badge_keys as reading

OVERLAPS = {"0": "at once", "1": "in an hour", "24": "in a day", "168": "in a week"}


class KeyForm(Form):
    """Whom a key lets in, and how often."""

    name = forms.CharField(max_length=80, help_text="What uses it: ‘Zendesk’, ‘Shop, contact page’.")
    origins = forms.CharField(
        label="Pages that may show badges",
        required=False,
        max_length=3_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="One origin a line, exactly as the browser names it: https://desk.example. All others are refused.",
    )
    servers = forms.BooleanField(
        label="Programs may ask too",
        required=False,
        help_text="For a server that asks by itself. It keeps the key to itself; a page cannot.",
    )
    votes = forms.BooleanField(label="Ask agents “Is this right?”", required=False, initial=True)
    rate = forms.IntegerField(label="Requests a minute", min_value=1, max_value=6_000, initial=120)

    def clean(self) -> dict[str, Any]:
        """What was entered, with what the actions would refuse said beside its field, all at once."""
        entered = super().clean() or self.cleaned_data
        faults = writing.faults_of(
            name=entered.get("name", ""),
            origins=entered.get("origins", "").split(),
            servers=entered["servers"],
            rate=entered.get("rate") or writing.SLOWEST,
        )
        for field, sentences in faults.items():
            if field not in self.errors:
                self.add_error(field, sentences)
        return entered

    def terms(self) -> dict[str, Any]:
        """What was entered, as the actions take it."""
        return self.cleaned_data | {"origins": self.cleaned_data["origins"].split()}


@allow(Permission.CONNECT_DESKS)
@require_safe
def badge_keys(request: HttpRequest) -> HttpResponse:
    """Every key, the living first."""
    return render(request, "segments/badge_keys.html", {"keys": reading.all_keys()[:200]})


@never_cache
@allow(Permission.CONNECT_DESKS)
@require_http_methods(["GET", "HEAD", "POST"])
def badge_key_new(request: HttpRequest) -> HttpResponse:
    """The form for a key; once sent, its page with the secret, this one time."""
    form = KeyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        key, secret = writing.make_key(**form.terms(), by=colleague(request), at=now())
        return _shown(request, key, KeyForm(initial=_initial(key)), secret=secret, status=201)
    status = 422 if form.errors else 200
    return render(request, "segments/badge_key_new.html", {"form": form}, status=status)


@never_cache
@allow(Permission.CONNECT_DESKS)
@require_http_methods(["GET", "HEAD", "POST"])
def badge_key(request: HttpRequest, pk: int) -> HttpResponse:
    """One key: snippet, live preview, instructions, and its terms to change."""
    key = get_object_or_404(BadgeKey, pk=pk)
    form = KeyForm(request.POST if request.method == "POST" else None, initial=_initial(key))
    if request.method == "POST" and form.is_valid():
        writing.change_key(key=key, **form.terms(), by=colleague(request), at=now())
        messages.success(request, f"‘{key.name}’ is changed; it holds at once.")
        return redirect("badge_key", pk)
    return _shown(request, key, form, status=422 if form.errors else 200)


@never_cache
@allow(Permission.CONNECT_DESKS)
@require_POST
def badge_key_rotate(request: HttpRequest, pk: int) -> HttpResponse:
    """A new secret, shown this one time; the old one ends after the overlap chosen."""
    key = get_object_or_404(BadgeKey, pk=pk)
    hours = request.POST.get("overlap", "")
    if hours not in OVERLAPS:
        messages.error(request, "Choose when the old secret ends.")
        return redirect("badge_key", pk)
    try:
        secret = writing.rotate_key(
            key=key, overlap=timedelta(hours=int(hours)), by=colleague(request), at=now()
        )
    except writing.KeyRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("badge_key", pk)
    return _shown(request, key, KeyForm(initial=_initial(key)), secret=secret, status=201)


@allow(Permission.CONNECT_DESKS)
@require_POST
def badge_key_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a key."""
    key = get_object_or_404(BadgeKey, pk=pk)
    if writing.revoke_key(key=key, by=colleague(request), at=now()):
        messages.success(request, f"‘{key.name}’ is revoked. Pages that use it show no badges any more.")
    else:
        messages.info(request, f"‘{key.name}’ was revoked before.")
    return redirect("badge_keys")


def _initial(key: BadgeKey) -> dict[str, Any]:
    names = ("name", "servers", "votes", "rate")
    return {name: getattr(key, name) for name in names} | {"origins": "\n".join(key.origins)}


def _shown(
    request: HttpRequest, key: BadgeKey, form: KeyForm, *, secret: str = "", status: int
) -> HttpResponse:
    """The page of a key; the secret stands in it only just after it was made."""
    context = {
        "key": key,
        "form": form,
        "secret": secret,
        "hint": secret or "YOUR_KEY",
        "secrets": reading.secrets_of(key, at=now()),
        "overlaps": OVERLAPS.items(),
        "host": request.build_absolute_uri("/").rstrip("/"),
        "frame": reverse("badge_frame", args=[key.public]),
    }
    answer = render(request, "segments/badge_key.html", context, status=status)
    answer._csp_update = {"frame-src": "'self'"}  # type: ignore[attr-defined]
    return answer
