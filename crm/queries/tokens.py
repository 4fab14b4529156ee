"""Finds API tokens: the one behind a key, and those a person may see."""

from __future__ import annotations

import re
from datetime import datetime

from django.db.models import QuerySet

from crm.domain.roles import Permission
from crm.models import ApiToken, User

KEY = re.compile(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}")


class TokenRefused(Exception):
    """The key opens nothing. The message says why, without telling a stranger which keys exist."""


def token_of(key: str, *, at: datetime) -> ApiToken:
    """The token of this key with its owner, in one query. Raises `TokenRefused`.

    Keys are random and long, so one round of SHA-512 is a safe hash of them, and takes microseconds.
    """
    token = None
    if KEY.fullmatch(key):
        token = ApiToken.objects.select_related("owner").filter(prefix=key[:8]).first()
    if token is None or not ApiToken.objects.key_generator.verify(key, token.hashed_key):
        raise TokenRefused("This token is not known. Copy it again, or make a new one on the API page.")
    if token.revoked:
        raise TokenRefused("This token was revoked. Make a new one on the API page.")
    if token.expiry_date is not None and token.expiry_date <= at:
        raise TokenRefused("This token has expired. Make a new one on the API page.")
    if not token.owner.may(Permission.USE_API):
        raise TokenRefused("The owner of this token may not use the API any more.")
    return token


def tokens_for(viewer: User) -> QuerySet[ApiToken]:
    """The tokens this person may see, newest first: their own, an administrator everybody's."""
    tokens = ApiToken.objects.select_related("owner").order_by("-created", "-pk")
    return tokens if viewer.may(Permission.MANAGE_TEAM) else tokens.filter(owner=viewer)
