from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from crm.domain.roles import Permission, Role, may


class Users(BaseUserManager["User"]):
    """Makes users with a hashed password."""

    def create_user(self, email: str, password: str | None, *, name: str, role: Role) -> "User":
        user = self.model(email=email.strip().lower(), name=name, role=role)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    """A colleague who signs in with an e-mail address; the role says what they may do."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role])
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "role"]
    is_staff = False
    is_superuser = False
    objects = Users()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="user_role_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def may(self, permission: Permission) -> bool:
        """True if this person may do this."""
        return self.is_active and may(self.role, permission)

    @property
    def initials(self) -> str:
        """At most two letters for the avatar."""
        words = self.name.split() or [self.email]
        return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper()
