"""API tokens: who has one, what it opens, when it was used; made here, shown once, revoked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from crm.actions.tokens import make_token, revoke_token
from crm.domain.json_values import text_fault
from crm.domain.roles import Permission
from crm.domain.scopes import SCOPES
from crm.kit.clock import now
from crm.kit.forms import Form
from crm.kit.paging import cut
from crm.models import User
from crm.pages.access import allow
from crm.queries.tokens import tokens_for

PAGE = 50
LIVES = {"30": "30 days", "90": "90 days", "365": "One year", "": "Never"}


class TokenForm(Form):
    """What a new token is for, what it opens and how long."""

    name = forms.CharField(
        max_length=50,
        label="Name",
        help_text="What uses it, so that you know it again: ‘Web shop’, ‘Till in Leeds’.",
    )
    used_by = forms.ChoiceField(
        label="Used by",
        choices=[("machine", "A program"), ("person", "Me")],
        widget=forms.RadioSelect,
        initial="machine",
    )
    scopes = forms.MultipleChoiceField(
        label="May",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one: a token without any opens nothing."},
    )
    lives = forms.ChoiceField(
        label="Ends after",
        choices=list(LIVES.items()),
        required=False,
        initial="365",
        help_text="A token that ends can be replaced in time; one that leaks does less harm.",
    )

    def __init__(self, *args: Any, owner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (name, scope.words) for name, scope in SCOPES.items() if owner.may(scope.permission)
        ]

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        sentence = text_fault(name)
        if sentence:
            raise forms.ValidationError(sentence)
        return name

    def expires_at(self, at: datetime) -> datetime | None:
        """The instant at which the token ends, if it does."""
        days = self.cleaned_data["lives"]
        return at + timedelta(days=int(days)) if days else None


@require_safe
@allow(Permission.USE_API)
def tokens(request: HttpRequest) -> HttpResponse:
    """The tokens this person may see."""
    viewer: User = request.user  # type: ignore[assignment]
    at = now()
    after = request.GET.get("after", "")
    rows = tokens_for(viewer)
    if after:
        try:
            rows = rows.filter(created__lt=datetime.fromisoformat(after))
        except ValueError:
            return redirect("tokens")
    page = cut(list(rows[: PAGE + 1]), PAGE, after=after, key="created")
    context = {"page": page, "now": at, "everyone": viewer.may(Permission.MANAGE_TEAM)}
    return render(request, "crm/tokens.html", context)


@never_cache
@allow(Permission.USE_API)
def token_new(request: HttpRequest) -> HttpResponse:
    """The form for a token; once sent, its key, this one time."""
    owner: User = request.user  # type: ignore[assignment]
    form = TokenForm(request.POST or None, owner=owner)
    if request.method == "POST" and form.is_valid():
        at = now()
        token, key = make_token(
            name=form.cleaned_data["name"],
            machine=form.cleaned_data["used_by"] == "machine",
            scopes=form.cleaned_data["scopes"],
            expires_at=form.expires_at(at),
            by=owner,
            at=at,
        )
        context = {"token": token, "key": key, "host": request.build_absolute_uri("/").rstrip("/")}
        return render(request, "crm/tokens_made.html", context, status=201)
    return render(request, "crm/tokens_new.html", {"form": form}, status=400 if form.is_bound else 200)


@require_POST
@allow(Permission.USE_API)
def token_revoke(request: HttpRequest, prefix: str) -> HttpResponse:
    """End a token."""
    viewer: User = request.user  # type: ignore[assignment]
    token = get_object_or_404(tokens_for(viewer), prefix=prefix)
    if revoke_token(token=token, by=viewer, at=now()):
        messages.success(
            request, f"The token ‘{token.name}’ is revoked. Whatever used it is turned away now."
        )
    else:
        messages.info(request, f"The token ‘{token.name}’ was revoked before.")
    return redirect("tokens")
