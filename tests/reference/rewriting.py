"""Rules put in another way: the same meaning in another order, or one small thing changed."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

from segments.engine.language.operators import OPERATORS
from segments.engine.language.parse import PERIODS

Json = dict[str, Any]
EQUAL = OPERATORS["is"]


def reworded(rule: Any, chance: random.Random) -> Any:
    """A rule of the same meaning: other order, parts repeated, groups around, doubly negated, negatives turned, groups denied part by part."""
    if not isinstance(rule, dict):
        return rule
    mixed: Json = copy.deepcopy(rule)
    for key in ("all", "any"):
        if key in mixed:
            parts = [reworded(part, chance) for part in mixed[key]]
            if parts and chance.random() < 0.3:
                parts.append(copy.deepcopy(parts[0]))
            if chance.random() < 0.3:
                parts.append(chance.choice([{"all": []}, {"not": {"any": []}}]))
            if len(parts) > 1 and chance.random() < 0.3:
                parts = [{key: parts[:2]}, *parts[2:]]
            chance.shuffle(parts)
            mixed[key] = parts
    if "not" in mixed:
        mixed = _parted(reworded(mixed["not"], chance), chance)
    _shuffle(mixed, chance)
    if mixed.get("op") in OPERATORS and "attribute" in mixed and not mixed.get("held_for"):
        mixed = _turned(mixed, chance)
    if chance.random() < 0.2:
        mixed = {"not": {"not": mixed}}
    return {chance.choice(["all", "any"]): [mixed]} if chance.random() < 0.2 else mixed


def _parted(denied: Any, chance: random.Random) -> Json:
    """What a `not` says, of a group sometimes part by part."""
    for key, other in (("all", "any"), ("any", "all")):
        if isinstance(denied, dict) and denied.get(key) and chance.random() < 0.5:
            return {other: [_parted(part, chance) for part in denied[key]]}
    return {"not": denied}


def _shuffle(mixed: Json, chance: random.Random) -> None:
    for part in (mixed, mixed.get("regular"), *mixed.get("sequence", [])):
        if isinstance(part, dict) and "where" in part:
            chance.shuffle(part["where"])
            for test in part["where"]:
                _shuffle(test, chance)
    if isinstance(mixed.get("value"), list) and OPERATORS.get(mixed["op"], EQUAL).shape == "scalars":
        mixed["value"] = [*mixed["value"], mixed["value"][0]]
        chance.shuffle(mixed["value"])
    value = mixed.get("value")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**50:
        mixed["value"] = chance.choice([value, float(value)])


def _turned(mixed: Json, chance: random.Random) -> Json:
    positive = OPERATORS[mixed["op"]].negates
    if not positive or mixed.get("empty", True) is False or chance.random() < 0.5:
        return mixed
    return {"not": {key: part for key, part in mixed.items() if key != "empty"} | {"op": positive}}


def changed(rule: Any, chance: random.Random) -> Any:
    """The rule with one small thing changed somewhere: mostly of another meaning."""
    made = copy.deepcopy(rule)
    places = _places(made)
    if not places:
        return {"not": made}
    for _ in range(chance.choice([1, 1, 2])):
        holder, key = chance.choice(places)
        if isinstance(holder, dict) and key not in holder:
            continue
        if isinstance(holder, list) and key >= len(holder):
            continue
        _change(holder, key, chance)
    return made


def _places(tree: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    if isinstance(tree, dict):
        pairs: Any = list(tree.items())
    elif isinstance(tree, list):
        pairs = list(enumerate(tree))
    else:
        return []
    for key, part in pairs:
        found.append((tree, key))
        found += _places(part)
    return found


def _change(holder: Any, key: Any, chance: random.Random) -> None:
    value = holder[key]
    swaps = {
        "all": "any",
        "any": "all",
        "first": "last",
        "last": "first",
        "in": "not_in",
        "not_in": "in",
        "last_": "before_last",
    }
    if key in ("all", "any") and isinstance(holder, dict):
        holder[swaps[key]] = holder.pop(key)
    elif key == "op" and value in OPERATORS and "segment" not in holder:
        same = [row.name for row in OPERATORS.values() if row.shape == OPERATORS[value].shape]
        holder[key] = chance.choice(same)
    elif key in ("op", "pick"):
        compared = ["eq", "ne", "gt", "gte", "lt", "lte"]
        holder[key] = chance.choice(compared) if value in compared else swaps.get(value, value)
    elif key in ("last", "before_last") and isinstance(holder, dict):
        holder["before_last" if key == "last" else "last"] = holder.pop(key)
    elif key in ("empty", "absent", "where", "window", "held_for", "offset_days", "for", "times"):
        del holder[key]
    elif value in ("minute", "hour", "day", "week", "month", "year"):
        holder[key] = chance.choice(["minute", "hour", "day", "week", "month", "year"])
    elif isinstance(value, str) and value in PERIODS:
        holder[key] = chance.choice(sorted(PERIODS))
    elif isinstance(value, str):
        others = [
            value.upper(),
            value + "x",
            value.strip(),
            "‘x’",
            "yes",
            "1",
            "true",
            f"{value}’ or ‘{value}",
        ]
        holder[key] = chance.choice(others)
    elif isinstance(value, bool):
        holder[key] = chance.choice([not value, json.dumps(value)])
    elif isinstance(value, int | float):
        holder[key] = chance.choice([value + 1, -value, str(value), value])
    elif isinstance(value, list) and len(value) > 1 and isinstance(holder, dict):
        chance.shuffle(value)
        if chance.random() < 0.5:
            value.pop()
