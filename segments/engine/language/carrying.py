"""What a rule document names, and the same document with other names: what carrying it to another account needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


def names_in(rule: Any) -> tuple[set[str], set[str]]:
    """The attributes and the segments that a written rule names, whatever else it is."""
    attributes: set[str] = set()
    segments: set[str] = set()
    for part in _parts(rule):
        if isinstance(part.get("attribute"), str):
            attributes.add(part["attribute"])
        if isinstance(part.get("segment"), str):
            segments.add(part["segment"])
    return attributes, segments


def renamed(rule: Any, attributes: Mapping[str, str], segments: Mapping[str, str]) -> Any:
    """A written rule whose attributes and segments have other names."""
    if isinstance(rule, list):
        return [renamed(part, attributes, segments) for part in rule]
    if not isinstance(rule, dict):
        return rule
    found = {key: renamed(value, attributes, segments) if key in ("all", "any", "not") else value
             for key, value in rule.items()}  # fmt: skip
    if isinstance(rule.get("attribute"), str):
        found["attribute"] = attributes.get(rule["attribute"], rule["attribute"])
    if isinstance(rule.get("segment"), str):
        found["segment"] = segments.get(rule["segment"], rule["segment"])
    return found


def _parts(rule: Any) -> list[Json]:
    """The conditions of a written rule; what is no rule is passed over, without going deep by recursion."""
    found: list[Json] = []
    waiting = [rule]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            found.append(part)
            waiting += [part[key] for key in ("all", "any", "not") if key in part]
    return found
