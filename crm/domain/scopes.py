"""What a token may open: one table from scope to what it says and the right its owner needs for it."""

from __future__ import annotations

from dataclasses import dataclass

from crm.domain.roles import Permission


@dataclass(frozen=True)
class Scope:
    """One thing a token may do, in words, and the permission its owner must have at that moment."""

    words: str
    permission: Permission


SCOPES: dict[str, Scope] = {
    "contacts:read": Scope("Read customers and their badges", Permission.VIEW_CONTACTS),
    "contacts:write": Scope("Create and change customers", Permission.EDIT_CONTACTS),
    "contacts:merge": Scope("Merge two customers into one", Permission.MERGE_CONTACTS),
    "interactions:read": Scope("Read interactions", Permission.VIEW_CONTACTS),
    "interactions:write": Scope("Send interactions", Permission.EDIT_CONTACTS),
    "segments:read": Scope("Read segments, members and counts", Permission.VIEW_SEGMENTS),
    "segments:write": Scope("Create and change segments", Permission.EDIT_SEGMENTS),
    "operations:read": Scope("Read how Facet itself is", Permission.VIEW_OPERATIONS),
}
