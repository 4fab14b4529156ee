"""The forms of goals and campaigns. They read what was typed; the actions judge it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms

from campaigns.domain.channels import CHANNELS, PURPOSES
from campaigns.domain.metrics import LONGEST_WINDOW, METRICS, Option, Unit
from campaigns.models import Campaign, Goal
from campaigns.queries.choices import owners, recent_kinds, segments_in_use
from crm.domain.roles import Permission
from crm.kit.forms import Form
from crm.models import User
from segments.models import Segment

UNIT_WORDS = {
    Unit.COUNT: "in customers",
    Unit.MONEY: "in the account’s currency",
    Unit.SHARE: "in %",
    Unit.PER_MEMBER: "for each member",
}
HUNDRED = Decimal(100)


class GoalForm(Form):
    """A SMART goal. Which options it asks for, and the target's unit, follow the metric chosen."""

    name = forms.CharField(max_length=160, help_text="Say what is reached: ‘12,000 newsletter readers’.")
    segment = forms.ModelChoiceField(queryset=Segment.objects.none(), empty_label="Choose a segment")
    metric = forms.ChoiceField(
        choices=[(key, metric.label) for key, metric in METRICS.items()], label="Measure"
    )
    kind = forms.CharField(
        max_length=120, label="Kind of interaction", widget=forms.TextInput(attrs={"list": "kinds"})
    )
    channel = forms.ChoiceField(choices=[(key, channel.label) for key, channel in CHANNELS.items()])
    purpose = forms.ChoiceField(choices=list(PURPOSES.items()))
    days = forms.IntegerField(min_value=1, max_value=LONGEST_WINDOW, initial=30, label="In the last … days")
    target = forms.DecimalField(max_digits=14, decimal_places=4)
    starts_on = forms.DateField(label="First day", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    due_on = forms.DateField(label="Due day", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    owner = forms.ModelChoiceField(queryset=User.objects.none(), required=False, empty_label="Nobody yet")
    objective = forms.CharField(
        max_length=300,
        required=False,
        label="Objective it serves",
        help_text="Why it matters: what of the company’s aims gets nearer.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].queryset = segments_in_use()  # type: ignore[attr-defined]
        self.fields["owner"].queryset = owners(Permission.VIEW_GOALS)  # type: ignore[attr-defined]
        self.chosen = METRICS.get(str(self["metric"].value()), METRICS["size"])
        for option in Option:
            if option not in self.chosen.options:
                del self.fields[option.value]
        self.fields["target"].label = f"Target, {UNIT_WORDS[self.chosen.unit]}"

    @property
    def kinds(self) -> list[str]:
        """Kinds to suggest, where a kind is asked for."""
        return recent_kinds() if Option.KIND in self.chosen.options else []

    @property
    def asked(self) -> list[forms.BoundField]:
        """The fields that depend on the metric."""
        return [self[option.value] for option in self.chosen.options] + [self["target"]]

    def options(self) -> dict[str, Any]:
        """The metric's options as they were given."""
        return {option.value: self.cleaned_data[option.value] for option in self.chosen.options}

    def terms(self) -> dict[str, Any]:
        """What `create_goal` and `edit_goal` take."""
        kept = ("name", "segment", "metric", "objective", "starts_on", "due_on", "owner")
        target = self.cleaned_data["target"]
        if self.chosen.unit is Unit.SHARE:
            target /= HUNDRED
        return {name: self.cleaned_data[name] for name in kept} | {
            "options": self.options(),
            "target": target,
        }

    @staticmethod
    def of(goal: Goal) -> dict[str, Any]:
        """The form's beginning: the goal as it is."""
        share = METRICS[goal.metric].unit is Unit.SHARE
        target = (goal.target * HUNDRED if share else goal.target).normalize()
        names = ("name", "metric", "objective", "starts_on", "due_on", "segment", "owner")
        return goal.options | {name: getattr(goal, name) for name in names} | {"target": f"{target:f}"}


class CampaignForm(Form):
    """A message meant for a segment."""

    name = forms.CharField(max_length=120)
    segment = forms.ModelChoiceField(queryset=Segment.objects.none(), empty_label="Choose a segment")
    objective = forms.CharField(
        max_length=300, help_text="What should be different afterwards, in a sentence."
    )
    channel = forms.ChoiceField(choices=[(key, channel.label) for key, channel in CHANNELS.items()])
    purpose = forms.ChoiceField(
        choices=list(PURPOSES.items()), help_text="Only customers who allowed this purpose count as audience."
    )
    subject = forms.CharField(max_length=200, required=False, help_text="For e-mail.")
    message = forms.CharField(
        max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 12}), help_text="Plain text."
    )
    owner = forms.ModelChoiceField(queryset=User.objects.none(), required=False, empty_label="Nobody yet")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].queryset = segments_in_use()  # type: ignore[attr-defined]
        self.fields["owner"].queryset = owners(Permission.VIEW_CAMPAIGNS)  # type: ignore[attr-defined]

    @staticmethod
    def of(campaign: Campaign) -> dict[str, Any]:
        """The form's beginning: the campaign as it is."""
        names = ("name", "segment", "objective", "channel", "purpose", "subject", "message", "owner")
        return {name: getattr(campaign, name) for name in names}


def fresh(query: Mapping[str, str], user: User, **given: Any) -> dict[str, Any]:
    """The beginning of a form from a link's query: `?segment=12&metric=size`."""
    segment = query.get("segment", "")
    return given | {"owner": user.pk, "segment": segment if segment.isdigit() else None}
