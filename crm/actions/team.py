"""Who signs in: invited, given a role, shut out. One administrator always remains."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from crm.actions import auditing
from crm.domain.roles import Role
from crm.models import User

_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another when read aloud


class TeamRefused(ValueError):
    """The team cannot be changed so; the text says what to do."""


def fresh_password() -> str:
    """A password to be told once: four groups of four, about 79 bits."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(4))


def invite(*, email: str, name: str, role: Role, password: str, by: User | None, at: datetime) -> User:
    """A new colleague who can sign in with `password`. Raises `TeamRefused`."""
    email, name = email.strip().lower(), name.strip()
    if not name:
        raise TeamRefused("Give the colleague's name.")
    with transaction.atomic():
        if User.objects.filter(email=email).exists():
            raise TeamRefused("Somebody signs in with this e-mail already. Look for them in the list below.")
        user = User.objects.create_user(email, password, name=name, role=role)
        _audit("invited", user, by=by, at=at, role=str(role))
    return user


def change_role(*, user: User, role: Role, by: User, at: datetime) -> None:
    """Let a colleague do what the role may."""
    with transaction.atomic():
        user = _locked(user)
        if user.role == role:
            return
        if role != Role.ADMINISTRATOR:
            _keep_one_administrator(without=user)
        before, user.role = user.role, role
        user.save(update_fields=["role"])
        _audit("role changed", user, by=by, at=at, before=before, after=str(role))


def deactivate(*, user: User, by: User, at: datetime) -> None:
    """Shut a colleague out at once, wherever they are signed in. What they did stays."""
    with transaction.atomic():
        user = _locked(user)
        _keep_one_administrator(without=user)
        user.is_active = False
        user.save(update_fields=["is_active"])
        _audit("deactivated", user, by=by, at=at)


def reactivate(*, user: User, by: User, at: datetime) -> None:
    """Let a colleague in again, with the password they had."""
    with transaction.atomic():
        user = _locked(user)
        user.is_active = True
        user.save(update_fields=["is_active"])
        _audit("reactivated", user, by=by, at=at)


def set_password(*, user: User, password: str, by: User, at: datetime) -> None:
    """Give a colleague another password; signed-in browsers of theirs are signed out."""
    with transaction.atomic():
        user = _locked(user)
        user.set_password(password)
        user.save(update_fields=["password"])
        _audit("password set", user, by=by, at=at)


def _locked(user: User) -> User:
    """The row as it is now. All administrators are locked with it, so that two cannot remove each other."""
    people = User.objects.select_for_update().filter(role=Role.ADMINISTRATOR) | (
        User.objects.select_for_update().filter(pk=user.pk)
    )
    return next(person for person in people.order_by("pk") if person.pk == user.pk)


def _keep_one_administrator(*, without: User) -> None:
    if without.role != Role.ADMINISTRATOR or not without.is_active:
        return
    others = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=without.pk)
    if not others.exists():
        raise TeamRefused(f"{without.name} is the only administrator. Make somebody else one first.")


def _audit(what: str, user: User, *, by: User | None, at: datetime, **detail: object) -> None:
    auditing.record(action=f"team.{what}", subject=f"user {user.pk}", by=by, at=at, **detail)
