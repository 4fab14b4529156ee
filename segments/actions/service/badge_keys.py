"""Makes, changes, rotates and revokes the keys with which help desks open badges."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from crm.actions.auditing import record
from crm.domain.origins import BadOrigin, normal_origin
from crm.domain.texts import one_line
from crm.models import User
from segments.models import BadgeKey, BadgeSecret
from segments.queries.service.badge_keys import BEGINS, hash_of

MOST_ORIGINS = 20
SLOWEST, FASTEST = 1, 6_000
USE_NOTED_EVERY = timedelta(minutes=1)


class KeyRefused(ValueError):
    """The key cannot be so; the text says what to do."""


def faults_of(*, name: str, origins: Sequence[str], servers: bool, rate: int) -> dict[str, list[str]]:
    """Everything that is wrong with the terms of a key, by field, in sentences; nothing where it may be so."""
    faults: dict[str, list[str]] = {}
    if not one_line(name) or len(one_line(name)) > 80:
        faults["name"] = ["Give it a name of at most 80 characters, by which you know it again."]
    normal, wrong = _read(origins)
    if len(normal) > MOST_ORIGINS:
        wrong.append(f"{MOST_ORIGINS} origins at most. Make a second key for the others.")
    if not normal and not wrong and not servers:
        wrong.append("Name at least one origin, or allow servers: otherwise nobody could use it.")
    if wrong:
        faults["origins"] = wrong
    if not SLOWEST <= rate <= FASTEST:
        faults["rate"] = [f"Between {SLOWEST} and {FASTEST:,} a minute."]
    return faults


def make_key(
    *, name: str, origins: Sequence[str], servers: bool, votes: bool, rate: int, by: User, at: datetime
) -> tuple[BadgeKey, str]:
    """A new key and its secret, which nobody can read again. Raises `KeyRefused`."""
    terms = _terms(name, origins, servers, votes, rate)
    with transaction.atomic():
        key = BadgeKey.objects.create(public=secrets.token_hex(6), created_by=by, created_at=at, **terms)
        secret = _new_secret(key, at=at)
        record(action="badge_key.made", subject=f"badge key {key.pk}", by=by, at=at, **terms)
    return key, secret


def change_key(
    *,
    key: BadgeKey,
    name: str,
    origins: Sequence[str],
    servers: bool,
    votes: bool,
    rate: int,
    by: User,
    at: datetime,
) -> BadgeKey:
    """The key with other terms, which hold at once. Raises `KeyRefused`."""
    terms = _terms(name, origins, servers, votes, rate)
    with transaction.atomic():
        changed = {field: [getattr(key, field), value] for field, value in terms.items()}
        changed = {field: pair for field, pair in changed.items() if pair[0] != pair[1]}
        if changed:
            for field, value in terms.items():
                setattr(key, field, value)
            key.save(update_fields=list(terms))
            record(action="badge_key.changed", subject=f"badge key {key.pk}", by=by, at=at, changes=changed)
    return key


def rotate_key(*, key: BadgeKey, overlap: timedelta, by: User, at: datetime) -> str:
    """A new secret; those before it still open for `overlap`, so that every page can be changed in time.

    Raises `KeyRefused` where the key was revoked.
    """
    with transaction.atomic():
        locked = BadgeKey.objects.select_for_update().get(pk=key.pk)
        if locked.revoked_at:
            raise KeyRefused("This key was revoked. Make a new one.")
        later = Q(ends_at__isnull=True) | Q(ends_at__gt=at + overlap)
        BadgeSecret.objects.filter(later, key=locked).update(ends_at=at + overlap)
        BadgeSecret.objects.filter(key=locked, ends_at__lte=at).delete()
        secret = _new_secret(locked, at=at)
        record(
            action="badge_key.rotated",
            subject=f"badge key {key.pk}",
            by=by,
            at=at,
            overlap_hours=overlap.total_seconds() / 3600,
        )
    return secret


def revoke_key(*, key: BadgeKey, by: User, at: datetime) -> bool:
    """End a key with all its secrets for good; False if it had ended already."""
    with transaction.atomic():
        ended = BadgeKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=at)
        if ended:
            BadgeSecret.objects.filter(key=key).delete()
            record(action="badge_key.revoked", subject=f"badge key {key.pk}", by=by, at=at, name=key.name)
    return bool(ended)


def note_use(*, key: BadgeKey, at: datetime) -> None:
    """Remember when the key was used last, to the minute, so that a busy key costs one write a minute."""
    before = at - USE_NOTED_EVERY
    if key.last_used_at is None or key.last_used_at <= before:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=before)
        BadgeKey.objects.filter(stale, pk=key.pk).update(last_used_at=at)


def _new_secret(key: BadgeKey, *, at: datetime) -> str:
    secret = BEGINS + secrets.token_urlsafe(30)
    BadgeSecret.objects.create(key=key, hashed=hash_of(secret), hint=secret[-4:], created_at=at)
    return secret


def _terms(
    name: str, origins: Sequence[str], servers: bool, votes: bool, rate: int
) -> dict[str, str | list[str] | bool | int]:
    if faults := faults_of(name=name, origins=origins, servers=servers, rate=rate):
        raise KeyRefused(" ".join(sentence for some in faults.values() for sentence in some))
    normal, _ = _read(origins)
    return {"name": one_line(name), "origins": normal, "servers": servers, "votes": votes, "rate": rate}


def _read(origins: Sequence[str]) -> tuple[list[str], list[str]]:
    """Each origin once, as browsers send it, and a sentence for each that is none."""
    normal, wrong = [], []
    for origin in origins:
        if origin.strip():
            try:
                normal.append(normal_origin(origin))
            except BadOrigin as error:
                wrong.append(str(error))
    return list(dict.fromkeys(normal)), list(dict.fromkeys(wrong))
