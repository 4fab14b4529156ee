"""The team: who signs in, as what; invited here."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.actions import team as writing
from crm.domain.roles import PERMISSIONS, ROLE_PURPOSE, Permission, Role
from crm.kit.clock import now
from crm.kit.forms import Form
from crm.models import User
from crm.pages.access import allow, colleague


class InviteForm(Form):
    """A colleague to be."""

    name = forms.CharField(max_length=120)
    email = forms.EmailField(label="E-mail", max_length=254)
    role = forms.ChoiceField(choices=[(role.value, role.value.title()) for role in Role])


@allow(Permission.MANAGE_TEAM)
@require_safe
def team(request: HttpRequest) -> HttpResponse:
    """Everybody, and what each role may do."""
    context = {
        "people": User.objects.order_by("-is_active", "name", "pk"),
        "roles": [(role, ROLE_PURPOSE[role]) for role in Role],
        "table": [
            (permission, [(role, permission in PERMISSIONS[role]) for role in Role])
            for permission in Permission
        ],
    }
    return render(request, "crm/team.html", context)


@never_cache
@allow(Permission.MANAGE_TEAM)
@require_http_methods(["GET", "HEAD", "POST"])
def team_invite(request: HttpRequest) -> HttpResponse:
    """Invite a colleague; the password is shown on the answer to this request and never again."""
    form = InviteForm(request.POST if request.method == "POST" else None, initial={"role": Role.SERVICE})
    if request.method == "POST" and form.is_valid():
        password = writing.fresh_password()
        try:
            person = writing.invite(
                email=form.cleaned_data["email"],
                name=form.cleaned_data["name"],
                role=Role(form.cleaned_data["role"]),
                password=password,
                by=colleague(request),
                at=now(),
            )
        except writing.TeamRefused as refusal:
            form.add_error("email", str(refusal))
        else:
            return render(request, "crm/team_password.html", {"person": person, "password": password})
    context = {"form": form, "roles": [(role, ROLE_PURPOSE[role]) for role in Role]}
    return render(request, "crm/team_invite.html", context, status=422 if form.errors else 200)


@allow(Permission.MANAGE_TEAM)
@require_POST
def team_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a colleague another role."""
    person = get_object_or_404(User, pk=pk)
    try:
        role = Role(request.POST.get("role", ""))
        writing.change_role(user=person, role=role, by=colleague(request), at=now())
    except writing.TeamRefused as refusal:
        messages.error(request, str(refusal))
    except ValueError:
        messages.error(request, "Choose one of the roles.")
    else:
        messages.success(request, f"{person.name} works as {role} now.")
    return redirect("team")


@allow(Permission.MANAGE_TEAM)
@require_POST
def team_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Shut a colleague out."""
    person = get_object_or_404(User, pk=pk)
    try:
        writing.deactivate(user=person, by=colleague(request), at=now())
    except writing.TeamRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{person.name} is signed out and cannot sign in any more.")
    return redirect("team")


@allow(Permission.MANAGE_TEAM)
@require_POST
def team_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a colleague in again."""
    person = get_object_or_404(User, pk=pk)
    writing.reactivate(user=person, by=colleague(request), at=now())
    messages.success(request, f"{person.name} can sign in again.")
    return redirect("team")


@never_cache
@allow(Permission.MANAGE_TEAM)
@require_POST
def team_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Set a new password for a colleague, shown once."""
    person = get_object_or_404(User, pk=pk)
    password = writing.fresh_password()
    writing.set_password(user=person, password=password, by=colleague(request), at=now())
    return render(request, "crm/team_password.html", {"person": person, "password": password, "again": True})
