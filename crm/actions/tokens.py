"""Makes and revokes API tokens."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import cast

from django.db import transaction
from django.db.models import Q

from crm.actions.auditing import record
from crm.domain.scopes import SCOPES
from crm.models import ApiToken, User

USE_NOTED_EVERY = timedelta(minutes=1)


class ScopeRefused(ValueError):
    """A scope is not known, or is more than its owner may do. The message is a sentence."""


def make_token(
    *, name: str, machine: bool, scopes: Collection[str], expires_at: datetime | None, by: User, at: datetime
) -> tuple[ApiToken, str]:
    """A new token of `by` and its key, which nobody can read again. Raises `ScopeRefused`."""
    for scope in scopes:
        if scope not in SCOPES:
            raise ScopeRefused(f"‘{scope}’ is not a scope.")
        if not by.may(SCOPES[scope].permission):
            raise ScopeRefused(f"‘{scope}’ is more than your role may do.")
    if not scopes:
        raise ScopeRefused("Choose at least one scope: a token without one opens nothing.")
    with transaction.atomic():
        token, key = ApiToken.objects.create_key(
            name=name, machine=machine, scopes=sorted(scopes), expiry_date=expires_at, owner=by
        )
        record(
            action="token.made",
            subject=f"token {token.prefix}",
            by=by,
            at=at,
            name=name,
            scopes=sorted(scopes),
            machine=machine,
        )
    return cast(ApiToken, token), key


def revoke_token(*, token: ApiToken, by: User, at: datetime) -> bool:
    """End a token for good; False if it had ended already."""
    with transaction.atomic():
        ended = ApiToken.objects.filter(pk=token.pk, revoked=False).update(revoked=True)
        if ended:
            record(action="token.revoked", subject=f"token {token.prefix}", by=by, at=at, name=token.name)
    return bool(ended)


def note_use(*, token: ApiToken, at: datetime) -> None:
    """Remember when the token was used last, to the minute, so that a busy token costs one write a minute."""
    before = at - USE_NOTED_EVERY
    if token.last_used_at is not None and token.last_used_at > before:
        return
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=before)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=at)
