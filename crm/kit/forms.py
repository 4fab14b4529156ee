"""Django forms in the look of the product."""

from __future__ import annotations

from typing import Any

from django import forms

_CLASSES = (
    (forms.CheckboxInput, ""),
    (forms.RadioSelect, ""),
    (forms.CheckboxSelectMultiple, ""),
    (forms.Select, "select"),
    (forms.FileInput, "input"),
)


EMPTY = "This cannot stay empty."
NO_ADDRESS = "Write an e-mail address, as ada@example.com."


class LookMixin:
    """Gives every widget its class, and says plainly what is wrong with a field that has no words of its own for it."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            widget = field.widget
            look = next((look for kind, look in _CLASSES if isinstance(widget, kind)), "input")
            if look:
                widget.attrs["class"] = f"{widget.attrs.get('class', '')} {look}".strip()
            if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = EMPTY
            if isinstance(field, forms.EmailField):
                field.error_messages.setdefault("invalid", NO_ADDRESS)


class Form(LookMixin, forms.Form):
    """A form in the look of the product."""


class ModelForm(LookMixin, forms.ModelForm):
    """A model form in the look of the product."""
