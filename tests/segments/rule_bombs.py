"""Rules that mean harm, or that no hand wrote: each as JSON text, with whether it may be taken."""

from __future__ import annotations

import json
from typing import Any

NAME = "age"


def is_(op: str, value: Any, name: str = NAME) -> str:
    return json.dumps({"attribute": name, "op": op, "value": value})


def did(**more: Any) -> str:
    return json.dumps({"interaction": "order", **more})


def nested(depth: int, word: str = "all") -> str:
    opening, closing = ('{"not":', "}") if word == "not" else (f'{{"{word}":[', "]}")
    return opening * depth + is_("gte", 1) + closing * depth


def wide(width: int, one: str) -> str:
    return f'{{"any":[{",".join([one] * width)}]}}'


def counted(value: str, fn: str = "count", of: str = "") -> str:
    """A measure compared with a number as it is spelled."""
    which = f',"property":"{of}"' if of else ""
    return f'{{"interaction":"order","measure":{{"fn":"{fn}"{which}}},"op":"gte","value":{value}}}'


def spelled(value: str, op: str = "gte") -> str:
    """An attribute compared with what is spelled so."""
    return f'{{"attribute":"{NAME}","op":"{op}","value":{value}}}'


# Name, the rule as JSON text, and whether a good rule lies behind it ("either": both answers are right).
BOMBS: list[tuple[str, str, bool | str]] = [
    ("50 levels", nested(50), False),
    ("20 levels", nested(20), True),
    ("10,000 levels", nested(10_000), False),
    ("10,000 levels of not", nested(10_000, "not"), False),
    ("100,000 levels", nested(100_000), False),
    ("lists in lists", is_("in", "@").replace('"@"', "[" * 5_000 + "]" * 5_000), False),
    ("500 conditions", wide(500, did(window={"last": [7, "day"]})), True),
    ("1,000 conditions", wide(1_000, is_("is", 1)), False),
    ("100,000 conditions", wide(100_000, '{"interaction":"x"}'), False),
    ("100,000 empty groups", wide(100_000, '{"all":[]}'), False),
    ("50,000 values", is_("in", [f"c{place}" for place in range(50_000)], "city"), True),
    ("100,000 values", is_("in", [f"c{place}" for place in range(100_000)], "city"), False),
    ("no operator", is_("drop table", 1), False),
    ("a name with SQL", is_("is", 1, "attributes'->>'x') OR 1=1 --"), False),
    ("a name with a path", is_("is", 1, "__class__.__init__"), False),
    ("a pattern that explodes elsewhere", is_("matches", "(a+)+$", "city"), True),
    ("a pattern that multiplies", is_("matches", "((a{1,100}){1,100}){1,100}", "city"), False),
    ("a pattern of 10,000 signs", is_("matches", "(a?){50}" * 1_250, "city"), False),
    ("a pattern of letters", is_("matches", r"^\pL+ \pL+$", "city"), True),
    ("a pattern that is slow to search", is_("matches", "(a?){50}" * 12 + "b", "city"), True),
    ("a pattern with a look back", is_("matches", "(?<=a)b\\1", "city"), False),
    ("a pattern that ends too early", is_("matches", "[", "city"), False),
    ("year 0", is_("before", "0000-01-01", "born"), False),
    ("year 9999", is_("after", "9999-12-31", "born"), True),
    ("year 1", is_("before", "0001-01-01", "born"), True),
    ("the day after the last", is_("after", "9999-12-32", "born"), False),
    ("year 275760", is_("after", "275760-09-13", "born"), False),
    ("the ends of the calendar", did(window={"from": "0001-01-01", "to": "9999-12-31T23:59:59Z"}), True),
    ("an offset out of the calendar", is_("before", "0001-01-01T00:00:00+14:00", "born"), "either"),
    ("a window of a billion days", did(window={"last": [10**9, "day"]}), False),
    ("a window of more digits than time has", did(window={"last": [10**30, "year"]}), False),
    ("a window of half a day", did(window={"last": [0.5, "day"]}), False),
    ("a window of a hundred years", did(window={"before_last": [100, "year"]}), True),
    ("a unit that is a list", did(window={"last": [1, ["day"]]}), False),
    ("days from now beyond the calendar", json.dumps({"attribute": "born", "op": "in_period", "value": "today", "offset_days": 10**9}), False),
    ("a thousand blocks of a hundred years", json.dumps({"regular": {"interaction": "order"}, "every": [100, "year"], "of_last": 1_000, "at_least": 1}), True),
    ("a billion blocks", json.dumps({"regular": {"interaction": "order"}, "every": [1, "day"], "of_last": 10**9, "at_least": 1}), False),
    ("held for more than anyone lived", json.dumps({"attribute": NAME, "op": "is_set", "held_for": [10**6, "week"]}), False),
    ("10,000 digits", spelled("9" * 10_000), "either"),
    ("10,000 digits as text", spelled(json.dumps("9" * 10_000)), True),
    ("10,001 digits as text", spelled(json.dumps("9" * 10_001)), False),
    ("10,000 decimals", spelled("0." + "1" * 10_000), "either"),
    ("1e999", spelled("1e999"), "either"),
    ("1e999999999", spelled("1e999999999"), False),
    ("1e999999999 as text", spelled('"1e999999999"'), False),
    ("1e9999 on average", counted('"1e9999"', "average", "total"), True),
    ("1e-9999 on average", counted('"1e-9999"', "average", "total"), True),
    ("10,000 digits in total", counted(json.dumps("9" * 10_000), "sum", "total"), True),
    ("a month of 1e9999", json.dumps({"attribute": "born", "op": "anniversary_month", "value": "1e9999"}), False),
    ("NaN", spelled("NaN"), False),
    ("Infinity", spelled("Infinity"), False),
    ("-Infinity", counted("-Infinity"), False),
    ("half a surrogate in a value", '{"attribute":"city","op":"is","value":"\\ud800"}', False),
    ("half a surrogate in a name", '{"attribute":"\\udc00","op":"is_set"}', False),
    ("half a surrogate in a kind", '{"interaction":"\\ud83d"}', False),
    ("half a surrogate in a key", '{"\\ud800":1}', False),
    ("half a surrogate in a date", '{"interaction":"order","window":{"from":"\\ud800"}}', False),
    ("NUL in a value", '{"attribute":"city","op":"is","value":"a\\u0000b"}', False),
    ("NUL in a kind", '{"interaction":"a\\u0000"}', False),
    ("NUL in a property", '{"interaction":"order","where":[{"property":"\\u0000","op":"is_set"}]}', False),
    ("NUL in a segment", '{"segment":"\\u0000","op":"in"}', False),
    ("right to left", is_("is", "\u202eegnahc\u202c \u05d0\u05d1", "city"), True),
    ("one sign over another, 5,000 times", is_("contains", "a" + "\u0301" * 5_000, "city"), True),
    ("a key twice", '{"all":[],"all":[' + is_("gte", 1) + "]}", "either"),
    ("a name of 100,000 letters", is_("is_set", None, "x" * 100_000).replace(', "value": null', ""), False),
    ("a kind of 100,000 letters", did().replace("order", "o" * 100_000), False),
    ("an operator of 100,000 letters", is_("x" * 100_000, 1), False),
    ("a text of 100,000 letters", is_("is", "x" * 100_000, "city"), False),
    ("a segment that is not there", '{"segment":"deleted-long-ago","op":"not_in"}', False),
    ("a number for a rule", "1", False),
    ("null for a rule", "null", False),
    ("a list for a group", '{"all":{"0":' + is_("gte", 1) + "}}", False),
    ("an object for a name", '{"attribute":{"$ne":null},"op":"is_set"}', False),
    ("an object for a value", '{"attribute":"city","op":"is","value":{"$gt":""}}', False),
    ("a list for an operator", '{"attribute":"city","op":["is"],"value":"x"}', False),
    ("a list for a measure", '{"interaction":"order","measure":["count"],"op":"gte","value":1}', False),
    ("a list for a function", '{"interaction":"order","measure":{"fn":["count"]},"op":"gte","value":1}', False),
    ("a list for a pick", '{"interaction":"order","pick":["first"]}', False),
    ("an object for a window", '{"interaction":"order","window":{"last":{"0":1,"1":"day"}}}', False),
    ("a list for a period", '{"interaction":"order","window":{"period":["today"]}}', False),
    ("51 conditions on one interaction", json.dumps({"interaction": "order", "where": [{"property": "p", "op": "is_set"}] * 51}), False),
    ("21 steps", json.dumps({"sequence": [{"interaction": "order"}] * 21, "within": [1, "day"]}), False),
    ("20 steps", json.dumps({"sequence": [{"interaction": "order"}] * 20, "within": [100, "year"]}), True),
]  # fmt: skip
