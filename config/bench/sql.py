# ruff: noqa: S608 - statements made of our own rules, of no input
"""The benchmark's segments as SQL, hand-tuned for the values these tables hold; one dialect a database.

Values are stored in one spelling here, so that SQL need not fold case, cut white space or read text as numbers as
Facet does: the peers have less to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from config.bench.measures import EPOCH, EVER, Wanted, back, today, wanted

Rule = Mapping[str, Any]
Measured = Callable[[Mapping[str, Any]], str]
SIGNS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "is": "="}
NEGATIVE = {"is_not": "is", "not_in": "in", "is_not_set": "is_set", "includes_none": "includes_any"}
PATTERNS = {"contains": "%{}%", "starts_with": "{}%", "ends_with": "%{}"}
TYPES = {
    "age": "number",
    "score": "number",
    "newsletter": "truth",
    "birthday": "day",
    "joined": "day",
    "tags": "list",
}


def quoted(value: Any) -> str:
    """A value as a literal."""
    if isinstance(value, bool):
        return str(value).lower()
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def listed(values: Sequence[Any]) -> str:
    """Values with commas between."""
    return ", ".join(quoted(value) for value in values)


def moment(instant: int) -> str:
    """An instant as text with its offset."""
    return (EPOCH + timedelta(microseconds=instant)).isoformat(sep=" ")


class Dialect:
    """PostgreSQL over Facet's own tables: attributes and properties are JSON."""

    def attribute(self, name: str) -> str:
        """An attribute as a value of its type."""
        text = f"c.attributes->>'{name}'"
        casts = {"number": "numeric", "truth": "boolean", "day": "date"}
        kind = TYPES.get(name, "text")
        if kind == "list":
            return f"(c.attributes->'{name}')"
        return f"({text})::{casts[kind]}" if kind in casts else f"({text})"

    def shares(self, name: str, values: Sequence[str]) -> str:
        """A list has any of the values."""
        return f"{self.attribute(name)} ?| array[{listed(values)}]"

    def at(self, instant: int) -> str:
        """An instant."""
        return f"timestamptz '{moment(instant)}'"

    def of_kind(self, kind: str) -> str:
        """An interaction is of a kind."""
        return f"i.kind = {quoted(kind)}"

    def in_category(self, category: str) -> str:
        """An interaction is of a category."""
        return f"i.properties->>'category' = {quoted(category)}"

    def money(self, number: Any) -> str:
        """An amount."""
        return str(number)

    days = "count(distinct (i.at at time zone 'Europe/Berlin')::date)"
    moment, ends_day = "i.at", ""

    def rows(self, one: Wanted) -> str:
        """The interactions a measure counts."""
        tests = [self.of_kind(one.kind)]
        if one.fn not in ("first", "last"):
            if one.low != EVER:
                tests.append(f"{self.moment} >= {self.at(one.low)}")
            if one.category:
                tests.append(self.in_category(one.category))
            if one.fn == "distinct_days" and self.ends_day:
                tests.append(self.ends_day)
        return " and ".join(tests)

    def number(self, fn: str) -> str:
        """The aggregate of a measure."""
        amounts = {"sum": "sum", "average": "avg", "minimum": "min", "maximum": "max"}
        if fn in amounts:
            return f"{amounts[fn]}(i.amount)"
        return {
            "first": f"min({self.moment})",
            "last": f"max({self.moment})",
            "distinct_days": self.days,
        }.get(fn, "count(*)")

    def measure(self, fn: str, one: Wanted) -> str:
        """A measure among others in one grouping."""
        return f"{self.number(fn)} filter (where {self.rows(one)})"

    def compared(self, rule: Rule, value: str) -> str:
        """A measure against what the rule says."""
        fn = rule["measure"]["fn"]
        write = quoted if fn in ("count", "distinct_days") else self.money
        if rule["op"] == "between":
            return f"{value} between {write(rule['value'][0])} and {write(rule['value'][1])}"
        return f"{value} {SIGNS[rule['op']]} {write(rule['value'])}"

    def picked(self, one: Wanted, value: str) -> str:
        """The first or last interaction lies in the window."""
        low = "" if one.low == EVER else f"{value} >= {self.at(one.low)} and "
        return f"{low}{value} < {self.at(one.high)}"

    def holds(self, rule: Rule, as_of: datetime, measured: Measured) -> str:
        """A rule as a condition on contact `c`, never null; `measured` writes conditions on interactions."""
        for word, joint in (("all", " and "), ("any", " or ")):
            if word in rule:
                return "(" + joint.join(self.holds(part, as_of, measured) for part in rule[word]) + ")"
        if "not" in rule:
            return f"not {self.holds(rule['not'], as_of, measured)}"
        if "interaction" in rule:
            return measured(rule)
        return self._attribute(rule["op"], rule["attribute"], rule.get("value"), as_of)

    def _attribute(self, op: str, name: str, value: Any, as_of: datetime) -> str:
        if op in NEGATIVE:
            return f"not {self._attribute(NEGATIVE[op], name, value, as_of)}"
        has = self.attribute(name)
        if op == "is_set":
            return f"({has} is not null)"
        return f"coalesce({self._present(op, name, has, value, as_of)}, false)"

    def _present(self, op: str, name: str, has: str, value: Any, as_of: datetime) -> str:
        day = today(as_of)
        if op == "in":
            return f"{has} in ({listed(value)})"
        if op in PATTERNS:
            return f"{has} like {quoted(PATTERNS[op].format(value))}"
        if op == "between":
            return f"{has} between {value[0]} and {value[1]}"
        if op == "includes_any":
            return self.shares(name, value)
        if op == "within_last":
            first = back(datetime.combine(day, datetime.min.time()), value).date()
            return f"{has} between date '{first}' and date '{day}'"
        if op == "anniversary_month":
            return f"extract(month from {has}) = {day.month}"
        if op == "anniversary_within_next":
            ahead = [day + timedelta(days=days) for days in range(value[0] + 1)]
            falls = ", ".join(str(one.month * 100 + one.day) for one in ahead)
            return f"extract(month from {has}) * 100 + extract(day from {has}) in ({falls})"
        return f"{has} {SIGNS[op]} {quoted(value)}"


def one_query(
    dialect: Dialect, rules: Mapping[str, Rule], as_of: datetime, contacts: str, interactions: str
) -> str:
    """One statement: every measure in one grouping of the interactions, every verdict counted."""
    places: dict[tuple[str, Wanted], int] = {}

    def measured(rule: Rule) -> str:
        one = wanted(rule, as_of)
        fn = rule.get("pick") or rule["measure"]["fn"]
        value = f"m{places.setdefault((fn, one), len(places))}"
        if "pick" in rule:
            return f"coalesce({dialect.picked(one, value)}, false)"
        if fn in ("count", "distinct_days", "sum"):
            value = f"coalesce({value}, 0)"
        return f"coalesce({dialect.compared(rule, value)}, false)"

    verdicts = [dialect.holds(rule, as_of, measured) for rule in rules.values()]
    measures = [f"{dialect.measure(fn, one)} as m{place}" for (fn, one), place in places.items()]
    counts = [f"count(*) filter (where {verdict})" for verdict in verdicts]
    end = dialect.at((as_of - EPOCH) // timedelta(microseconds=1))
    joint = ",\n  "
    return (
        f"with m as (\n  select i.contact_id,\n  {joint.join(measures)}\n"
        f"  from {interactions} i where {dialect.moment} <= {end} group by i.contact_id\n)\n"
        f"select\n  {joint.join(counts)}\nfrom {contacts} c left join m on m.contact_id = c.id"
    )


def statements(
    dialect: Dialect, rules: Mapping[str, Rule], as_of: datetime, contacts: str, interactions: str
) -> list[str]:
    """One statement a segment, the way list tools do it: contacts that are, or are not, in a grouping of their own."""
    end = dialect.at((as_of - EPOCH) // timedelta(microseconds=1))

    def measured(rule: Rule) -> str:
        one = wanted(rule, as_of)
        fn = rule.get("pick") or rule["measure"]["fn"]
        value = dialect.number(fn)
        test = dialect.picked(one, value) if "pick" in rule else dialect.compared(rule, value)
        inside = f"select i.contact_id from {interactions} i where {dialect.rows(one)} and {dialect.moment} <= {end}"
        if _holds_for_nobody(rule):
            return f"not c.id in ({inside})"
        once = rule.get("measure") == {"fn": "count"} and (rule["op"], rule["value"]) == ("gte", 1)
        having = "" if once else f" group by i.contact_id having {test}"
        return f"c.id in ({inside}{having})"

    return [
        f"select count(*) from {contacts} c where {dialect.holds(rule, as_of, measured)}"
        for rule in rules.values()
    ]


def _holds_for_nobody(rule: Rule) -> bool:
    """True for ‘exactly 0 times’: those without any row hold too."""
    return "measure" in rule and (rule["op"], rule["value"]) == ("eq", 0)
