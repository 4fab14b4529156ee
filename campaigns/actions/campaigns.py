"""What people do with campaigns. Nothing is sent: a campaign ends at `approved`."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from campaigns.actions.holding import hold_in_use
from campaigns.domain.campaign_states import APPROVED, ARCHIVED, DRAFT, Step, step
from campaigns.domain.channels import CHANNELS, PURPOSES
from campaigns.domain.refusals import Refused
from campaigns.models import Campaign
from crm.actions.auditing import record
from crm.domain.roles import Permission
from crm.models import User
from segments.models import Segment

LONGEST_NAME = 120


def create_campaign(
    *,
    name: str,
    segment: Segment,
    objective: str,
    channel: str,
    purpose: str,
    subject: str,
    message: str,
    owner: User | None,
    by: User | None,
    at: datetime,
) -> Campaign:
    """A new campaign, as a draft. Raises `Refused`."""
    campaign = Campaign(
        name=name.strip(), segment=segment, objective=objective, channel=channel, purpose=purpose
    )
    campaign.subject, campaign.message, campaign.owner = subject, message, owner
    campaign.created_at = campaign.updated_at = at
    check(campaign)
    with transaction.atomic():
        hold_in_use(segment)
        campaign.save()
        record(action="campaign.created", subject=f"campaign {campaign.pk}", by=by, at=at, name=campaign.name)
    return campaign


def edit_campaign(
    *,
    campaign: Campaign,
    name: str,
    segment: Segment,
    objective: str,
    channel: str,
    purpose: str,
    subject: str,
    message: str,
    owner: User | None,
    by: User | None,
    at: datetime,
) -> Campaign:
    """The campaign with new content, a draft again: what was approved is what would be sent. Raises `Refused`."""
    if campaign.state == ARCHIVED:
        raise Refused("This campaign is archived: restore it before you change it.")
    before = campaign.state
    campaign.name, campaign.segment, campaign.objective = name.strip(), segment, objective
    campaign.channel, campaign.purpose = channel, purpose
    campaign.subject, campaign.message, campaign.owner = subject, message, owner
    campaign.state, campaign.updated_at = DRAFT, at
    check(campaign)
    with transaction.atomic():
        hold_in_use(segment)
        campaign.save()
        record(action="campaign.edited", subject=f"campaign {campaign.pk}", by=by, at=at, was=before)
    return campaign


def change_state(*, campaign: Campaign, to: str, by: User, at: datetime) -> None:
    """Move a campaign one step on. Raises `Refused` where the table has no such step or somebody else was faster."""
    found = step(campaign.state, to)
    if found is None:
        raise Refused(f"A campaign that is {campaign.state} cannot become {to}.")
    _check_step(campaign, found, by)
    with transaction.atomic():
        if found.source == ARCHIVED:
            hold_in_use(campaign.segment)
        moved = Campaign.objects.filter(pk=campaign.pk, state=found.source, updated_at=campaign.updated_at)
        if not moved.update(state=to, updated_at=at):
            raise Refused("A colleague changed this campaign a moment ago: look at it again, then decide.")
        record(
            action=f"campaign.{'approved' if to == APPROVED else 'moved'}",
            subject=f"campaign {campaign.pk}",
            by=by,
            at=at,
            **{"from": found.source, "to": to},
        )
    campaign.state, campaign.updated_at = to, at


def duplicate_campaign(*, campaign: Campaign, by: User, at: datetime) -> Campaign:
    """A draft with the same content, owned by who asked for it."""
    ending = " (copy)"
    return create_campaign(
        name=campaign.name[: LONGEST_NAME - len(ending)] + ending,
        segment=campaign.segment,
        objective=campaign.objective,
        channel=campaign.channel,
        purpose=campaign.purpose,
        subject=campaign.subject,
        message=campaign.message,
        owner=by,
        by=by,
        at=at,
    )


def check(campaign: Campaign) -> None:
    """Raise `Refused` where the content makes no campaign."""
    if not campaign.name:
        raise Refused("Give the campaign a name.", field="name")
    if campaign.channel not in CHANNELS:
        raise Refused(f"Choose a channel: {', '.join(CHANNELS)}.", field="channel")
    if campaign.purpose not in PURPOSES:
        raise Refused(f"Choose a purpose: {', '.join(PURPOSES)}.", field="purpose")


def _check_step(campaign: Campaign, found: Step, by: User) -> None:
    if not by.may(Permission.APPROVE_CAMPAIGNS if found.approval else Permission.EDIT_CAMPAIGNS):
        raise Refused("Your role does not include this step: ask a colleague who may take it.")
    if found.needs_message and not campaign.message.strip():
        raise Refused("There is no message yet: write one, then it can go on.", field="message")
    if found.needs_message and CHANNELS[campaign.channel].has_subject and not campaign.subject.strip():
        raise Refused("An e-mail needs a subject: write one, then it can go on.", field="subject")
