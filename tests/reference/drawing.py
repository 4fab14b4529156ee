"""Draws rules and the small worlds they are asked in, with instants where answers turn.

A case is a portable test: whatever is drawn can be written down, read by a person and run by `check_segments`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.reference import pools
from tests.reference.moments import day_of, read_moment, step_instant
from tests.reference.trees import spans_in
from tests.reference.values import read_number

Draw = st.DrawFn
Json = dict[str, Any]
TICKS = [
    timedelta(0),
    timedelta(microseconds=1),
    timedelta(seconds=1),
    timedelta(minutes=30),
    timedelta(hours=12),
]
SLUGS = ["one", "two", "list"]


@st.composite
def cases(draw: Draw) -> Json:
    """A portable test without its members: zone, as-of, contacts, interactions, segments, rule."""
    zone_name = draw(st.sampled_from(list(pools.TURNS)))
    zone = ZoneInfo(zone_name)
    turn = draw(st.sampled_from(pools.TURNS[zone_name] + pools.MONTH_ENDS))
    as_of = datetime.fromisoformat(turn) + draw(st.sampled_from(pools.SHIFTS))
    ids = [f"c{place}" for place in range(draw(st.sampled_from([6, 5, 4, 3, 2, 1])))]
    segments = draw(segments_of(ids))
    rule = draw(rules(slugs=list(segments), as_of=as_of, zone=zone))
    case: Json = {"name": "drawn", "as_of": written(as_of), "timezone": zone_name, "rule": rule}
    if segments:
        case["segments"] = segments
    edges = edges_of([rule, segments], as_of, zone)
    tree = [rule, segments]
    told = Told(edges, zone, named(tree, "attribute"), named(tree, "property"), asked_in(tree))
    case["contacts"] = [draw(contacts(one, told)) for one in ids]
    first = case["contacts"][0]["attributes"]
    case["contacts"][0]["attributes"] = {
        "mix": None,
        "address": {"city": None},
    } | first  # known to the account
    case["contacts"][0].pop("erased", None)
    size = draw(st.sampled_from([12, 8, 4, 0]))
    case["interactions"] = draw(st.lists(interactions(ids, told), min_size=size // 2, max_size=size))
    if len(ids) > 1 and draw(st.integers(0, 7)) == 0:
        case["merged"] = {ids[1]: ids[0]}
    return case


# ---- instants that matter


def written(instant: datetime) -> str:
    """An instant in ISO 8601, in UTC."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def edges_of(tree: Any, as_of: datetime, zone: ZoneInfo) -> list[datetime]:
    """As-of, the edges that the spans and dates of a tree of rules give, and midnights near them."""
    edges = [as_of]
    for span, times in spans_in(tree):
        edges += [step_instant(as_of, span, zone, way * times) for way in (-1, 1)]
    edges += [edge for text in texts_in(tree) if isinstance(edge := read_moment(text, zone), datetime)]
    days = {day_of(edge, zone) + timedelta(days=move) for edge in edges for move in (0, 1)}
    days |= {day for text in texts_in(tree) if type(day := read_moment(text, zone)) is date}
    today = day_of(as_of, zone)
    days |= {today.replace(day=1), today - timedelta(days=today.weekday()), today.replace(month=1, day=1)}
    edges += [datetime.combine(day, datetime.min.time(), zone).astimezone(UTC) for day in sorted(days)]
    within = [span for span, _ in spans_in(tree)][:4]
    edges += [step_instant(edge, span, zone, -1) for edge in edges[:4] for span in within]
    return list(dict.fromkeys(edges))


def texts_in(tree: Any) -> list[str]:
    """Every text a tree carries."""
    if isinstance(tree, str):
        return [tree]
    parts = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else []
    return [text for part in parts for text in texts_in(part)]


@st.composite
def instants(draw: Draw, edges: list[datetime]) -> datetime:
    """An instant at an edge or beside it."""
    return draw(st.sampled_from(edges)) + draw(st.sampled_from(TICKS)) * draw(st.sampled_from([1, -1]))


@st.composite
def instant_texts(draw: Draw, edges: list[datetime], zone: ZoneInfo) -> str:
    """An instant written in UTC, with the offset of the zone, or on the clock of the zone without one."""
    instant = draw(instants(edges))
    way = draw(st.sampled_from(["utc", "utc", "offset", "clock"]))
    if way == "utc":
        return written(instant)
    local = instant.astimezone(zone)
    return (local if way == "offset" else local.replace(tzinfo=None)).isoformat()


# ---- customers and what they did


@dataclass(frozen=True)
class Told:
    """What a rule tells about the world worth drawing: instants, names and values it asks for."""

    edges: list[datetime]
    zone: ZoneInfo
    attributes: list[str]
    properties: list[str]
    values: list[Any]


def named(tree: Any, key: str) -> list[str]:
    """The names of attributes or properties a tree of rules reads."""
    if isinstance(tree, dict):
        own = [tree[key]] if isinstance(tree.get(key), str) else []
        return own + [name for part in tree.values() for name in named(part, key)]
    return [name for part in tree for name in named(part, key)] if isinstance(tree, list) else []


def asked_in(tree: Any) -> list[Any]:
    """The values a tree of rules asks for, one by one."""
    if isinstance(tree, list):
        return [value for part in tree for value in asked_in(part)]
    if not isinstance(tree, dict):
        return []
    own = tree.get("value", [])
    listed = own if isinstance(own, list) else [own]
    return listed + [value for key, part in tree.items() if key != "value" for value in asked_in(part)]


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
    stray = st.one_of(st.sampled_from(pools.MISSING), own["mixed"], own["list"])
    return st.one_of(usual, usual, usual, stray)


@st.composite
def contacts(draw: Draw, contact: str, told: Told) -> Json:
    """A customer with attributes and, for some of them, the log of their changes."""
    attributes: Json = {}
    history: Json = {}
    edges, now = told.edges, told.edges[0]
    for name in draw(
        st.lists(st.sampled_from(told.attributes * 4 + pools.ATTRIBUTES), unique=True, max_size=4)
    ):
        value = draw(values_of(name, told))
        if "." not in name and draw(st.booleans()):
            entries = draw(st.lists(st.tuples(instants(edges), values_of(name, told)), max_size=3))
            entries.sort(key=lambda entry: entry[0])
            history[name] = [{"at": written(at), "value": entry} for at, entry in entries]
            known = [entry for at, entry in entries if at <= now]
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
    for name in draw(
        st.lists(st.sampled_from(told.properties * 4 + pools.PROPERTIES), unique=True, max_size=3)
    ):
        properties = put(properties, name, draw(values_of(name, told)), nested=draw(st.booleans()))
    row: Json = {
        "contact": draw(st.sampled_from(ids)),
        "interaction": draw(st.sampled_from(["order", "order", "order placed", "view"])),
        "at": draw(instant_texts(told.edges, told.zone)),
        "properties": properties,
    }
    if draw(st.integers(0, 5)) == 0:
        row["message_id"] = draw(st.sampled_from(["m1", "m2"]))
    return row


# ---- rules


@st.composite
def segments_of(draw: Draw, ids: list[str]) -> Json:
    """Segments a rule may refer to: often none."""
    if draw(st.integers(0, 2)):
        return {}
    as_of, zone = datetime(2026, 3, 15, tzinfo=UTC), ZoneInfo("UTC")
    return {
        "list": {"static": draw(st.lists(st.sampled_from(ids), unique=True))},
        "one": {"rule": draw(rules(slugs=["list"], as_of=as_of, zone=zone))},
        "two": {"rule": draw(rules(slugs=["one"], as_of=as_of, zone=zone))},
    }


def rules(*, slugs: list[str], as_of: datetime, zone: ZoneInfo) -> st.SearchStrategy[Json]:
    """Rules of every shape, nested a few levels deep."""
    leaf = [attributes_asked(as_of, zone), measured(as_of, zone), picked(as_of, zone), sequences(as_of, zone)]
    leaf += [regulars(as_of, zone), attributes_asked(as_of, zone), measured(as_of, zone)]
    if slugs:
        leaf += [memberships(slugs)] * 8

    def group(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
        parts = st.lists(inner, max_size=3)
        return st.one_of(
            st.builds(lambda x: {"all": x}, parts),
            st.builds(lambda x: {"any": x}, parts),
            st.builds(lambda x: {"not": x}, inner),
        )

    return st.recursive(st.one_of(leaf), group, max_leaves=5)


@st.composite
def spans(draw: Draw, units: str = "minute hour day week month year") -> list[Any]:
    """A span: short enough that a small world reaches over it."""
    unit = draw(st.sampled_from(units.split()))
    return [draw(st.sampled_from([1, 2, 3, 13] if unit != "year" else [1, 2])), unit]


def near(as_of: datetime, zone: ZoneInfo) -> st.SearchStrategy[str]:
    """A date or an instant near as-of, as a rule writes it."""
    days = st.sampled_from([day_of(as_of, zone) + timedelta(days=move) for move in (-31, -2, -1, 0, 1)])
    return st.one_of(days.map(date.isoformat), instant_texts([as_of, as_of - timedelta(days=1)], zone))


@st.composite
def asked(draw: Draw, name: str, as_of: datetime, zone: ZoneInfo) -> Json:
    """An operator that fits a name, with its value."""
    kind = pools.KINDS[name]
    fitting = {"money": "number", "mixed": draw(st.sampled_from(["text", "number", "date", "list"]))}.get(
        kind, kind
    )
    op = draw(st.sampled_from(pools.OPERATORS[fitting]))
    pool: list[Any] = {
        "text": pools.WORDS,
        "number": pools.ASKED,
        "list": pools.WORDS,
        "yes/no": [True, False],
    }.get(fitting, pools.WORDS)
    if op in ("is_set", "is_not_set", "anniversary"):
        return {"op": op}
    if op == "matches":
        return {"op": op, "value": draw(st.sampled_from(pools.PATTERNS))}
    if op in ("in", "not_in") or op.startswith("includes"):
        return {"op": op, "value": draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3))}
    if op == "between":
        return {"op": op, "value": draw(pairs())}
    if op in ("within_last", "more_than_ago", "within_next", "more_than_ahead", "anniversary_within_next"):
        return {"op": op, "value": draw(spans())}
    if op == "in_period":
        return {"op": op, "value": draw(st.sampled_from(pools.PERIODS))}
    if op == "anniversary_month":
        return {"op": op, **draw(st.sampled_from([{}, {"value": 2}, {"value": 3}, {"value": 12}]))}
    if op == "between_dates":
        return {"op": op, "value": draw(st.lists(near(as_of, zone), min_size=2, max_size=2))}
    if op in ("on", "before", "after"):
        return {"op": op, "value": draw(near(as_of, zone))}
    return {"op": op, "value": draw(st.sampled_from(pool))}


@st.composite
def pairs(draw: Draw) -> list[Any]:
    """Two numbers, the smaller one first."""
    both = draw(st.lists(st.sampled_from(pools.ASKED), min_size=2, max_size=2))
    return sorted(both, key=lambda one: read_number(one) or 0)


@st.composite
def attributes_asked(draw: Draw, as_of: datetime, zone: ZoneInfo) -> Json:
    """A condition on an attribute."""
    name = draw(st.sampled_from(pools.ATTRIBUTES))
    rule: Json = {"attribute": name, **draw(asked(name, as_of, zone))}
    if draw(st.integers(0, 3)) == 0 and "." not in name:
        rule["held_for"] = draw(spans())
    if rule["op"].startswith("not_") or rule["op"] in ("is_not", "includes_none"):
        rule |= draw(st.sampled_from([{}, {"empty": False}, {"empty": True}]))
    if rule["op"] in pools.SHIFTED:
        rule |= draw(st.sampled_from([{}, {"offset_days": 1}, {"offset_days": -2}, {"offset_days": 30}]))
    return rule


@st.composite
def windows(draw: Draw, as_of: datetime, zone: ZoneInfo) -> Json:
    """A window, or none."""
    form = draw(st.sampled_from(["", "last", "before_last", "between_ago", "from", "to", "both", "period"]))
    if form in ("last", "before_last"):
        return {"window": {form: draw(spans())}}
    if form == "between_ago":
        two = [draw(spans()), draw(spans())]
        two.sort(key=lambda span: step_instant(datetime(2026, 1, 1, tzinfo=UTC), span, ZoneInfo("UTC"), -1))
        return {"window": {form: two}}
    if form in ("from", "to"):
        return {"window": {form: draw(near(as_of, zone))}}
    if form == "both":
        ends = sorted([draw(near(as_of, zone)), draw(near(as_of, zone))])
        return {"window": {"from": ends[0], "to": ends[1]}}
    return {"window": {"period": draw(st.sampled_from(pools.PERIODS))}} if form else {}


@st.composite
def steps(draw: Draw, as_of: datetime, zone: ZoneInfo) -> Json:
    """What was done: a kind or the beginning of one, and what its properties must be."""
    step: Json = {"interaction": draw(st.sampled_from(["order", "order", "view", "order*", "*"]))}
    if draw(st.integers(0, 2)) == 0:
        names = draw(st.lists(st.sampled_from(pools.PROPERTIES), min_size=1, max_size=2))
        step["where"] = [{"property": name, **draw(asked(name, as_of, zone))} for name in names]
    return step


@st.composite
def measured(draw: Draw, as_of: datetime, zone: ZoneInfo) -> Json:
    """A condition on how often, how much, how many different."""
    rule = {**draw(steps(as_of, zone)), **draw(windows(as_of, zone))}
    fn = draw(st.sampled_from(pools.FUNCTIONS))
    rule["measure"] = {"fn": fn}
    if fn in ("sum", "average", "minimum", "maximum", "distinct"):
        rule["measure"]["property"] = draw(st.sampled_from(["total", "total", "points", "mix", "coupon"]))
    rule["op"] = draw(st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte", "between"]))
    pool = pools.ASKED if "property" in rule["measure"] and fn != "distinct" else [0, 1, 2, 3, "2"]
    rule["value"] = draw(pairs()) if rule["op"] == "between" else draw(st.sampled_from(pool))
    return rule


@st.composite
def picked(draw: Draw, as_of: datetime, zone: ZoneInfo) -> Json:
    """A condition on having done it at all, first or last."""
    rule = {**draw(steps(as_of, zone)), **draw(windows(as_of, zone))}
    return rule | draw(st.sampled_from([{}, {"pick": "first"}, {"pick": "last"}]))


@st.composite
def sequences(draw: Draw, as_of: datetime, zone: ZoneInfo) -> Json:
    """Steps one after the other; the last may be one that did not happen."""
    listed = [draw(steps(as_of, zone)) for _ in range(draw(st.integers(2, 3)))]
    if draw(st.booleans()):
        listed[-1]["absent"] = True
    return {"sequence": listed, "within": draw(spans()), **draw(windows(as_of, zone))}


@st.composite
def regulars(draw: Draw, as_of: datetime, zone: ZoneInfo) -> Json:
    """Something done in enough of the last blocks of time."""
    of_last = draw(st.integers(1, 4))
    rule: Json = {"regular": draw(steps(as_of, zone)), "every": draw(spans()), "of_last": of_last}
    rule["at_least"] = draw(st.integers(1, of_last))
    return rule | draw(st.sampled_from([{}, {"times": 1}, {"times": 2}]))


@st.composite
def memberships(draw: Draw, slugs: list[str]) -> Json:
    """Being in another segment, or not; sometimes for a time."""
    rule: Json = {"segment": draw(st.sampled_from(slugs)), "op": draw(st.sampled_from(["in", "not_in"]))}
    if draw(st.integers(0, 1)) == 0:
        rule["for"] = draw(spans("minute hour day"))
    return rule
