"""The forms of people placed by hand, of fixed lists and of what they are filled from."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms

from crm.kit.forms import Form
from crm.queries.accounts import account_zone
from segments.actions.membership.placing import LAST_YEAR
from segments.models import Segment

WAYS = (
    ("in", "Include them, also where the rule does not match"),
    ("out", "Keep them out, also where it does"),
)


class PlaceForm(Form):
    """Whether to include people or to keep them out, why, and until when."""

    way = forms.ChoiceField(choices=WAYS, label="What to do")
    reason = forms.CharField(
        max_length=300, help_text="Colleagues read it on the customer, in the log and in the why."
    )
    until = forms.DateField(
        required=False,
        label="Until",
        help_text="That day included; then the rule decides again. Empty: until somebody takes it back.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean_until(self) -> date | None:
        """A day that has a next one."""
        day: date | None = self.cleaned_data["until"]
        if day is not None and day.year > LAST_YEAR:
            raise forms.ValidationError("The end is too far away: choose an earlier one, or none.")
        return day

    def placing(self) -> dict[str, Any]:
        """What the action wants: `included`, `reason`, and `until` as the first instant after that day."""
        day = self.cleaned_data["until"]
        until = (
            datetime.combine(day + timedelta(days=1), time.min, tzinfo=account_zone()).astimezone(UTC)
            if day
            else None
        )
        return {
            "included": self.cleaned_data["way"] == "in",
            "reason": self.cleaned_data["reason"],
            "until": until,
        }


class PlaceEntriesForm(PlaceForm):
    """The same with the people named."""

    entries = forms.CharField(
        label="Customers",
        help_text="E-mail addresses or external ids, one on each line or separated by commas.",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    field_order = ("entries", "way", "reason", "until")


class PlaceSomewhereForm(PlaceForm):
    """The same with the segment to be chosen."""

    segment = forms.ModelChoiceField(
        queryset=Segment.objects.none(), to_field_name="slug", empty_label="Choose a segment"
    )
    field_order = ("segment", "way", "reason", "until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["segment"]
        chosen.queryset = Segment.objects.live().filter(kind=Segment.DYNAMIC).order_by("name")


class FromSearchForm(Form):
    """A list for the people found: a new one by its name, or one there is."""

    name = forms.CharField(max_length=120, required=False, label="Name of a new list")
    segment = forms.ModelChoiceField(
        queryset=Segment.objects.none(),
        to_field_name="slug",
        required=False,
        label="Or add them to",
        empty_label="A new list",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["segment"]
        chosen.queryset = Segment.objects.live().filter(kind=Segment.FIXED).order_by("name")

    def clean(self) -> dict[str, Any]:
        """Exactly one of both."""
        given = super().clean() or {}
        if not given.get("segment") and not given.get("name", "").strip():
            self.add_error("name", "Give the list a name, or choose one there is.")
        return given


class FixedForm(Form):
    """A list made by hand: a name and who stands in it, pasted or in a file."""

    name = forms.CharField(
        max_length=120, help_text="Service agents see this word, so choose one you would say aloud."
    )
    entries = forms.CharField(
        required=False,
        label="E-mail addresses or external ids",
        help_text="One on each line, or separated by commas. At most 20,000.",
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
    )
    file = forms.FileField(
        required=False,
        label="Or a CSV file",
        help_text="Its column ‘email’ or ‘external_id’ is read, or else the first one.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
    )


class PeopleForm(Form):
    """People to add to a list, pasted or in a file."""

    entries = forms.CharField(
        required=False,
        label="Add customers",
        help_text="E-mail addresses or external ids, one on each line or separated by commas.",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    file = FixedForm.base_fields["file"]

    def clean(self) -> dict[str, Any]:
        """Either of both."""
        given = super().clean() or {}
        if not given.get("entries", "").strip() and not given.get("file"):
            self.add_error("entries", "Paste addresses or ids, or choose a file.")
        return given


class SnapshotForm(Form):
    """A fixed list of who is in a segment now, or was at the end of a day."""

    name = forms.CharField(max_length=120)
    on = forms.DateTimeField(
        required=False,
        label="As of",
        help_text="A moment in the past; empty: as of now.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
