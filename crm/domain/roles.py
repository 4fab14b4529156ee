"""Who may do what: the one table. Doors ask it; a test walks every URL with every role."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """The kinds of people who sign in."""

    MARKETER = "marketer"
    SERVICE = "service"
    SERVICE_LEAD = "service lead"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """One thing a person may do."""

    VIEW_CONTACTS = "view customers"
    EDIT_CONTACTS = "edit customers"
    BULK_EDIT = "change many customers at once"
    EXPORT_CONTACTS = "export customers"
    ERASE_CONTACTS = "erase customers"
    MERGE_CONTACTS = "merge customers"
    VIEW_SENSITIVE = "see sensitive attributes"
    RECORD_CONSENT = "record consent"
    IMPORT = "import files"
    DEFINE_ATTRIBUTES = "define attributes"
    VIEW_SEGMENTS = "view segments"
    EDIT_SEGMENTS = "edit segments"
    VOTE = "say whether a badge is right"
    WRITE_PLAYBOOKS = "write service playbooks"
    REVIEW_SEGMENTS = "review segments"
    CONNECT_DESKS = "connect help desks"
    KEEP_TASKS = "keep tasks"
    VIEW_CAMPAIGNS = "view campaigns"
    EDIT_CAMPAIGNS = "edit campaigns"
    APPROVE_CAMPAIGNS = "approve campaigns"
    VIEW_GOALS = "view goals"
    EDIT_GOALS = "edit goals"
    USE_API = "make API tokens"
    MANAGE_TEAM = "manage the team"
    MANAGE_ACCOUNT = "change the account"
    VIEW_OPERATIONS = "see how Facet itself is"


_P = Permission
_EVERYONE = {_P.VIEW_CONTACTS, _P.VIEW_SEGMENTS, _P.VOTE, _P.KEEP_TASKS}
_SERVICE = _EVERYONE | {_P.EDIT_CONTACTS, _P.RECORD_CONSENT, _P.VIEW_SENSITIVE}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.SERVICE: frozenset(_SERVICE),
    Role.SERVICE_LEAD: frozenset(
        _SERVICE | {_P.WRITE_PLAYBOOKS, _P.REVIEW_SEGMENTS, _P.CONNECT_DESKS, _P.MERGE_CONTACTS}
    ),
    Role.MARKETER: frozenset(
        _EVERYONE
        | {_P.EDIT_CONTACTS, _P.BULK_EDIT, _P.EXPORT_CONTACTS, _P.RECORD_CONSENT, _P.IMPORT}
        | {_P.MERGE_CONTACTS, _P.DEFINE_ATTRIBUTES, _P.EDIT_SEGMENTS, _P.VIEW_CAMPAIGNS, _P.EDIT_CAMPAIGNS}
        | {_P.APPROVE_CAMPAIGNS, _P.VIEW_GOALS, _P.USE_API, _P.WRITE_PLAYBOOKS, _P.REVIEW_SEGMENTS}
    ),
    Role.MANAGER: frozenset(
        _EVERYONE
        | {_P.EXPORT_CONTACTS, _P.VIEW_CAMPAIGNS, _P.APPROVE_CAMPAIGNS}
        | {_P.VIEW_GOALS, _P.EDIT_GOALS, _P.USE_API, _P.REVIEW_SEGMENTS, _P.VIEW_OPERATIONS}
    ),
    Role.ADMINISTRATOR: frozenset(Permission),
}

ROLE_PURPOSE: dict[Role, str] = {
    Role.MARKETER: "Builds segments and campaigns, imports data.",
    Role.SERVICE: "Sees who they are talking to, keeps notes and consent.",
    Role.SERVICE_LEAD: "Writes the playbooks, reviews what colleagues say, merges duplicates, connects help desks.",
    Role.MANAGER: "Sets goals and reads the score.",
    Role.ADMINISTRATOR: "Everything, and manages the team and the account.",
}


def may(role: str, permission: Permission) -> bool:
    """True if someone of this role may do this. An unknown role may do nothing."""
    return permission in PERMISSIONS.get(role, frozenset())  # type: ignore[call-overload]
