"""Draws rules and the small worlds they are asked in, with instants where answers turn.

A case is a portable test: whatever is drawn can be written down, read by a person and run by `check_segments`.
A case keeps to a few spans, names and instants, so that what is asked and what happened meet at the very edges.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.reference import pools
from tests.reference.asking import Palette, draw_rule
from tests.reference.chance import Chance, shrinking
from tests.reference.moments import day_of, days_of_period, read_moment, step_instant
from tests.reference.trees import spans_in
from tests.reference.values import read_number

Json = dict[str, Any]
MICRO = timedelta(microseconds=1)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TICKS = [timedelta(0)] * 4 + [MICRO, -MICRO, HOUR, -12 * HOUR]


@st.composite
def cases(draw: st.DrawFn) -> Json:
    """A case that Hypothesis can shrink."""
    return draw_case(Chance(partial(shrinking, draw)))


def draw_case(chance: Chance) -> Json:
    """A portable test without its members: zone, as-of, contacts, interactions, segments, rule."""
    zone_name = chance.one(list(pools.TURNS))
    zone = ZoneInfo(zone_name)
    turn = datetime.fromisoformat(chance.one(chance.one([pools.TURNS[zone_name], pools.MONTH_ENDS])))
    as_of = turn + chance.one(pools.SHIFTS)
    ids = [f"c{place}" for place in range(chance.one([6, 5, 4, 3, 2, 1]))]
    palette = draw_palette(chance, as_of, zone)
    segments = draw_segments(chance, ids, palette)
    rule = draw_rule(chance, replace(palette, slugs=list(segments)))
    case: Json = {"name": "drawn", "as_of": written(as_of), "timezone": zone_name, "rule": rule}
    if segments:
        case["segments"] = segments
    told = draw_told(chance, [rule, segments], Clock(as_of, zone, turn), palette)
    case["contacts"] = [draw_contact(chance, one, told) for one in ids]
    first = case["contacts"][0]["attributes"]  # every name a rule may read is known to the account
    case["contacts"][0]["attributes"] = {"mix": None, "address": {"city": None}} | first
    case["contacts"][0].pop("erased", None)
    case["interactions"] = draw_interactions(chance, ids, told)
    if len(ids) > 1 and chance.once_in(8):
        case["merged"] = {ids[1]: ids[0]}
    return case


def draw_palette(chance: Chance, as_of: datetime, zone: ZoneInfo) -> Palette:
    """The few spans, dates and names one case is made of."""
    units = ["day", "day", "hour", "minute", "week", "month", "month", "year"]
    today = day_of(as_of, zone)

    def near() -> str:
        if chance.once_in(3):
            return draw_instant_text(chance, [as_of, as_of - timedelta(days=1)], zone)
        return (today + timedelta(days=chance.one([0, -1, 1, -2, -31]))).isoformat()

    return Palette(
        spans=[[chance.one([1, 2, 3, 13]), chance.one(units)] for _ in range(2)],
        dates=[near(), near()],
        attributes=chance.some(pools.ATTRIBUTES, 1, 3),
        properties=chance.some(pools.PROPERTIES, 1, 2),
        slugs=[],
    )


def draw_segments(chance: Chance, ids: list[str], palette: Palette) -> Json:
    """Segments a rule may refer to: often none."""
    if not chance.once_in(3):
        return {}
    return {
        "list": {"static": [one for one in ids if chance.once_in(2)]},
        "one": {"rule": draw_rule(chance, replace(palette, slugs=["list"]))},
        "two": {"rule": draw_rule(chance, replace(palette, slugs=["one"]))},
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
    for period in sorted(texts.intersection(pools.PERIODS)):
        first, after = days_of_period(period, today)
        days += [first, first - DAY, after - DAY]
    if "offset_days" in str(tree):
        days += [today, today.replace(day=1), today.replace(month=1, day=1)]
    days += [day_of(edge, zone) for edge in edges[:2]]
    days += [day + DAY for day in days]
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


def draw_instant(chance: Chance, edges: list[datetime]) -> datetime:
    """An instant at an edge or beside it."""
    return chance.one(edges) + chance.one(TICKS)


def draw_instant_text(chance: Chance, edges: list[datetime], zone: ZoneInfo) -> str:
    """An instant written in UTC, with the offset of the zone, or on the clock of the zone without one."""
    instant = draw_instant(chance, edges)
    way = chance.one(["utc", "utc", "utc", "offset", "clock"])
    if way == "utc":
        return written(instant)
    local = instant.astimezone(zone)
    return (local if way == "offset" else local.replace(tzinfo=None)).isoformat()


# ---- customers and what they did


@dataclass(frozen=True)
class Clock:
    """The instant and zone a case is asked in, and an instant near it at which clocks change or a month ends."""

    as_of: datetime
    zone: ZoneInfo
    turn: datetime

    def around(self) -> list[datetime]:
        """The turn, just before it and an hour on either side: clocks that go back may lead into the day before."""
        return [self.turn - timedelta(seconds=30), self.turn, self.turn - HOUR, self.turn + HOUR]


@dataclass(frozen=True)
class Told:
    """What a rule tells about the world worth drawing.

    `moments` are a few instants at which much happens; one time of `elsewhere`, another is drawn. `plain`: numbers are
    a few small whole ones, which add up to the same again and again, and limits lie between their averages.
    """

    as_of: datetime
    edges: list[datetime]
    moments: list[datetime]
    elsewhere: int
    days: list[str]
    zone: ZoneInfo
    palette: Palette
    values: list[Any]
    plain: bool


def draw_told(chance: Chance, tree: Any, clock: Clock, palette: Palette) -> Told:
    """What a tree of rules tells."""
    edges = edges_of(tree, clock.as_of, clock.zone)
    leap = pools.LEAP_DAYS * 4 if "anniversary" in str(tree) else []
    moments = [draw_instant(chance, edges) for _ in range(chance.number(2, 5))]
    at_turn = chance.once_in(3)
    return Told(
        as_of=clock.as_of,
        edges=edges,
        moments=clock.around() if at_turn else moments,
        elsewhere=6 if at_turn else 2,
        days=sorted({day_of(edge, clock.zone).isoformat() for edge in edges}) + pools.DAYS + leap,
        zone=clock.zone,
        palette=palette,
        values=asked_in(tree),
        plain=chance.once_in(4),
    )


def draw_value(chance: Chance, name: str, told: Told) -> Any:
    """A value an attribute or property may hold: mostly of its type, sometimes of none."""
    kind = pools.KINDS[name]
    if chance.number(0, 4) == 4:
        kind = chance.one(["missing", "mixed", "list" if name in pools.LISTED else "mixed"])
    elif told.plain and kind in ("number", "money", "mixed"):
        return chance.one(pools.PLAIN)
    elif told.values and kind in ("text", "number", "money", "mixed") and chance.once_in(2):
        return near(chance, chance.one(told.values))
    if kind == "mixed":
        kind = chance.one(["text", "number", "instant", "yes/no", "text", "number", "nested"])
    if kind == "list":
        return chance.some(pools.ITEMS, 0, 3)
    if kind == "instant" and chance.once_in(2):
        return draw_instant_text(chance, told.edges, told.zone)
    return chance.one(told.days if kind in ("date", "instant") else pools.VALUES[kind])


def near(chance: Chance, value: Any) -> Any:
    """A value that is asked for; or, of a number, the one beside it, or the same spelled in another way."""
    number = None if isinstance(value, bool) else read_number(value)
    way = chance.one(["", "", "", "more", "less", "a little", "spelled"])
    if number is None or not way:
        return value
    if way == "spelled":
        return respelled(value)
    whole = number.denominator == 1
    step = -1 if way == "less" else 1
    if whole and way != "a little":
        return int(number) + step
    return str(Decimal(str(value).strip()) + step * Decimal("0.01"))


def respelled(value: Any) -> Any:
    """The same number, or yes or no, spelled in another way; anything else as it is."""
    if isinstance(value, bool):
        return str(value).lower()
    number = None if isinstance(value, list | dict) else read_number(value)
    if number is None:
        return value
    if number.denominator == 1:
        return f"{int(number)}.0" if value != f"{int(number)}.0" else int(number)
    return f"{value}0" if "e" not in str(value).lower() else value


def draw_moment(chance: Chance, told: Told) -> datetime:
    """An instant at which something happens: often one at which other things do, too."""
    return draw_instant(chance, told.edges) if chance.once_in(told.elsewhere) else chance.one(told.moments)


def draw_contact(chance: Chance, contact: str, told: Told) -> Json:
    """A customer with attributes and, for some of them, the log of their changes."""
    attributes: Json = {}
    history: Json = {}
    for name in dict.fromkeys([*told.palette.attributes, chance.one(pools.ATTRIBUTES)]):
        if chance.once_in(5):
            continue
        value = draw_value(chance, name, told)
        if "." not in name and chance.once_in(2):
            entries = [
                (draw_moment(chance, told), draw_value(chance, name, told))
                for _ in range(chance.number(0, 3))
            ]
            entries.sort(key=lambda entry: entry[0])
            history[name] = [{"at": written(at), "value": entry} for at, entry in entries]
            known = [entry for at, entry in entries if at <= told.as_of]
            value = known[-1] if known else None
        attributes = put(attributes, name, value, nested=chance.once_in(2))
    found: Json = {"id": contact, "attributes": attributes}
    if history:
        found["history"] = history
    if chance.once_in(16):
        found["erased"] = True
    return found


def put(data: Json, name: str, value: Any, *, nested: bool) -> Json:
    """Data with a value under a name: by its exact name, or inside where the name is a dotted path."""
    if "." not in name or not nested:
        return {**data, name: value}
    outer, inner = name.split(".", 1)
    return {**data, outer: {**(data.get(outer) or {}), inner: value}}


def draw_interactions(chance: Chance, ids: list[str], told: Told) -> list[Json]:
    """What was done, half of it by one customer; now and then twice at one instant, beside it, or in two spellings."""
    rows: list[Json] = []
    busy = chance.one(ids)
    for _ in range(chance.one([12, 16, 10, 16, 8, 4, 1, 0])):
        row = draw_interaction(chance, [busy] if chance.once_in(2) else ids, told)
        way = chance.one(["", "", "", "", "at once", "beside", "respelled"])
        if rows and way:
            row |= {key: rows[-1][key] for key in ("contact", "interaction", "at")}
        if rows and way == "beside":
            at = read_moment(row["at"], told.zone)
            assert isinstance(at, datetime)
            row["at"] = written(at + chance.one(TICKS[4:]))
        if rows and way == "respelled":
            row["properties"] = {name: respelled(value) for name, value in rows[-1]["properties"].items()}
        rows.append(row)
    return rows


def draw_interaction(chance: Chance, ids: list[str], told: Told) -> Json:
    """One interaction at an edge; sometimes with the message id of another."""
    properties: Json = {}
    for name in dict.fromkeys([*told.palette.properties, chance.one(pools.PROPERTIES)]):
        if not chance.once_in(5):
            properties = put(properties, name, draw_value(chance, name, told), nested=chance.once_in(2))
    row: Json = {
        "contact": chance.one(ids),
        "interaction": chance.one(["order", "order", "order placed", "view"]),
        "at": written(draw_moment(chance, told)),
        "properties": properties,
    }
    if chance.once_in(4):
        row["at"] = draw_instant_text(chance, told.edges, told.zone)
    if chance.once_in(6):
        row["message_id"] = chance.one(["m1", "m2"])
    return row
