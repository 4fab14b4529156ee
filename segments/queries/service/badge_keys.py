"""The keys of help desks: the one behind a secret, whom they let in, and the list of them."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

from django.db.models import F, Q, QuerySet

from segments.models import BadgeKey, BadgeSecret

BEGINS = "fb_"
SECRET = re.compile(BEGINS + r"[A-Za-z0-9_-]{40}")


def hash_of(secret: str) -> str:
    """What is kept of a secret. It is random and long, so one round of SHA-256 is a safe hash of it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def looks_like_one(secret: str) -> bool:
    """True where this is written as the secret of a badge key is."""
    return bool(SECRET.fullmatch(secret))


def key_of(secret: str, *, at: datetime) -> BadgeKey | None:
    """The living key that this secret opens now, in one query by the hash of the secret."""
    standing = Q(ends_at__isnull=True) | Q(ends_at__gt=at)
    rows = BadgeSecret.objects.filter(standing, hashed=hash_of(secret), key__revoked_at__isnull=True)
    found = list(rows.select_related("key"))  # one at most
    return found[0].key if found else None


def is_allowed_anywhere(origin: str) -> bool:
    """True where some living key lets this origin in: what a browser asks before it sends its key. One query."""
    keys = BadgeKey.objects.filter(revoked_at__isnull=True).values_list("origins", flat=True)
    return any(origin in origins for origins in keys)


def public_key(public: str) -> BadgeKey | None:
    """The living key of this name in addresses."""
    return BadgeKey.objects.filter(public=public, revoked_at__isnull=True).first()


def all_keys() -> QuerySet[BadgeKey]:
    """Every key, the living first, newest first; a company has a handful."""
    return BadgeKey.objects.select_related("created_by").order_by(
        F("revoked_at").desc(nulls_first=True), "-created_at", "-pk"
    )


def secrets_of(key: BadgeKey, *, at: datetime) -> list[BadgeSecret]:
    """The secrets that still open, newest first."""
    standing = Q(ends_at__isnull=True) | Q(ends_at__gt=at)
    return list(BadgeSecret.objects.filter(standing, key=key).order_by("-created_at", "-pk"))
