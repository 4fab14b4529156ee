"""Reads a rule document: its shape only. Whether it fits the account is `check`'s business."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from segments.engine.language import values
from segments.engine.language.refusals import Problem, Refused
from segments.engine.language.rules import (
    UNITS,
    All,
    AnyOf,
    Attribute,
    Interaction,
    Measure,
    Membership,
    Not,
    Property,
    Regular,
    Rule,
    Sequence,
    Span,
    Step,
    Window,
)

MOST_CONDITIONS = 500
MOST_LEVELS = 20
MOST_VALUES = 50_000
PERIODS = frozenset(
    ["today", "yesterday", "tomorrow"]
    + [
        f"{which}_{unit}"
        for which in ("this", "last", "next")
        for unit in ("week", "month", "quarter", "year")
    ]
)
FUNCTIONS = frozenset(
    [
        "count",
        "sum",
        "average",
        "minimum",
        "maximum",
        "distinct",
        "distinct_days",
        "distinct_weeks",
        "distinct_months",
    ]
)
NEED_PROPERTY = frozenset(["sum", "average", "minimum", "maximum", "distinct"])
_LONGEST = {"minute": 52_596_000, "hour": 876_600, "day": 36_525, "week": 5_218, "month": 1_200, "year": 100}


def parse_document(document: Any) -> Rule:
    """The rule of `{"version": 1, "rule": …}`. Raises `Refused` with every problem of its shape."""
    if not isinstance(document, Mapping):
        raise Refused([Problem("", "A rule document is an object with ‘version’ and ‘rule’.")])
    problems = []
    if document.get("version") != 1 or isinstance(document.get("version"), bool):
        problems.append(Problem("/version", "This product reads version 1 of the rule language."))
    if "rule" not in document:
        problems.append(Problem("/rule", "The document has no rule."))
    problems += [Problem(f"/{key}", f"‘{key}’ is not part of a rule document.")
                 for key in document if key not in ("version", "rule")]  # fmt: skip
    if problems:
        raise Refused(problems)
    return parse_rule(document["rule"])


def parse_rule(written: Any) -> Rule:
    """The tree of a rule. Raises `Refused` with every problem of its shape."""
    reader = _Reader()
    rule = reader.rule(written, "", 1)
    if reader.conditions > MOST_CONDITIONS:
        reader.say("", f"A rule has at most {MOST_CONDITIONS} conditions; this one has {reader.conditions}.")
    if reader.problems or rule is None:
        raise Refused(reader.problems)
    return rule


class _Bad(Exception):
    """A part that cannot be read; its problem has been said."""


class _Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.conditions = 0

    def say(self, path: str, sentence: str) -> None:
        if len(self.problems) < 50:
            self.problems.append(Problem(path, sentence))

    def bad(self, path: str, sentence: str) -> _Bad:
        self.say(path, sentence)
        return _Bad()

    # --- groups ---------------------------------------------------------------------------------
    def rule(self, written: Any, path: str, level: int) -> Rule | None:
        try:
            return self._rule(written, path, level)
        except _Bad:
            return None

    def _rule(self, written: Any, path: str, level: int) -> Rule:
        if not isinstance(written, Mapping):
            raise self.bad(path, "A rule is an object: a group, ‘not’, or a condition.")
        readers: dict[str, Callable[[Mapping[str, Any], str], Rule]] = {
            "attribute": self._attribute,
            "interaction": self._interaction,
            "sequence": self._sequence,
            "regular": self._regular,
            "segment": self._membership,
        }
        for key in ("all", "any", "not"):
            if key in written:
                return self._group(key, written, path, level)
        for key, read in readers.items():
            if key in written:
                self.conditions += 1
                return read(written, path)
        raise self.bad(path, "This is no group and no condition that Facet knows.")

    def _group(self, key: str, written: Mapping[str, Any], path: str, level: int) -> Rule:
        self._only(written, {key}, path)
        if level > MOST_LEVELS:
            raise self.bad(path, f"Groups can be nested {MOST_LEVELS} levels deep; this goes deeper.")
        if key == "not":
            part = self.rule(written["not"], f"{path}/not", level + 1)
            if part is None:
                raise _Bad
            return Not(part)
        parts = written[key]
        if not isinstance(parts, list):
            raise self.bad(f"{path}/{key}", f"‘{key}’ holds a list of rules.")
        if len(parts) > 10 * MOST_CONDITIONS:
            raise self.bad(f"{path}/{key}", f"A rule has at most {MOST_CONDITIONS} conditions.")
        read = [self.rule(part, f"{path}/{key}/{index}", level + 1) for index, part in enumerate(parts)]
        if any(part is None for part in read):
            raise _Bad
        return (All if key == "all" else AnyOf)(tuple(part for part in read if part is not None))

    # --- conditions -------------------------------------------------------------------------------
    def _attribute(self, written: Mapping[str, Any], path: str) -> Rule:
        self._only(written, {"attribute", "op", "value", "offset_days", "held_for", "empty"}, path)
        empty = written.get("empty", True)
        if not isinstance(empty, bool):
            raise self.bad(f"{path}/empty", "‘empty’ is true or false.")
        return Attribute(
            name=self._name(written, "attribute", path),
            op=self._name(written, "op", path),
            value=_frozen(written.get("value"), self, f"{path}/value"),
            offset_days=self._whole(written, "offset_days", path, 0, -36_525, 36_525),
            held_for=self.span(written["held_for"], f"{path}/held_for") if "held_for" in written else None,
            empty=empty,
        )

    def _interaction(self, written: Mapping[str, Any], path: str) -> Rule:
        allowed = {"interaction", "where", "window", "pick", "measure", "op", "value"}
        self._only(written, allowed, path)
        pick = written.get("pick")
        if "pick" in written and pick not in ("first", "last"):
            raise self.bad(f"{path}/pick", "‘pick’ is ‘first’ or ‘last’.")
        measure: Measure | None = None
        having: tuple[Property, ...] = ()
        if "measure" in written:
            measure, having = self._measure(written["measure"], f"{path}/measure")
        if pick and measure:
            raise self.bad(
                f"{path}/pick", "The first or last interaction has no measure: leave one of them out."
            )
        if measure is None and ("op" in written or "value" in written):
            raise self.bad(f"{path}/op", "A comparison needs a measure, such as a count or a sum.")
        if measure is not None and "op" not in written:
            raise self.bad(f"{path}/op", "A measure needs a comparison, such as ‘at least 3’.")
        return Interaction(
            kind=self._name(written, "interaction", path),
            where=(*self._where(written, path), *having),
            window=self.window(written["window"], f"{path}/window") if "window" in written else None,
            pick=pick,
            measure=measure,
            op=self._name(written, "op", path) if measure else None,
            value=_frozen(written.get("value"), self, f"{path}/value") if measure else None,
        )

    def _measure(self, written: Any, path: str) -> tuple[Measure, tuple[Property, ...]]:
        """A measure, and what its rows must have: what is only counted is counted where the property is there."""
        if not isinstance(written, Mapping):
            raise self.bad(path, "A measure is an object with ‘fn’.")
        self._only(written, {"fn", "property"}, path)
        fn = written.get("fn")
        if fn is None:
            raise self.bad(f"{path}/fn", "Say what is measured, such as a count or a sum.")
        if not isinstance(fn, str) or fn not in FUNCTIONS:
            raise self.bad(f"{path}/fn", f"‘{_short(fn)}’ is no measure that Facet knows.")
        if fn in NEED_PROPERTY and "property" not in written:
            raise self.bad(f"{path}/property", f"‘{fn}’ needs the property it is worked out over.")
        name = self._name(written, "property", path) if "property" in written else None
        if fn in NEED_PROPERTY or name is None:
            return Measure(fn, name), ()
        return Measure(fn), (Property(name, "is_set"),)

    def _sequence(self, written: Mapping[str, Any], path: str) -> Rule:
        self._only(written, {"sequence", "within", "window"}, path)
        steps = written["sequence"]
        if not isinstance(steps, list) or len(steps) < 2:
            raise self.bad(f"{path}/sequence", "A sequence has at least two steps.")
        if len(steps) > 20:
            raise self.bad(f"{path}/sequence", "A sequence has at most 20 steps.")
        if "within" not in written:
            raise self.bad(f"{path}/within", "Say within what time each step follows the one before.")
        read = tuple(
            self._step(step, f"{path}/sequence/{index}", index == len(steps) - 1)
            for index, step in enumerate(steps)
        )
        return Sequence(
            steps=read,
            within=self.span(written["within"], f"{path}/within"),
            window=self.window(written["window"], f"{path}/window") if "window" in written else None,
        )

    def _step(self, written: Any, path: str, last: bool) -> Step:
        if not isinstance(written, Mapping):
            raise self.bad(path, "A step is an object with ‘interaction’.")
        self._only(written, {"interaction", "where", "absent"}, path)
        absent = written.get("absent", False)
        if not isinstance(absent, bool):
            raise self.bad(f"{path}/absent", "‘absent’ is true or false.")
        if absent and not last:
            raise self.bad(
                f"{path}/absent", "Only the last step of a sequence can be one that did not happen."
            )
        return Step(self._name(written, "interaction", path), self._where(written, path), absent)

    def _regular(self, written: Mapping[str, Any], path: str) -> Rule:
        self._only(written, {"regular", "every", "of_last", "at_least", "times"}, path)
        what = written["regular"]
        if not isinstance(what, Mapping):
            raise self.bad(f"{path}/regular", "‘regular’ holds an object with ‘interaction’.")
        self._only(what, {"interaction", "where"}, f"{path}/regular")
        for key in ("every", "of_last", "at_least"):
            if key not in written:
                raise self.bad(f"{path}/{key}", f"A regular habit needs ‘{key}’.")
        of_last = self._whole(written, "of_last", path, 1, 1, 1_000)
        return Regular(
            kind=self._name(what, "interaction", f"{path}/regular"),
            every=self.span(written["every"], f"{path}/every"),
            of_last=of_last,
            at_least=self._whole(written, "at_least", path, 1, 1, of_last),
            where=self._where(what, f"{path}/regular"),
            times=self._whole(written, "times", path, 1, 1, 1_000_000),
        )

    def _membership(self, written: Mapping[str, Any], path: str) -> Rule:
        self._only(written, {"segment", "op", "for"}, path)
        if written.get("op") not in ("in", "not_in"):
            raise self.bad(f"{path}/op", "A segment condition says ‘in’ or ‘not_in’.")
        return Membership(
            segment=self._name(written, "segment", path),
            inside=written["op"] == "in",
            held=self.span(written["for"], f"{path}/for") if "for" in written else None,
        )

    def _where(self, written: Mapping[str, Any], path: str) -> tuple[Property, ...]:
        tests = written.get("where", [])
        if not isinstance(tests, list) or len(tests) > 50:
            raise self.bad(f"{path}/where", "‘where’ holds a list of at most 50 property conditions.")
        read = []
        for index, test in enumerate(tests):
            here = f"{path}/where/{index}"
            if not isinstance(test, Mapping):
                raise self.bad(here, "A property condition is an object with ‘property’, ‘op’ and ‘value’.")
            self._only(test, {"property", "op", "value"}, here)
            value = _frozen(test.get("value"), self, f"{here}/value")
            read.append(Property(self._name(test, "property", here), self._name(test, "op", here), value))
        return tuple(read)

    # --- small parts --------------------------------------------------------------------------------
    def span(self, written: Any, path: str) -> Span:
        """A span of the language."""
        if not isinstance(written, list | tuple) or len(written) != 2 or written[1] not in UNITS:
            raise self.bad(path, 'A span is a number and a unit, as in [7, "day"].')
        number, unit = _whole_number(written[0]), written[1]
        if number is None:
            raise self.bad(path, "A span has a whole number.")
        if number <= 0:
            raise self.bad(path, "A span must be longer than nothing.")
        if number > _LONGEST[unit]:
            raise self.bad(path, "A span can be at most 100 years long.")
        return Span(number, unit)

    def window(self, written: Any, path: str) -> Window:
        """A window of the language."""
        if not isinstance(written, Mapping):
            raise self.bad(path, 'A window is an object, as in {"last": [30, "day"]}.')
        keys = set(written)
        if keys in ({"last"}, {"before_last"}):
            form = keys.pop()
            return Window(form, (self.span(written[form], f"{path}/{form}"),))
        if keys == {"between_ago"}:
            pair = written["between_ago"]
            if not isinstance(pair, list) or len(pair) != 2:
                raise self.bad(f"{path}/between_ago", "‘between_ago’ holds two spans, the longer one first.")
            spans = tuple(self.span(s, f"{path}/between_ago/{i}") for i, s in enumerate(pair))
            return Window("between_ago", spans)
        if keys == {"period"}:
            if not isinstance(written["period"], str) or written["period"] not in PERIODS:
                raise self.bad(
                    f"{path}/period", f"‘{_short(written['period'])}’ is no period that Facet knows."
                )
            return Window("period", period=written["period"])
        if keys and keys <= {"from", "to"}:
            for key in keys:
                if not isinstance(written[key], str):
                    raise self.bad(f"{path}/{key}", "Write a date such as 2026-03-14.")
            return Window("range", start=written.get("from"), end=written.get("to"))
        raise self.bad(path, "This is no window that Facet knows.")

    def _only(self, written: Mapping[str, Any], allowed: set[str], path: str) -> None:
        extra = [key for key in written if key not in allowed]
        if extra:
            raise self.bad(path, f"‘{_short(extra[0])}’ does not belong here.")

    def _name(self, written: Mapping[str, Any], key: str, path: str) -> str:
        name = written.get(key)
        if not isinstance(name, str) or not name:
            raise self.bad(f"{path}/{key}", f"‘{key}’ needs a name.")
        if len(name) > 500:
            raise self.bad(f"{path}/{key}", "This name is longer than any that Facet keeps.")
        if "\x00" in name or _has_surrogate(name):
            raise self.bad(f"{path}/{key}", "This name has characters no text has.")
        return name

    def _whole(
        self, written: Mapping[str, Any], key: str, path: str, default: int, least: int, most: int
    ) -> int:
        number = _whole_number(written.get(key, default))
        if number is None or not least <= number <= most:
            raise self.bad(f"{path}/{key}", f"‘{key}’ is a whole number from {least} to {most}.")
        return number


def _frozen(value: Any, reader: _Reader, path: str) -> Any:
    """A JSON value as hashable plain data: lists become tuples, numbers stay exact."""
    if isinstance(value, list):
        if len(value) > MOST_VALUES:
            raise reader.bad(path, f"A list can hold at most {MOST_VALUES:,} values.")
        return tuple(_frozen(item, reader, path) for item in value)
    if isinstance(value, Mapping):
        raise reader.bad(path, "A value is text, a number, yes/no, or a list of these.")
    if isinstance(value, str) and (len(value) > 10_000 or "\x00" in value or _has_surrogate(value)):
        raise reader.bad(path, "This text is too long, or has characters no text has.")
    if isinstance(value, float) and not (value - value == 0):
        raise reader.bad(path, "This is no number.")
    if isinstance(value, int | Decimal) and values.as_number(Decimal(value)) is None:
        raise reader.bad(path, f"A number can have at most {values.LARGEST:,} digits.")
    return value


def _whole_number(value: Any) -> int | None:
    """A whole number, also where JSON wrote it with a point; None for anything else."""
    if isinstance(value, float | Decimal) and -(2**53) < value < 2**53 and value == value // 1:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _has_surrogate(text: str) -> bool:
    return not text.isascii() and any(0xD800 <= ord(character) <= 0xDFFF for character in text)


def _short(value: Any) -> str:
    return str(value)[:40]
