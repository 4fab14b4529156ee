"""Draws rules: every shape, operator, window, measure, over a few names and spans so that parts of a rule meet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.reference import pools
from tests.reference.moments import step_instant
from tests.reference.values import read_number

Draw = st.DrawFn
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


@st.composite
def rules(draw: Draw, palette: Palette) -> Json:
    """A rule: mostly a group of several conditions, whose counts are all compared; nested a few levels deep."""
    leaf = conditions(palette)

    def group(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
        parts = st.lists(inner, max_size=3)
        return st.one_of(
            st.builds(group_of, st.sampled_from(["all", "any"]), parts),
            st.builds(group_of, st.just("not"), inner),
        )

    nested = st.recursive(leaf, group, max_leaves=4)
    if draw(st.integers(0, 3)) == 0:
        return draw(nested)
    parts = [draw(leaf) for _ in range(draw(st.integers(1, 5)))]
    return group_of(draw(st.sampled_from(["all", "any"])), [*parts, draw(nested)])


def group_of(kind: str, inner: Any) -> Json:
    """A group or a not."""
    return {kind: inner}


def conditions(palette: Palette) -> st.SearchStrategy[Json]:
    """One condition of any shape."""
    shapes = [attributes_asked(palette)] * 3 + [measured(palette)] * 3
    shapes += [picked(palette)] * 2 + [sequences(palette), regulars(palette)]
    if palette.slugs:
        shapes += [memberships(palette)] * 3
    return st.sampled_from(shapes).flatmap(lambda shape: shape)


@st.composite
def asked(draw: Draw, name: str, palette: Palette) -> Json:
    """An operator that fits a name, with its value."""
    kind = pools.KINDS[name]
    fitting = {"money": "number", "mixed": draw(st.sampled_from(["text", "number", "date", "list"]))}.get(
        kind, kind
    )
    op = draw(st.sampled_from(pools.OPERATORS[fitting]))
    pool: list[Any] = {"number": pools.ASKED, "yes/no": [True, False]}.get(fitting, pools.WORDS)
    if op in ("is_set", "is_not_set", "anniversary"):
        return {"op": op}
    if op == "matches":
        return {"op": op, "value": draw(st.sampled_from(pools.PATTERNS))}
    if op in ("in", "not_in") or op.startswith("includes"):
        return {"op": op, "value": draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3))}
    if op == "between":
        return {"op": op, "value": draw(pairs())}
    if op in SPANNED:
        return {"op": op, "value": draw(st.sampled_from(palette.spans))}
    if op == "in_period":
        return {"op": op, "value": draw(st.sampled_from(pools.PERIODS))}
    if op == "anniversary_month":
        return {"op": op, **draw(st.sampled_from([{}, {"value": 2}, {"value": 3}, {"value": 12}]))}
    if op == "between_dates":
        return {"op": op, "value": draw(two_dates(palette))}
    if op in ("on", "before", "after"):
        return {"op": op, "value": draw(st.sampled_from(palette.dates))}
    return {"op": op, "value": draw(st.sampled_from(pool))}


@st.composite
def pairs(draw: Draw) -> list[Any]:
    """Two numbers, the smaller one first."""
    both = draw(st.lists(st.sampled_from(pools.ASKED), min_size=2, max_size=2))
    return sorted(both, key=lambda one: read_number(one) or 0)


@st.composite
def two_dates(draw: Draw, palette: Palette) -> list[str]:
    """Two dates or instants, mostly the earlier one first."""
    return sorted(draw(st.lists(st.sampled_from(palette.dates), min_size=2, max_size=2)))


@st.composite
def attributes_asked(draw: Draw, palette: Palette) -> Json:
    """A condition on an attribute."""
    name = draw(st.sampled_from(palette.attributes))
    rule: Json = {"attribute": name, **draw(asked(name, palette))}
    if draw(st.integers(0, 2)) == 0 and "." not in name:
        rule["held_for"] = draw(st.sampled_from(palette.spans))
    if rule["op"].startswith("not_") or rule["op"] in ("is_not", "includes_none"):
        rule |= draw(st.sampled_from([{}, {"empty": False}, {"empty": True}]))
    if rule["op"] in pools.SHIFTED:
        rule |= draw(st.sampled_from([{}, {}, {"offset_days": 1}, {"offset_days": -2}, {"offset_days": 30}]))
    return rule


@st.composite
def windows(draw: Draw, palette: Palette) -> Json:
    """A window, or none."""
    form = draw(st.sampled_from(["", "last", "before_last", "between_ago", "from", "to", "both", "period"]))
    if form in ("last", "before_last"):
        return {"window": {form: draw(st.sampled_from(palette.spans))}}
    if form == "between_ago":
        two = [draw(st.sampled_from(palette.spans)), draw(st.sampled_from(palette.spans))]
        two.sort(key=lambda span: step_instant(datetime(2026, 1, 1, tzinfo=UTC), span, ZoneInfo("UTC"), -1))
        return {"window": {form: two} if two[0] != two[1] else {"last": two[0]}}
    if form in ("from", "to"):
        return {"window": {form: draw(st.sampled_from(palette.dates))}}
    if form == "both":
        first, last = draw(two_dates(palette))
        return {"window": {"from": first, "to": last}}
    return {"window": {"period": draw(st.sampled_from(pools.PERIODS))}} if form else {}


@st.composite
def steps(draw: Draw, palette: Palette, told_apart: int = 4) -> Json:
    """What was done: a kind or the beginning of one and, one time of `told_apart`, what its properties must be."""
    step: Json = {"interaction": draw(st.sampled_from(["order", "order", "view", "order*", "*"]))}
    if draw(st.integers(1, told_apart)) == 1:
        names = draw(st.lists(st.sampled_from(palette.properties), min_size=1, max_size=2))
        step["where"] = [{"property": name, **draw(asked(name, palette))} for name in names]
    return step


@st.composite
def measured(draw: Draw, palette: Palette) -> Json:
    """A condition on how often, how much, how many different."""
    rule = {**draw(steps(palette)), **draw(windows(palette))}
    fn = draw(st.sampled_from(pools.FUNCTIONS))
    rule["measure"] = {"fn": fn}
    counted = fn == "count" or fn.startswith("distinct")
    if fn in ("sum", "average", "minimum", "maximum", "distinct"):
        rule["measure"]["property"] = draw(st.sampled_from(palette.properties))
    rule["op"] = draw(st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte", "between"]))
    pool = [1, 2, 3, 1, 2, "2", 0] if counted else pools.ASKED
    rule["value"] = draw(pairs()) if rule["op"] == "between" else draw(st.sampled_from(pool))
    return rule


@st.composite
def picked(draw: Draw, palette: Palette) -> Json:
    """A condition on having done it at all, first or last."""
    rule = {**draw(steps(palette, told_apart=2)), **draw(windows(palette))}
    return rule | draw(st.sampled_from([{}, {"pick": "first"}, {"pick": "last"}]))


@st.composite
def sequences(draw: Draw, palette: Palette) -> Json:
    """Steps one after the other; the last may be one that did not happen."""
    listed = [draw(steps(palette)) for _ in range(draw(st.sampled_from([2, 2, 3])))]
    if draw(st.booleans()):
        listed[-1]["absent"] = True
    return {"sequence": listed, "within": draw(st.sampled_from(palette.spans)), **draw(windows(palette))}


@st.composite
def regulars(draw: Draw, palette: Palette) -> Json:
    """Something done in enough of the last blocks of time."""
    of_last = draw(st.integers(1, 4))
    rule: Json = {
        "regular": draw(steps(palette)),
        "every": draw(st.sampled_from(palette.spans)),
        "of_last": of_last,
    }
    rule["at_least"] = draw(st.integers(1, of_last))
    return rule | draw(st.sampled_from([{}, {"times": 1}, {"times": 2}]))


@st.composite
def memberships(draw: Draw, palette: Palette) -> Json:
    """Being in another segment, or not; sometimes for a time that is not too long to be judged instant by instant."""
    rule: Json = {
        "segment": draw(st.sampled_from(palette.slugs)),
        "op": draw(st.sampled_from(["in", "not_in"])),
    }
    short = [span for span in palette.spans if span[1] in ("minute", "hour", "day")]
    if draw(st.booleans()):
        rule["for"] = draw(st.sampled_from([*short, [1, "day"]]))
    return rule
