"""The account's settings."""

from __future__ import annotations

from importlib.resources import files
from zoneinfo import available_timezones

import phonenumbers
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from crm.actions.account import change_settings
from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.kit.forms import Form
from crm.pages.access import allow, colleague
from crm.queries.accounts import current_account


def country_names() -> list[tuple[str, str]]:
    """(code, English name) of every country that has phone numbers, by name; from the time zone database."""
    table = files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    named = [(code, name) for code, name in rows if code in phonenumbers.SUPPORTED_REGIONS]
    return sorted(named, key=lambda row: row[1])


class SettingsForm(Form):
    """What holds for the whole account."""

    name = forms.CharField(max_length=200, label="Name of the company")
    timezone = forms.ChoiceField(
        label="Time zone",
        choices=lambda: [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())],
        help_text="Days, weeks and months of rules and charts begin and end here.",
    )
    currency = forms.RegexField(
        r"^[A-Za-z]{3}$",
        help_text="Three letters, as EUR.",
        error_messages={"invalid": "Write three letters, as EUR."},
    )
    country = forms.ChoiceField(
        choices=country_names,
        help_text="Where a phone number without a prefix is from.",
    )
    accuracy_floor = forms.IntegerField(
        min_value=1,
        max_value=99,
        label="Floor of accuracy, per cent",
        help_text="Where votes on a badge are below it for sure, its segment goes into review.",
    )


def form_names() -> tuple[str, ...]:
    """The settings that can be changed here."""
    return tuple(SettingsForm.base_fields)


@allow(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def account_settings(request: HttpRequest) -> HttpResponse:
    """Name, time zone, currency and country."""
    account = current_account()
    initial = {name: getattr(account, name) for name in form_names()}
    form = SettingsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data | {"currency": form.cleaned_data["currency"].upper()}
        change_settings(by=colleague(request), at=now(), **entered)
        messages.success(request, "Saved.")
        return redirect("account_settings")
    return render(request, "crm/account.html", {"form": form}, status=422 if form.errors else 200)
