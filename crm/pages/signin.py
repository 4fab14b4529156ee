"""Sign-in is allauth's; nobody signs up by themselves, an administrator invites."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.views import LoginView
from django.http import HttpRequest

from crm.queries.accounts import current_account


class ClosedAdapter(DefaultAccountAdapter):
    """Accounts are made on the team page only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SignIn(LoginView):
    """The sign-in page, with the name of whose house it is."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"account_name": current_account().name}


sign_in = SignIn.as_view()
