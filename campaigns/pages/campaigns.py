"""Doors of the campaigns."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from campaigns.actions import campaigns as acting
from campaigns.domain.campaign_states import APPROVED, ARCHIVED, LOOKS, steps_from
from campaigns.domain.channels import CHANNELS, PURPOSES
from campaigns.domain.refusals import Refused
from campaigns.models import Campaign
from campaigns.pages.forms import CampaignForm, fresh
from campaigns.queries.audience import GROUPS, count_audience, people_in
from campaigns.queries.campaigns import count_by_state, history_of, list_campaigns, look_of
from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.kit.paging import throughout
from crm.kit.sheets import download
from crm.pages.access import allow
from crm.pages.files import file_of_people


def _campaign(number: int) -> Campaign:
    return get_object_or_404(Campaign.objects.select_related("segment", "owner"), pk=number)


@allow(Permission.VIEW_CAMPAIGNS)
@require_safe
def campaigns(request: HttpRequest) -> HttpResponse:
    """The list of campaigns, newest first."""
    words, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    page = list_campaigns(words=words, state=state, after=request.GET.get("after", ""))
    counts = count_by_state()
    context = {
        "page": page,
        "rows": [(campaign, look_of(campaign.state), CHANNELS[campaign.channel]) for campaign in page.rows],
        "words": words,
        "state": state,
        "states": [(key, LOOKS[key][0], number) for key, number in counts.items()],
        "waiting": counts["ready"],
        "any": sum(counts.values()),
        "may_edit": request.user.may(Permission.EDIT_CAMPAIGNS),  # type: ignore[union-attr]
    }
    return render(request, "campaigns/campaigns.html", context)


@allow(Permission.VIEW_CAMPAIGNS)
@require_safe
def campaigns_csv(request: HttpRequest) -> HttpResponseBase:
    """The same list as a file."""
    words, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    rows = (
        (
            *(one.pk, one.name, one.objective, one.segment.name, one.segment.size),
            *(CHANNELS[one.channel].label, PURPOSES[one.purpose], LOOKS[one.state][0]),
            *(one.owner.name if one.owner else "", one.created_at.isoformat(), one.updated_at.isoformat()),
        )
        for one in throughout(lambda after: list_campaigns(words=words, state=state, after=after, size=500))
    )
    header = (
        *("Campaign", "Name", "Objective", "Segment", "Members", "Channel", "Purpose", "State"),
        *("Owner", "Made at", "Changed at"),
    )
    return download("campaigns.csv", header, rows)


@allow(Permission.VIEW_CAMPAIGNS)
@require_safe
def campaign(request: HttpRequest, number: int) -> HttpResponse:
    """One campaign: what it is for, its message, its audience, what may happen next."""
    found = _campaign(number)
    may_edit = request.user.may(Permission.EDIT_CAMPAIGNS)  # type: ignore[union-attr]
    may_approve = request.user.may(Permission.APPROVE_CAMPAIGNS)  # type: ignore[union-attr]
    context = {
        "campaign": found,
        "look": look_of(found.state),
        "channel": CHANNELS[found.channel],
        "purpose": PURPOSES[found.purpose],
        "steps": [step for step in steps_from(found.state) if (may_approve if step.approval else may_edit)],
        "history": history_of(f"campaign {number}"),
        "may_edit": may_edit and found.state != ARCHIVED,
        "may_copy": may_edit,
    }
    return render(request, "campaigns/campaign.html", context)


@allow(Permission.VIEW_CAMPAIGNS)
@require_safe
def campaign_audience(request: HttpRequest, number: int) -> HttpResponse:
    """Fragment: the audience's exact counts."""
    found = _campaign(number)
    context = {
        "campaign": found,
        "audience": count_audience(found, as_of=now()),
        "channel": CHANNELS[found.channel],
        "purpose": PURPOSES[found.purpose],
    }
    return render(request, "campaigns/_audience.html", context)


@allow(Permission.VIEW_CAMPAIGNS)
@require_safe
def campaign_people(request: HttpRequest, number: int, group: str) -> HttpResponse:
    """The people of one group of the audience."""
    if group not in GROUPS:
        raise Http404
    found = _campaign(number)
    context = {
        "campaign": found,
        "group": group,
        "groups": GROUPS,
        "page": people_in(found, group, after=request.GET.get("after", "")),
        "channel": CHANNELS[found.channel],
        "purpose": PURPOSES[found.purpose],
        "as_of": now(),
        "may_export": request.user.may(Permission.EXPORT_CONTACTS),  # type: ignore[union-attr]
    }
    return render(request, "campaigns/campaign_people.html", context)


@allow(Permission.EXPORT_CONTACTS)
@require_safe
def campaign_people_csv(request: HttpRequest, number: int, group: str) -> HttpResponseBase:
    """The same people as a file."""
    if group not in GROUPS:
        raise Http404
    found = _campaign(number)
    rows = (
        (one.pk, one.contact.first_name, one.contact.last_name, one.since.isoformat() if one.since else "")
        for one in throughout(lambda after: people_in(found, group, after=after, size=2_000))
    )
    header = ("Customer", "First name", "Last name", "Consent given or withdrawn at")
    return file_of_people(request, f"campaign-{number}-{group}.csv", header, rows)


@allow(Permission.EDIT_CAMPAIGNS)
def campaign_new(request: HttpRequest) -> HttpResponse:
    """Plan a campaign."""
    given = fresh(request.GET, request.user, channel="email", purpose="offers")  # type: ignore[arg-type]
    form = CampaignForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            made = acting.create_campaign(**form.cleaned_data, by=request.user, at=now())  # type: ignore[arg-type]
        except Refused as refusal:
            _refuse(form, refusal)
        else:
            messages.success(request, "The campaign is kept as a draft.")
            return redirect("campaign", made.pk)
    return render(request, "campaigns/campaign_form.html", {"form": form}, status=400 if form.errors else 200)


@allow(Permission.EDIT_CAMPAIGNS)
def campaign_edit(request: HttpRequest, number: int) -> HttpResponse:
    """Change a campaign; it becomes a draft again."""
    kept = _campaign(number)
    name, state = kept.name, kept.state
    form = CampaignForm(request.POST or None, initial=CampaignForm.of(kept))
    if request.method == "POST" and form.is_valid():
        try:
            acting.edit_campaign(campaign=kept, **form.cleaned_data, by=request.user, at=now())  # type: ignore[arg-type]
        except Refused as refusal:
            _refuse(form, refusal)
        else:
            messages.success(request, "The campaign is changed.")
            return redirect("campaign", number)
    context = {"form": form, "number": number, "name": name, "was": state}
    return render(request, "campaigns/campaign_form.html", context, status=400 if form.errors else 200)


@allow(Permission.VIEW_CAMPAIGNS, write=Permission.EDIT_CAMPAIGNS)
@require_POST
def campaign_state(request: HttpRequest, number: int) -> HttpResponse:
    """Move a campaign one step on; approving has its own address and right."""
    to = request.POST.get("to", "")
    if to == APPROVED:
        to = ""
    return _move(request, number, to)


@allow(Permission.VIEW_CAMPAIGNS, write=Permission.APPROVE_CAMPAIGNS)
@require_POST
def campaign_approve(request: HttpRequest, number: int) -> HttpResponse:
    """Approve a campaign that is ready."""
    return _move(request, number, APPROVED)


def _move(request: HttpRequest, number: int, to: str) -> HttpResponse:
    found = _campaign(number)
    try:
        acting.change_state(campaign=found, to=to, by=request.user, at=now())  # type: ignore[arg-type]
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"This campaign: {LOOKS[to][0].lower()}.")
    return redirect("campaign", number)


@allow(Permission.EDIT_CAMPAIGNS)
@require_POST
def campaign_copy(request: HttpRequest, number: int) -> HttpResponse:
    """A draft with the same content."""
    try:
        made = acting.duplicate_campaign(campaign=_campaign(number), by=request.user, at=now())  # type: ignore[arg-type]
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("campaign", number)
    messages.success(request, "This is the copy, a draft.")
    return redirect("campaign", made.pk)


def _refuse(form: CampaignForm, refusal: Refused) -> None:
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
