"""Forms about one contact: a field for each attribute, of its type."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.utils import timezone

from crm.actions.contacts import Naming
from crm.domain.attributes import AttributeType
from crm.domain.values import json_number
from crm.kit.forms import Form
from crm.models import AttributeDefinition, Contact, Identifier, User
from crm.models.consent import CHANNELS, PURPOSES

LINES = {"rows": 1, "class": "fitting"}
CHANNEL_WORDS = {"email": "E-mail", "sms": "Text message", "phone": "Phone", "post": "Post"}
PURPOSE_WORDS = {"offers": "Offers", "service": "Service", "profiling": "Profiling"}
_FIELDS = {Identifier.EMAIL: "emails", Identifier.PHONE: "phones", Identifier.EXTERNAL_ID: "external_ids"}


class ContactForm(Form):
    """Who a contact is, and the attributes the account keeps; unchanged attributes are not touched."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    first_name = forms.CharField(max_length=200, required=False)
    last_name = forms.CharField(max_length=200, required=False)
    company = forms.CharField(max_length=200, required=False, help_text="Made if there is none of this name.")
    emails = forms.CharField(
        label="E-mail", required=False, widget=forms.Textarea(attrs=LINES), help_text="Several: one a line."
    )
    phones = forms.CharField(
        label="Phone",
        required=False,
        widget=forms.Textarea(attrs=LINES),
        help_text="Several: one a line. With the country, as +43 316 555014.",
    )
    external_ids = forms.CharField(
        label="External id",
        required=False,
        widget=forms.Textarea(attrs=LINES),
        help_text="What other systems call this customer. Several: one a line.",
    )

    def __init__(
        self,
        *args: Any,
        definitions: Sequence[AttributeDefinition],
        contact: Contact | None = None,
        identifiers: Sequence[Identifier] = (),
        **kwargs: Any,
    ) -> None:
        initial = _initial(contact, identifiers) if contact else {}
        super().__init__(*args, initial=initial, **kwargs)
        self.definitions = {f"attribute_{definition.pk}": definition for definition in definitions}
        for name, definition in self.definitions.items():
            value = contact.attributes.get(definition.name) if contact else None
            self.fields[name] = _field(definition, value)
        self._dress()

    def _dress(self) -> None:
        for name in self.definitions:
            widget = self.fields[name].widget
            look = "select" if isinstance(widget, forms.Select) else "input"
            widget.attrs["class"] = f"{widget.attrs.get('class', '')} {look}".strip()

    @property
    def attribute_fields(self) -> list[forms.BoundField]:
        """The fields of attributes, for a card of their own."""
        return [self[name] for name in self.definitions]

    @property
    def identity_fields(self) -> list[forms.BoundField]:
        """The fields that say who it is."""
        return [self[name] for name in ("first_name", "last_name", "company", *_FIELDS.values())]

    def naming(self) -> list[Naming]:
        """The identifiers entered."""
        found = []
        for kind, field in _FIELDS.items():
            lines = (line.strip() for line in self.cleaned_data[field].splitlines())
            found += [Naming(kind, line[:254]) for line in lines if line]
        return found

    def attributes(self) -> dict[str, Any]:
        """The attributes somebody changed, as they are stored."""
        return {
            definition.name: _stored(self.cleaned_data[name])
            for name, definition in self.definitions.items()
            if name in self.changed_data
        }

    def instant_seen(self) -> datetime | None:
        """When the contact that was edited had last changed."""
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            return None

    def blame(self, kind: str, sentence: str) -> None:
        """Put a sentence beside the identifier it is about, or on top."""
        self.add_error(_FIELDS.get(kind), sentence)


def _initial(contact: Contact, identifiers: Sequence[Identifier]) -> dict[str, Any]:
    named: dict[str, list[str]] = {}
    for identifier in identifiers:
        named.setdefault(_FIELDS[identifier.kind], []).append(identifier.shown)
    return {
        "seen": contact.updated_at.isoformat(),
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "company": contact.company.name if contact.company else "",
        **{field: "\n".join(lines) for field, lines in named.items()},
    }


class YesNo(forms.TypedChoiceField):
    """Yes, no, or nothing known."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("", "Not known"), ("true", "Yes"), ("false", "No")]
        super().__init__(
            choices=choices, coerce=lambda text: text == "true", empty_value=None, required=False, **kwargs
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or "") != (data or "")


class Items(forms.CharField):
    """A list, one item a line."""

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        lines = (" ".join(line.split()) for line in text.splitlines())
        return list(dict.fromkeys(line for line in lines if line))


def _field(definition: AttributeDefinition, value: Any) -> forms.Field:
    """A field of the attribute's type; a stored value of another shape is offered as the text it is."""
    terms: dict[str, Any] = {
        "label": definition.label,
        "required": False,
        "help_text": definition.description,
    }
    kind = definition.type
    if kind == AttributeType.YES_NO and (value is None or isinstance(value, bool)):
        terms.pop("required")
        return YesNo(initial="" if value is None else str(value).lower(), **terms)
    if kind == AttributeType.NUMBER and (value is None or isinstance(value, int | float)):
        widget = forms.NumberInput(attrs={"step": "any"})
        return forms.DecimalField(initial=value, widget=widget, max_digits=30, **terms)
    if kind == AttributeType.LIST and (value is None or isinstance(value, list)):
        lines = "\n".join(str(item) for item in value or [])
        terms["help_text"] = definition.description or "One a line."
        return Items(initial=lines, widget=forms.Textarea(attrs=LINES), max_length=20_000, **terms)
    if kind in (AttributeType.DATE, AttributeType.INSTANT):
        return _moment_field(kind, value, terms)
    return forms.CharField(initial=value, max_length=10_000, widget=forms.Textarea(attrs=LINES), **terms)


def _moment_field(kind: str, value: Any, terms: dict[str, Any]) -> forms.Field:
    try:
        if kind == AttributeType.DATE:
            day = date.fromisoformat(value) if value else None
            day_widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            return forms.DateField(initial=day, widget=day_widget, **terms)
        moment = datetime.fromisoformat(value).replace(microsecond=0) if value else None
        local = timezone.localtime(moment) if moment and timezone.is_aware(moment) else moment
    except (TypeError, ValueError):
        return forms.CharField(initial=value, max_length=200, **terms)
    form = "%Y-%m-%dT%H:%M:%S"
    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format=form)
    return forms.DateTimeField(initial=local, widget=widget, input_formats=[form, "%Y-%m-%dT%H:%M"], **terms)


def _stored(value: Any) -> Any:
    """What a field gave, as JSON keeps it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str | bool | list):
        return value
    return json_number(value)


class NoteForm(Form):
    """A note."""

    body = forms.CharField(label="Note", max_length=10_000, widget=forms.Textarea(attrs={"rows": 4}))


class InteractionForm(Form):
    """A call, a meeting or an e-mail, written down by hand."""

    message_id = forms.CharField(max_length=80, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label="What",
        choices=[
            ("call", "Call"),
            ("meeting", "Meeting"),
            ("email", "E-mail"),
            ("chat", "Chat"),
            ("letter", "Letter"),
        ],
    )
    happened_at = forms.DateTimeField(
        label="When",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    direction = forms.ChoiceField(
        label="Who began",
        required=False,
        choices=[("", "Not said"), ("from customer", "The customer"), ("to customer", "We did")],
    )
    summary = forms.CharField(
        label="What it was about", required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ConsentForm(Form):
    """A customer's answer about one channel and purpose."""

    channel = forms.ChoiceField(choices=[(name, CHANNEL_WORDS[name]) for name in CHANNELS])
    purpose = forms.ChoiceField(label="For", choices=[(name, PURPOSE_WORDS[name]) for name in PURPOSES])
    granted = forms.TypedChoiceField(
        label="Answer",
        choices=[("yes", "Yes, allowed"), ("no", "No, not allowed")],
        coerce=lambda answer: answer == "yes",
    )
    given_at = forms.DateTimeField(
        label="When the customer answered",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    source = forms.CharField(max_length=80, label="How", help_text="On the phone, by letter, on a form …")
    proof = forms.CharField(
        max_length=500,
        required=False,
        help_text="Where the answer can be seen again: a ticket, a scan, a file.",
    )


class TaskForm(Form):
    """What is to be done, by when, by whom."""

    title = forms.CharField(label="What is to be done", max_length=300)
    due_on = forms.DateField(
        label="By", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    assignee = forms.ModelChoiceField(
        queryset=User.objects.filter(is_active=True).order_by("name", "pk"),
        required=False,
        empty_label="Nobody yet",
        label="Who",
    )
