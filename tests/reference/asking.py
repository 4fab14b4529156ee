"""Draws rules: every shape, operator, window, measure, over a few names and spans so that parts of a rule meet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference import pools
from tests.reference.chance import Chance
from tests.reference.moments import step_instant
from tests.reference.values import read_number

Json = dict[str, Any]
SPANNED = ("within_last", "more_than_ago", "within_next", "more_than_ahead", "anniversary_within_next")


@dataclass(frozen=True)
class Palette:
    """What the rules of one case are made of: a few spans, dates near as-of, names and slugs."""

    spans: list[list[Any]]
    dates: list[str]
    attributes: list[str]
    properties: list[str]
    slugs: list[str]


def draw_rule(chance: Chance, palette: Palette) -> Json:
    """A rule: mostly a group of several conditions, whose counts are all compared; nested a few levels deep."""
    if chance.once_in(4):
        return draw_nested(chance, palette, 4)
    parts = [draw_condition(chance, palette) for _ in range(chance.number(1, 5))]
    if chance.once_in(3):
        parts += chance.one([alike, graded])(chance, palette)
    if chance.once_in(2):
        parts.append(draw_nested(chance, palette, 3))
    return {chance.one(["any", "all"]): parts}


def alike(chance: Chance, palette: Palette) -> list[Json]:
    """One condition on what was done, in several windows: the engine measures them together."""
    one = chance.one([measured, picked])(chance, palette)
    bare = {key: part for key, part in one.items() if key != "window"}
    return [{**bare, **window(chance, palette)} for _ in range(chance.number(2, 3))]


def graded(chance: Chance, palette: Palette) -> list[Json]:
    """One count asked for by each small number: whoever counts one too many or too few is told apart."""
    rule = step_of(chance, palette, told_apart=8)
    if chance.once_in(2):
        rule |= window(chance, palette)
    rule["measure"] = measure(chance, palette, pools.COUNTING)
    return [{**rule, "op": "eq", "value": number} for number in (1, 2, 3)]


def draw_nested(chance: Chance, palette: Palette, levels: int) -> Json:
    """A condition, or groups of groups, some of them empty."""
    kind = chance.one(["", "any", "all", "not"]) if levels else ""
    if not kind:
        return draw_condition(chance, palette)
    if kind == "not":
        return {"not": draw_nested(chance, palette, levels - 1)}
    return {kind: [draw_nested(chance, palette, levels - 1) for _ in range(chance.one([1, 2, 3, 0]))]}


def draw_condition(chance: Chance, palette: Palette) -> Json:
    """One condition of any shape."""
    shapes = [attribute_asked] * 3 + [picked] * 2 + [measured] * 3 + [sequence, regular]
    if palette.slugs:
        shapes += [membership] * 3
    return chance.one(shapes)(chance, palette)


def asked(chance: Chance, name: str, palette: Palette) -> Json:
    """An operator that fits a name, with its value."""
    kind = pools.KINDS[name]
    fitting = {"money": "number", "mixed": chance.one(["text", "number", "date", "list"])}.get(kind, kind)
    op = chance.one(pools.OPERATORS[fitting])
    pool: list[Any] = {"number": pools.ASKED, "yes/no": [True, False]}.get(fitting, pools.WORDS)
    if op in ("is_set", "is_not_set", "anniversary"):
        return {"op": op}
    if op == "matches":
        return {"op": op, "value": chance.one(pools.PATTERNS)}
    if op in ("in", "not_in") or op.startswith("includes"):
        return {"op": op, "value": chance.some(pool, 1, 3)}
    if op == "between":
        return {"op": op, "value": pair(chance)}
    if op in SPANNED:
        return {"op": op, "value": chance.one(palette.spans)}
    if op == "in_period":
        return {"op": op, "value": chance.one(pools.PERIODS)}
    if op == "anniversary_month":
        return {"op": op, **chance.one([{}, {"value": 2}, {"value": 3}, {"value": 12}])}
    if op == "between_dates":
        return {"op": op, "value": two_dates(chance, palette)}
    if op in ("on", "before", "after"):
        return {"op": op, "value": chance.one(palette.dates)}
    return {"op": op, "value": chance.one(pool)}


def pair(chance: Chance) -> list[Any]:
    """Two numbers, the smaller one first."""
    both = chance.some(pools.ASKED, 2, 2)
    return sorted(both, key=lambda one: read_number(one) or 0)


def two_dates(chance: Chance, palette: Palette) -> list[str]:
    """Two dates or instants, mostly the earlier one first."""
    return sorted(chance.some(palette.dates, 2, 2))


def attribute_asked(chance: Chance, palette: Palette) -> Json:
    """A condition on an attribute."""
    name = chance.one(palette.attributes)
    rule: Json = {"attribute": name, **asked(chance, name, palette)}
    if chance.once_in(3) and "." not in name:
        rule["held_for"] = chance.one(palette.spans)
    if rule["op"].startswith("not_") or rule["op"] in ("is_not", "includes_none"):
        rule |= chance.one([{}, {"empty": False}, {"empty": True}])
    if rule["op"] in pools.SHIFTED:
        rule |= chance.one([{}, {}, {"offset_days": 1}, {"offset_days": -2}, {"offset_days": 30}])
    return rule


def window(chance: Chance, palette: Palette) -> Json:
    """A window, or none."""
    form = chance.one(["", "last", "before_last", "between_ago", "from", "to", "both", "period"])
    if form in ("last", "before_last"):
        return {"window": {form: chance.one(palette.spans)}}
    if form == "between_ago":
        two = [chance.one(palette.spans), chance.one(palette.spans)]
        two.sort(key=lambda span: step_instant(datetime(2026, 1, 1, tzinfo=UTC), span, ZoneInfo("UTC"), -1))
        return {"window": {form: two} if two[0] != two[1] else {"last": two[0]}}
    if form in ("from", "to"):
        return {"window": {form: chance.one(palette.dates)}}
    if form == "both":
        first, last = two_dates(chance, palette)
        return {"window": {"from": first, "to": last}}
    return {"window": {"period": chance.one(pools.PERIODS)}} if form else {}


def step_of(chance: Chance, palette: Palette, told_apart: int = 4) -> Json:
    """What was done: a kind or the beginning of one and, one time of `told_apart`, what its properties must be."""
    step: Json = {"interaction": chance.one(["order", "order", "view", "order*", "*"])}
    if chance.once_in(told_apart):
        names = chance.some(palette.properties, 1, 2)
        step["where"] = [{"property": name, **asked(chance, name, palette)} for name in names]
    return step


def measure(chance: Chance, palette: Palette, functions: list[str]) -> Json:
    """One of some functions, of a property where it needs one."""
    fn = chance.one(functions)
    named = fn not in pools.COUNTING or fn == "distinct" or chance.once_in(6)
    return {"fn": fn, **({"property": chance.one(palette.properties)} if named else {})}


def measured(chance: Chance, palette: Palette) -> Json:
    """A condition on how often, how much, how many different."""
    rule = {**step_of(chance, palette), **window(chance, palette)}
    rule["measure"] = measure(chance, palette, pools.FUNCTIONS)
    rule["op"] = chance.one(["eq", "ne", "gt", "gte", "lt", "lte", "between"])
    pool = [1, 2, 3, 1, 2, "2", 0] if rule["measure"]["fn"] in pools.COUNTING else pools.ASKED
    rule["value"] = pair(chance) if rule["op"] == "between" else chance.one(pool)
    return rule


def picked(chance: Chance, palette: Palette) -> Json:
    """A condition on having done it at all, first or last."""
    rule = {**step_of(chance, palette, told_apart=2), **window(chance, palette)}
    return rule | chance.one([{}, {"pick": "first"}, {"pick": "last"}])


def sequence(chance: Chance, palette: Palette) -> Json:
    """Steps one after the other; the last may be one that did not happen."""
    listed = [step_of(chance, palette) for _ in range(chance.one([2, 2, 3]))]
    if chance.once_in(2):
        listed[-1]["absent"] = True
    return {"sequence": listed, "within": chance.one(palette.spans), **window(chance, palette)}


def regular(chance: Chance, palette: Palette) -> Json:
    """Something done in enough of the last blocks of time."""
    of_last = chance.number(1, 4)
    rule: Json = {
        "regular": step_of(chance, palette),
        "every": chance.one(palette.spans),
        "of_last": of_last,
    }
    rule["at_least"] = chance.number(1, of_last)
    return rule | chance.one([{}, {"times": 1}, {"times": 2}])


def membership(chance: Chance, palette: Palette) -> Json:
    """Being in another segment, or not; sometimes for a time that is not too long to be judged instant by instant."""
    rule: Json = {
        "segment": chance.one(palette.slugs),
        "op": chance.one(["in", "not_in"]),
    }
    short = [span for span in palette.spans if span[1] in ("minute", "hour", "day")]
    if chance.once_in(2):
        rule["for"] = chance.one([*short, [1, "day"]])
    return rule
