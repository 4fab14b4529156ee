"""Portable files with tests, as tables anyone can read: who, what they have, in or out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from segments.engine.language import moments, values
from segments.engine.language.naming import quoted
from segments.engine.language.operators import OPERATORS
from segments.engine.language.rules import Rule, segments_read
from segments.engine.language.sentence import did, shown, write
from segments.engine.language.wording import WORDS
from segments.engine.portable import ASKED, settled_rules

TYPES = ("text", "number", "yes/no", "date", "instant", "list")
BEGINNING = """# The rule language, by example

Every table below is a test: the engine is asked, and the page is made from the same file. To run them:
`python manage.py check_segments tests/segments/engine/examples/*.json`; to write this page anew after a change:
`python manage.py render_rules_docs`. The shape of rules is told by `python manage.py rule_schema` and by
`GET /api/v1/rules/schema/`.

## What can be asked

"""


def page(files: Iterable[Mapping[str, Any]]) -> str:
    """The page of worked examples, in Markdown."""
    chapters = [_chapter(file) for file in files]
    return f"{BEGINNING}{_operators()}\n" + "\n".join(chapters)


def _operators() -> str:
    types: dict[str, list[str]] = {}
    for type_name in TYPES:
        rows = [f"`{row.name}` ({WORDS[row.name]})" for row in OPERATORS.values() if type_name in row.types]
        types.setdefault(", ".join(rows), []).append(type_name)
    lines = [f"| {' or '.join(names)} | {rows} |" for rows, names in types.items()]
    return "\n".join(["| type | operators |", "|---|---|", *lines, ""])


def _chapter(file: Mapping[str, Any]) -> str:
    return f"## {file['name']}\n\n" + "\n".join(_example(file, test) for test in file["tests"])


def _example(file: Mapping[str, Any], test: Mapping[str, Any]) -> str:
    rules = settled_rules(file, test)
    zone = ZoneInfo(test.get("timezone") or file.get("timezone") or "UTC")
    members = {str(key) for key in test["members"]}
    rows = [
        f"| {_cell(str(one['id']))} | {_cell(_has(one, test, zone))} | {'in' if str(one['id']) in members else 'out'} |"
        for one in test["contacts"]
    ]
    asked = f"Asked on {_when(test['as_of'], zone)}{'' if zone.key == 'UTC' else f', clock of {zone.key}'}."
    return "\n".join(
        [
            f"### {test['name']}\n",
            f"> {write(rules[ASKED], {})}\n",
            *_segments(file, test, rules),
            f"{asked}\n",
            "| who | what they have | |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _segments(file: Mapping[str, Any], test: Mapping[str, Any], rules: Mapping[str, Rule]) -> list[str]:
    """The segments that the rule refers to, each in words."""
    contents = test.get("segments", file.get("segments", {}))
    lines = []
    for name in sorted(segments_read(rules[ASKED])):
        listed = contents[name].get("static")
        words = (
            write(rules[name], {}) if listed is None else f"Listed by hand: {', '.join(map(str, listed))}."
        )
        lines.append(f"‘{name}’: {words}\n")
    return lines


def _has(contact: Mapping[str, Any], test: Mapping[str, Any], zone: ZoneInfo) -> str:
    told = []
    for name, value in contact.get("attributes", {}).items():
        if name not in contact.get("history", {}):
            told.append(f"{name}: {_value(value, zone)}")
    for name, entries in contact.get("history", {}).items():
        told += [
            f"{name}: {_value(entry['value'], zone)} from {_when(entry['at'], zone)}" for entry in entries
        ]
    mine = [row for row in test.get("interactions", []) if str(row["contact"]) == str(contact["id"])]
    for row in sorted(mine, key=lambda row: str(row["at"])):
        details = [f"{name}: {_value(value, zone)}" for name, value in row.get("properties", {}).items()]
        details += [f"message {row['message_id']}"] if "message_id" in row else []
        more = f" ({', '.join(details)})" if details else ""
        told.append(f"{did(row['interaction'])} on {_when(row['at'], zone)}{more}")
    return "; ".join(told) or "nothing"


def _value(value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, str) and values.is_missing(value):
        return "white space"
    if isinstance(value, str) and moments.read_moment(value, zone) != (None, None):
        return _when(value, zone)
    if isinstance(value, list):
        return ", ".join(_value(item, zone) for item in value) or "an empty list"
    if value is None:
        return "missing"
    number = values.as_number(value)
    if isinstance(value, str) or number is None:
        return shown(value) if isinstance(value, bool) else quoted(str(value))
    return values.plain_number(number)


def _when(text: str, zone: ZoneInfo) -> str:
    day, instant = moments.read_moment(text, zone)
    if instant is None:
        return text if day is None else f"{moments.day_as_date(day):%-d %B %Y}"
    local = moments.to_datetime(instant).astimezone(zone)
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return f"{local.day} {local:%B} {local.year}, {clock}"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")
