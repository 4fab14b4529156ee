"""Sign-in is allauth's; nobody signs up by themselves, an administrator invites."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.views import LoginView
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm.queries.accounts import current_account


class ClosedAdapter(DefaultAccountAdapter):
    """Accounts are made on the team page only."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "No account opens with this e-mail and password. Check both for a slip.",
        "enter_current_password": "This is not your password of now. Type it again.",
        "incorrect_password": "This is not your password of now. Type it again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SignIn(LoginView):
    """The sign-in page, with the name of whose house it is."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"account_name": current_account().name}


sign_in = SignIn.as_view()


@login_not_required
@require_safe
def shut_out(request: HttpRequest) -> HttpResponse:
    """What a deactivated colleague sees instead of the product."""
    return render(request, "account/shut_out.html", status=403)
