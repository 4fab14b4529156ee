"""Who may do what: the one table. Doors ask it; a test walks every URL with every role."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """The kinds of people who sign in."""

    MARKETER = "marketer"
    SERVICE = "service"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """One thing a person may do."""

    VIEW_CONTACTS = "view contacts"
    EDIT_CONTACTS = "edit contacts"
    BULK_EDIT = "change many contacts at once"
    EXPORT_CONTACTS = "export contacts"
    ERASE_CONTACTS = "erase contacts"
    VIEW_SENSITIVE = "see sensitive attributes"
    RECORD_CONSENT = "record consent"
    IMPORT = "import files"
    DEFINE_ATTRIBUTES = "define attributes"
    VIEW_SEGMENTS = "view segments"
    EDIT_SEGMENTS = "edit segments"
    VIEW_CAMPAIGNS = "view campaigns"
    EDIT_CAMPAIGNS = "edit campaigns"
    APPROVE_CAMPAIGNS = "approve campaigns"
    VIEW_GOALS = "view goals"
    EDIT_GOALS = "edit goals"
    USE_API = "make API tokens"
    MANAGE_TEAM = "manage the team"
    MANAGE_ACCOUNT = "change the account"


_P = Permission
_EVERYONE = {_P.VIEW_CONTACTS, _P.VIEW_SEGMENTS}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.SERVICE: frozenset(_EVERYONE | {_P.EDIT_CONTACTS, _P.RECORD_CONSENT, _P.VIEW_SENSITIVE}),
    Role.MARKETER: frozenset(
        _EVERYONE
        | {_P.EDIT_CONTACTS, _P.BULK_EDIT, _P.EXPORT_CONTACTS, _P.RECORD_CONSENT, _P.IMPORT}
        | {_P.DEFINE_ATTRIBUTES, _P.EDIT_SEGMENTS, _P.VIEW_CAMPAIGNS, _P.EDIT_CAMPAIGNS}
        | {_P.APPROVE_CAMPAIGNS, _P.VIEW_GOALS, _P.USE_API}
    ),
    Role.MANAGER: frozenset(
        _EVERYONE
        | {_P.EXPORT_CONTACTS, _P.VIEW_CAMPAIGNS, _P.APPROVE_CAMPAIGNS}
        | {_P.VIEW_GOALS, _P.EDIT_GOALS, _P.USE_API}
    ),
    Role.ADMINISTRATOR: frozenset(Permission),
}

ROLE_PURPOSE: dict[Role, str] = {
    Role.MARKETER: "Builds segments and campaigns, imports data.",
    Role.SERVICE: "Sees who they are talking to, keeps notes and consent.",
    Role.MANAGER: "Sets goals and reads the score.",
    Role.ADMINISTRATOR: "Everything, and manages the team and the account.",
}


def may(role: str, permission: Permission) -> bool:
    """True if someone of this role may do this. An unknown role may do nothing."""
    return permission in PERMISSIONS.get(role, frozenset())  # type: ignore[call-overload]
