"""Whether a condition on one value holds: of an attribute or of a property. Written from rules.md alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from tests.reference.dates import moment_holds
from tests.reference.moments import (
    read_moment,
)
from tests.reference.values import is_missing, read_number, read_text, same
from tests.reference.world import Rule, World

OPPOSITE = {
    "is_not": "is",
    "not_in": "in",
    "not_contains": "contains",
    "not_starts_with": "starts_with",
    "not_ends_with": "ends_with",
    "includes_none": "includes_any",
    "is_not_set": "is_set",
}
TEXT_OPS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda stored, asked: asked in stored,
    "starts_with": lambda stored, asked: stored.startswith(asked),
    "ends_with": lambda stored, asked: stored.endswith(asked),
}
ITEMWISE = {"is", "in", "matches", *TEXT_OPS}  # on a list: any item
NUMBER_OPS = {"gt", "gte", "lt", "lte", "between", "eq"}


def value_holds(world: World, rule: Rule, value: Any, kind: str | None) -> bool:
    """Whether a condition holds for one value; a negative operator is the complement of its positive."""
    op = rule["op"]
    if op not in OPPOSITE:
        return positive(world, op, rule, value, kind)
    if rule.get("empty") is False and op != "is_not_set" and not is_readable(OPPOSITE[op], value, kind):
        return False
    return not positive(world, OPPOSITE[op], rule, value, kind)


def is_readable(op: str, value: Any, kind: str | None) -> bool:
    """Whether there is a value, and the operator can read it; of a list, at least one of its items."""
    if is_missing(value):
        return False
    if isinstance(value, dict):
        return op == "is_set"
    if op in ("is_set", "includes_any"):
        return True  # a list is a value, whatever is in it
    if isinstance(value, list) and op not in ITEMWISE:
        return False
    items = [item for item in (value if isinstance(value, list) else [value]) if not is_missing(item)]
    if op in ("is", "in"):
        item_kind = None if kind == "list" else kind
        return item_kind is None or any(same(item, item, item_kind) for item in items)
    return any(read_text(item) is not None for item in items)


def positive(world: World, op: str, rule: Rule, value: Any, kind: str | None) -> bool:
    """Whether a positive operator matches a value."""
    if is_missing(value):
        return False
    if op == "is_set":
        return True
    asked: Any = rule.get("value")
    items = value if isinstance(value, list) else [value]
    if op.startswith("includes_"):
        found = [any(same(item, one, None) for item in items) for one in asked]
        return any(found) if op == "includes_any" else all(found)
    if isinstance(value, dict) or (isinstance(value, list) and op not in ITEMWISE):
        return False
    item_kind = None if kind == "list" else kind
    if op in ("is", "in"):
        choices = asked if op == "in" else [asked]
        return any(same(item, one, item_kind) for item in items for one in choices)
    if op == "matches":
        return any(matches(item, asked) for item in items if not is_missing(item))
    if op in TEXT_OPS:
        texts = [read_text(item) for item in items if not is_missing(item)]
        return any(TEXT_OPS[op](text, read_text(asked) or "") for text in texts if text is not None)
    if op in NUMBER_OPS:
        return compares(op, read_number(value), asked)
    moment = read_moment(value, world.zone)
    return moment is not None and moment_holds(world, op, moment, asked, rule.get("offset_days", 0))


def matches(value: Any, pattern: str) -> bool:
    """Whether a pattern is found in the text of a value, case ignored."""
    if read_text(value) is None:
        return False
    text = value if isinstance(value, str) else read_text(value)
    return re.search(pattern, unicodedata.normalize("NFC", str(text).strip()), re.IGNORECASE) is not None


def compares(op: str, number: Fraction | None, asked: Any) -> bool:
    """Whether a number stands to the asked one as the operator says; a missing one never does."""
    if number is None:
        return False
    if op == "between":
        low, high = (read_number(end) for end in asked)
        assert low is not None
        assert high is not None
        return low <= number <= high
    other = read_number(asked)
    assert other is not None
    return {
        "gt": number > other,
        "gte": number >= other,
        "lt": number < other,
        "lte": number <= other,
        "eq": number == other,
    }[op]
