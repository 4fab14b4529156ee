"""The forms of allauth in the words and the look of the product."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, SetPasswordForm

from crm.kit.forms import LookMixin

LABELS = {"oldpassword": "Password now", "password1": "New password", "password2": "New password again"}
RULES = "Not only digits, not a common one, not like your name."


class PasswordForm(LookMixin, ChangePasswordForm):  # type: ignore[misc]
    """The old password, and twice the new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _worded(self)


class FirstPasswordForm(LookMixin, SetPasswordForm):  # type: ignore[misc]
    """Twice the new one, for who has none yet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _worded(self)


def _worded(form: Any) -> None:
    for name, field in form.fields.items():
        field.label = LABELS[name]
        field.widget.attrs.pop("placeholder", None)
    form.fields["password1"].help_text = RULES
