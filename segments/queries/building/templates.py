"""The templates an account can use: those whose attributes and kinds it really has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from segments.queries.building.template_table import TEMPLATES

# What an attribute must be for the operators of its templates.
TYPES = {
    "interests": ("list",),
    "score": ("number",),
    "age": ("number",),
    "birthday": ("date", "instant"),
    "since": ("date", "instant"),
    "country": ("text",),
    "city": ("text",),
    "gender": ("text",),
    "language": ("text",),
    "channel": ("text",),
}


def templates_for(attributes: Mapping[str, str], kinds: Collection[str]) -> list[dict[str, Any]]:
    """The templates this account can use, ready to begin from. `attributes`: name -> type."""
    offered = []
    for template in TEMPLATES:
        meant = {role: _first(names, attributes) for role, names in template.attributes.items()}
        meant |= {role: _first(names, kinds) for role, names in template.kinds.items()}
        if None in meant.values():
            continue
        if any(
            attributes.get(meant[role] or "") not in types for role, types in TYPES.items() if role in meant
        ):
            continue
        rule = _filled(template.rule, {f"${role}": str(name) for role, name in meant.items()})
        offered.append(
            {
                "key": template.key,
                "name": template.name,
                "label": template.label,
                "about": template.about,
                "rule": rule,
            }
        )
    return offered


def _first(names: tuple[str, ...], present: Collection[str]) -> str | None:
    return next((name for name in names if name in present), None)


def _filled(part: Any, meant: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {key: _filled(value, meant) for key, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, meant) for value in part]
    return meant.get(part, part) if isinstance(part, str) else part
