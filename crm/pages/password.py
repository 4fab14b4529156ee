"""The form of allauth in the words and the look of the product."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm

from crm.kit.forms import LookMixin

LABELS = {"oldpassword": "Password now", "password1": "New password", "password2": "New password again"}


class PasswordForm(LookMixin, ChangePasswordForm):  # type: ignore[misc]
    """The old password, and twice the new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in LABELS.items():
            self.fields[name].label = label
            self.fields[name].widget.attrs.pop("placeholder", None)
        self.fields["password1"].help_text = "Not only digits, not a common one, not like your name."
