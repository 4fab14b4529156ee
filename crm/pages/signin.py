"""Sign-in is allauth's; nobody signs up by themselves, an administrator invites."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAdapter(DefaultAccountAdapter):
    """Accounts are made on the team page only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
