"""The tree of a rule: its nodes, whether they say anything, and the spans they carry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Rule = dict[str, Any]


def children_of(rule: Rule) -> list[tuple[str, Rule]]:
    """The rules a group or a not holds, with the path each has below it."""
    for group in ("all", "any"):
        if group in rule:
            return [(f"/{group}/{place}", child) for place, child in enumerate(rule[group])]
    return [("/not", rule["not"])] if "not" in rule else []


def is_group(rule: Rule) -> bool:
    """Whether a rule is a group or a not, and no condition."""
    return "all" in rule or "any" in rule or "not" in rule


def nodes_of(rule: Rule, path: str = "") -> Iterator[tuple[str, Rule]]:
    """Every node of a rule with its path; the rule itself is the empty path."""
    yield path, rule
    for step, child in children_of(rule):
        yield from nodes_of(child, path + step)


def says_something(rule: Rule) -> bool:
    """Whether there is a condition anywhere in a rule."""
    return not is_group(rule) or any(says_something(child) for _, child in children_of(rule))


def spans_in(tree: Any) -> list[tuple[list[Any], int]]:
    """Every span a tree of rules carries, with how many times over it is looked back."""
    if isinstance(tree, list):
        if len(tree) == 2 and tree[1] in (*("minute", "hour", "day", "week", "month", "year"),):
            return [(tree, 1)]
        return [span for part in tree for span in spans_in(part)]
    if not isinstance(tree, dict):
        return []
    found = [span for part in tree.values() for span in spans_in(part)]
    if "regular" in tree:
        found += [(tree["every"], times) for times in range(2, tree["of_last"] + 1)]
    return found


def held_in(tree: Any) -> list[list[Any]]:
    """The spans for which a tree of rules asks others to have been in a segment."""
    if isinstance(tree, list):
        return [span for part in tree for span in held_in(part)]
    if not isinstance(tree, dict):
        return []
    own = [tree["for"]] if "segment" in tree and "for" in tree else []
    return own + [span for part in tree.values() for span in held_in(part)]
