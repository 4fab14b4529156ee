"""What the account keeps of its customers: list, define, edit, retire."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.actions import attributes as writing
from crm.domain.attributes import BUILT_IN, AttributeType
from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.kit.forms import Form
from crm.models import AttributeDefinition
from crm.pages.access import allow, colleague
from crm.queries.attributes import overview

TYPE_WORDS = {
    AttributeType.TEXT: "Text",
    AttributeType.NUMBER: "Number",
    AttributeType.YES_NO: "Yes or no",
    AttributeType.DATE: "Date",
    AttributeType.INSTANT: "Date and time",
    AttributeType.LIST: "List",
}


class AttributeForm(Form):
    """A new attribute; its name and type stay as they are given here."""

    name = forms.CharField(
        max_length=120, help_text="What rules, files and the API call it. It stays; case and spaces count."
    )
    label = forms.CharField(max_length=120, required=False, help_text="How pages show it.")
    type = forms.ChoiceField(choices=[(kind.value, words) for kind, words in TYPE_WORDS.items()])
    description = forms.CharField(max_length=300, required=False)
    sensitive = forms.BooleanField(
        required=False,
        label="Sensitive",
        help_text="Health, faith, income and the like: only service and administrators see it.",
    )


class AttributeEditForm(Form):
    """What may change of an attribute."""

    label = forms.CharField(max_length=120, required=False)
    description = forms.CharField(max_length=300, required=False)
    sensitive = forms.BooleanField(
        required=False,
        help_text="Health, faith, income and the like: only service and administrators see it.",
    )


@allow(Permission.VIEW_CONTACTS)
@require_safe
def attributes(request: HttpRequest) -> HttpResponse:
    """All attributes, with how many of the newest customers have them."""
    context: dict[str, Any] = {
        "overview": overview(),
        "built_in": BUILT_IN.items(),
        "may_define": request.user.may(Permission.DEFINE_ATTRIBUTES),  # type: ignore[union-attr]
    }
    return render(request, "crm/attributes.html", context)


@allow(Permission.DEFINE_ATTRIBUTES)
@require_http_methods(["GET", "HEAD", "POST"])
def attribute_new(request: HttpRequest) -> HttpResponse:
    """Define an attribute."""
    form = AttributeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            definition = writing.define(
                name=entered["name"],
                label=entered["label"],
                type=AttributeType(entered["type"]),
                sensitive=entered["sensitive"],
                description=entered["description"],
                by=colleague(request),
                at=now(),
            )
        except writing.AttributeRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"{definition.label} can be kept of every customer now.")
            return redirect("attributes")
    return render(request, "crm/attribute_edit.html", {"form": form}, status=422 if form.errors else 200)


@allow(Permission.DEFINE_ATTRIBUTES)
@require_http_methods(["GET", "HEAD", "POST"])
def attribute(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit an attribute's label, description and mark."""
    definition = get_object_or_404(AttributeDefinition, pk=pk)
    initial = {name: getattr(definition, name) for name in ("label", "description", "sensitive")}
    form = AttributeEditForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        writing.edit(definition=definition, by=colleague(request), at=now(), **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("attributes")
    context = {
        "form": form,
        "definition": definition,
        "type_words": TYPE_WORDS[AttributeType(definition.type)],
    }
    return render(request, "crm/attribute_edit.html", context, status=422 if form.errors else 200)


@allow(Permission.DEFINE_ATTRIBUTES)
@require_POST
def attribute_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer an attribute no more."""
    definition = get_object_or_404(AttributeDefinition, pk=pk)
    writing.retire(definition=definition, by=colleague(request), at=now())
    messages.success(request, f"{definition.label} is retired. Its values are kept; bring it back below.")
    return redirect("attributes")


@allow(Permission.DEFINE_ATTRIBUTES)
@require_POST
def attribute_restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer a retired attribute again."""
    definition = get_object_or_404(AttributeDefinition, pk=pk)
    writing.restore(definition=definition, by=colleague(request), at=now())
    messages.success(request, f"{definition.label} is back.")
    return redirect("attributes")
