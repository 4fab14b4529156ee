"""Draws rules and the small worlds they are asked in, with instants where answers turn.

A case is a portable test: whatever is drawn can be written down, read by a person and run by `check_segments`.
A case keeps to a few spans, names and instants, so that what is asked and what happened meet at the very edges.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.reference import pools
from tests.reference.asking import Palette, rules
from tests.reference.moments import day_of, read_moment, step_instant
from tests.reference.trees import spans_in

Draw = st.DrawFn
Json = dict[str, Any]
MICRO = timedelta(microseconds=1)
TICKS = [timedelta(0)] * 4 + [MICRO, -MICRO, timedelta(hours=1), timedelta(hours=-12)]


@st.composite
def cases(draw: Draw) -> Json:
    """A portable test without its members: zone, as-of, contacts, interactions, segments, rule."""
    zone_name = draw(st.sampled_from(list(pools.TURNS)))
    zone = ZoneInfo(zone_name)
    turn = draw(st.sampled_from(pools.TURNS[zone_name] + pools.MONTH_ENDS))
    as_of = datetime.fromisoformat(turn) + draw(st.sampled_from(pools.SHIFTS))
    ids = [f"c{place}" for place in range(draw(st.sampled_from([6, 5, 4, 3, 2, 1])))]
    palette = draw(palettes(as_of, zone))
    segments = draw(segments_of(ids, palette))
    rule = draw(rules(replace(palette, slugs=list(segments))))
    case: Json = {"name": "drawn", "as_of": written(as_of), "timezone": zone_name, "rule": rule}
    if segments:
        case["segments"] = segments
    tree = [rule, segments]
    edges = edges_of(tree, as_of, zone)
    told = Told(
        as_of, edges, draw(st.lists(instants(edges), min_size=2, max_size=5)), zone, palette, asked_in(tree)
    )
    case["contacts"] = [draw(contacts(one, told)) for one in ids]
    first = case["contacts"][0]["attributes"]  # every name a rule may read is known to the account
    case["contacts"][0]["attributes"] = {"mix": None, "address": {"city": None}} | first
    case["contacts"][0].pop("erased", None)
    size = draw(st.sampled_from([12, 12, 8, 4, 0]))
    case["interactions"] = [draw(interactions(ids, told)) for _ in range(size)]
    if len(ids) > 1 and draw(st.integers(0, 7)) == 0:
        case["merged"] = {ids[1]: ids[0]}
    return case


@st.composite
def palettes(draw: Draw, as_of: datetime, zone: ZoneInfo) -> Palette:
    """The few spans, dates and names one case is made of."""
    numbers = st.sampled_from([1, 2, 3, 13])
    units = st.sampled_from(["minute", "hour", "day", "day", "week", "month", "month", "year"])
    today = day_of(as_of, zone)
    days = st.sampled_from([today + timedelta(days=move) for move in (-31, -2, -1, 0, 1)]).map(date.isoformat)
    near = st.one_of(days, days, instant_texts([as_of, as_of - timedelta(days=1)], zone))

    def few(names: list[str], most: int) -> list[str]:
        return draw(st.lists(st.sampled_from(names), unique=True, min_size=1, max_size=most))

    return Palette(
        spans=[[draw(numbers), draw(units)] for _ in range(2)],
        dates=[draw(near) for _ in range(2)],
        attributes=few(pools.ATTRIBUTES, 3),
        properties=few(pools.PROPERTIES, 2),
        slugs=[],
    )


@st.composite
def segments_of(draw: Draw, ids: list[str], palette: Palette) -> Json:
    """Segments a rule may refer to: often none."""
    if draw(st.integers(0, 2)):
        return {}
    return {
        "list": {"static": draw(st.lists(st.sampled_from(ids), unique=True))},
        "one": {"rule": draw(rules(replace(palette, slugs=["list"])))},
        "two": {"rule": draw(rules(replace(palette, slugs=["one"])))},
    }


# ---- instants that matter


def written(instant: datetime) -> str:
    """An instant in ISO 8601, in UTC."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def edges_of(tree: Any, as_of: datetime, zone: ZoneInfo) -> list[datetime]:
    """As-of, the edges that the spans, dates and periods of a tree of rules give, each as often as it matters."""
    spans, texts = spans_in(tree), set(texts_in(tree))
    edges = [as_of] + [step_instant(as_of, span, zone, -times) for span, times in spans] * 2
    edges += [step_instant(as_of, span, zone, times) for span, times in spans[:2]]
    edges += [step_instant(edge, span, zone, -1) for edge in edges[:3] for span, _ in spans[:2]]
    edges += [edge for text in texts if isinstance(edge := read_moment(text, zone), datetime)]
    days = [day for text in texts if type(day := read_moment(text, zone)) is date]
    today = day_of(as_of, zone)
    if any(part in pools.PERIODS for part in texts) or "offset_days" in str(tree):
        days += [
            today,
            today.replace(day=1),
            today - timedelta(days=today.weekday()),
            today.replace(month=1, day=1),
        ]
    days += [day_of(edge, zone) for edge in edges[:2]]
    days += [day + timedelta(days=1) for day in days]
    return edges + [datetime.combine(day, time(), zone).astimezone(UTC) for day in sorted(days)]


def texts_in(tree: Any) -> list[str]:
    """Every text a tree carries."""
    if isinstance(tree, str):
        return [tree]
    parts = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else []
    return [text for part in parts for text in texts_in(part)]


def asked_in(tree: Any) -> list[Any]:
    """The values a tree of rules asks for, one by one."""
    if isinstance(tree, list):
        return [value for part in tree for value in asked_in(part)]
    if not isinstance(tree, dict):
        return []
    own = tree.get("value", [])
    listed = own if isinstance(own, list) else [own]
    return listed + [value for key, part in tree.items() if key != "value" for value in asked_in(part)]


def instants(edges: list[datetime]) -> st.SearchStrategy[datetime]:
    """An instant at an edge or beside it."""
    return st.builds(lambda edge, tick: edge + tick, st.sampled_from(edges), st.sampled_from(TICKS))


@st.composite
def instant_texts(draw: Draw, edges: list[datetime], zone: ZoneInfo) -> str:
    """An instant written in UTC, with the offset of the zone, or on the clock of the zone without one."""
    instant = draw(instants(edges))
    way = draw(st.sampled_from(["utc", "utc", "utc", "offset", "clock"]))
    if way == "utc":
        return written(instant)
    local = instant.astimezone(zone)
    return (local if way == "offset" else local.replace(tzinfo=None)).isoformat()


# ---- customers and what they did


@dataclass(frozen=True)
class Told:
    """What a rule tells about the world worth drawing. `moments` are a few instants at which much happens."""

    as_of: datetime
    edges: list[datetime]
    moments: list[datetime]
    zone: ZoneInfo
    palette: Palette
    values: list[Any]


def values_of(name: str, told: Told) -> st.SearchStrategy[Any]:
    """Values an attribute or property may hold: mostly of its type, sometimes of none."""
    edges, zone = told.edges, told.zone
    days = sorted({day_of(edge, zone).isoformat() for edge in edges}) + pools.DAYS
    moments = st.one_of(st.sampled_from(days), instant_texts(edges, zone))
    own: dict[str, st.SearchStrategy[Any]] = {
        "text": st.sampled_from(pools.TEXTS),
        "number": st.sampled_from(pools.NUMBERS),
        "money": st.sampled_from([60, 40, 0.1, 0.2, "44.50", "0.30", 0.29, -1, None]),
        "yes/no": st.sampled_from([True, False, "true", " FALSE "]),
        "date": st.sampled_from(days),
        "instant": moments,
        "list": st.lists(st.sampled_from(pools.ITEMS), max_size=3),
        "mixed": st.one_of(st.sampled_from(pools.TEXTS + pools.NUMBERS), moments, st.booleans()),
    }
    usual = own[pools.KINDS[name]]
    if told.values and pools.KINDS[name] in ("text", "number", "money", "mixed"):
        usual = st.one_of(usual, st.sampled_from(told.values))
    stray = st.one_of(
        st.sampled_from(pools.MISSING), own["mixed"], own["list" if name in pools.LISTED else "mixed"]
    )
    return draw_mostly(usual, stray)


def draw_mostly(usual: st.SearchStrategy[Any], stray: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Four times of five the usual."""
    return st.sampled_from([usual, usual, usual, usual, stray]).flatmap(lambda one: one)


@st.composite
def contacts(draw: Draw, contact: str, told: Told) -> Json:
    """A customer with attributes and, for some of them, the log of their changes."""
    attributes: Json = {}
    history: Json = {}
    moments = st.one_of(st.sampled_from(told.moments), instants(told.edges))
    for name in dict.fromkeys([*told.palette.attributes, draw(st.sampled_from(pools.ATTRIBUTES))]):
        if draw(st.integers(0, 4)) == 0:
            continue
        value = draw(values_of(name, told))
        if "." not in name and draw(st.booleans()):
            entries = draw(st.lists(st.tuples(moments, values_of(name, told)), max_size=3))
            entries.sort(key=lambda entry: entry[0])
            history[name] = [{"at": written(at), "value": entry} for at, entry in entries]
            known = [entry for at, entry in entries if at <= told.as_of]
            value = known[-1] if known else None
        attributes = put(attributes, name, value, nested=draw(st.booleans()))
    found: Json = {"id": contact, "attributes": attributes}
    if history:
        found["history"] = history
    if draw(st.integers(0, 15)) == 0:
        found["erased"] = True
    return found


def put(data: Json, name: str, value: Any, *, nested: bool) -> Json:
    """Data with a value under a name: by its exact name, or inside where the name is a dotted path."""
    if "." not in name or not nested:
        return {**data, name: value}
    outer, inner = name.split(".", 1)
    return {**data, outer: {**(data.get(outer) or {}), inner: value}}


@st.composite
def interactions(draw: Draw, ids: list[str], told: Told) -> Json:
    """One interaction at an edge; sometimes with the message id of another."""
    properties: Json = {}
    for name in dict.fromkeys([*told.palette.properties, draw(st.sampled_from(pools.PROPERTIES))]):
        if draw(st.integers(0, 4)) == 0:
            continue
        properties = put(properties, name, draw(values_of(name, told)), nested=draw(st.booleans()))
    row: Json = {
        "contact": draw(st.sampled_from(ids)),
        "interaction": draw(st.sampled_from(["order", "order", "order placed", "view"])),
        "at": draw(
            st.one_of(st.sampled_from(told.moments).map(written), instant_texts(told.edges, told.zone))
        ),
        "properties": properties,
    }
    if draw(st.integers(0, 5)) == 0:
        row["message_id"] = draw(st.sampled_from(["m1", "m2"]))
    return row
