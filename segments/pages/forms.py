"""The forms of the segment pages."""

from __future__ import annotations

from typing import Any

from django import forms

from crm.kit.forms import Form
from segments.models import Segment

LABELS = ("demographic", "geographic", "psychographic", "behavioural", "value", "life cycle")
HUES = (
    (1, "Red"),
    (2, "Orange"),
    (3, "Amber"),
    (4, "Olive"),
    (5, "Green"),
    (6, "Teal"),
    (7, "Petrol"),
    (8, "Blue"),
    (9, "Violet"),
    (10, "Pink"),
)
RANKS = ((1, "Say this first"), (2, "Important"), (3, "Ordinary"), (4, "Only by the way"))


class SettingsForm(Form):
    """What a segment is called and how it is shown."""

    name = forms.CharField(
        max_length=120, help_text="Service agents see this word, so choose one you would say aloud."
    )
    description = forms.CharField(
        max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}), label="What it is for"
    )
    label = forms.CharField(
        max_length=40,
        required=False,
        help_text="One word to filter by: demographic, geographic, psychographic, behavioural, value, life cycle.",
        widget=forms.TextInput(attrs={"list": "labels"}),
    )
    hue = forms.TypedChoiceField(choices=HUES, coerce=int, label="Colour")
    shown_as_badge = forms.BooleanField(
        required=False, label="Show it as a badge on the customer", initial=True
    )
    badge_rank = forms.TypedChoiceField(
        choices=RANKS,
        coerce=int,
        label="Place among a customer’s badges",
        help_text="Within a place, what fewer customers have comes first, then what is newer.",
    )

    @staticmethod
    def of(segment: Segment) -> dict[str, Any]:
        """The form's beginning: the segment as it is."""
        names = ("name", "description", "label", "hue", "shown_as_badge", "badge_rank")
        return {name: getattr(segment, name) for name in names}
