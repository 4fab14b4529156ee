"""The types of attributes, in one table."""

from __future__ import annotations

from enum import StrEnum


class AttributeType(StrEnum):
    """What an attribute's values are. Names are those of the rule language."""

    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes/no"
    DATE = "date"
    INSTANT = "instant"
    LIST = "list"


# Attributes every contact has without anybody declaring them: rule name -> (label, type).
BUILT_IN: dict[str, tuple[str, AttributeType]] = {
    "first_name": ("First name", AttributeType.TEXT),
    "last_name": ("Last name", AttributeType.TEXT),
    "email": ("E-mail", AttributeType.TEXT),
    "phone": ("Phone", AttributeType.TEXT),
    "external_id": ("External id", AttributeType.TEXT),
    "company": ("Company", AttributeType.TEXT),
    "created_at": ("Customer record made", AttributeType.INSTANT),
}
