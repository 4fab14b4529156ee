"""What the kernel takes: a population, what is gathered of it, and the steps that decide; all as plain arrays."""

from __future__ import annotations

from typing import Any, NamedTuple


class Rows(NamedTuple):
    """A population: rows by contact, and by kind as `grouping.ByKind` has them: `pairs` to `lanes`.

    `attributes` and `properties` are the addresses of the columns' codes (int32).
    """

    offsets: Any
    kind: Any
    at: Any
    pairs: Any
    owners: Any
    starts: Any
    moments: Any
    source: Any
    lanes: Any
    attributes: Any
    properties: Any


class Series(NamedTuple):
    """What is gathered. A series reads the rows of some kinds that pass its tests, and sorts them by time into cells.

    Cell i of a series holds what happened within [edges[i], edges[i + 1]); its last edge closes it. Into its last cell
    go rows that are too new, into the cell before its first those that are too old: what is there is thrown away, so
    that no row needs a branch. `opens` and `closes` are its first and last edge.

    PLAIN is COUNT without tests, the most frequent by far. CLASSED counts for several series at once, told by a code of
    property `number_property`: `numbers` says how far on the cells of each lie. SUM, MINIMUM and MAXIMUM read a
    property's numbers; CHANGES counts days (unit 0), weeks (1) or months (2). Series with numbers come first, so that
    their cells are the first of all. A test is a property and where its verdicts begin in `verdicts`.

    `read` are the kinds that are read, `kinds[of:of_next]` the series that read a kind, by `kind_start`; `mixed` those
    that need the rows of several kinds in one order. `fetched[of:of_next]`, by `fetch_start`, are the properties that
    are read of a kind's rows, each with where its numbers begin (-1: not asked for) and back to when it is read.
    """

    read: Any
    kind_start: Any
    kinds: Any
    mixed_start: Any
    mixed: Any
    fetch_start: Any
    fetched: Any
    fetched_numbers: Any
    fetch_opens: Any
    fn: Any
    first: Any
    last: Any
    opens: Any
    closes: Any
    edges: Any
    test_start: Any
    test_property: Any
    test_offset: Any
    verdicts: Any
    number_property: Any
    number_offset: Any
    numbers: Any
    numbered_cells: int
    unit: Any
    zone_start: Any
    zone_offset: Any
    months: Any
    first_day: int


class Steps(NamedTuple):
    """How the rules are decided: each step's operation on `a` and `b`, after those it builds on.

    CONSTANT: `a` is 0 or 1. COUNTED, SUMMED, EXTREME: the cells from `a` to before `b`, within [low, high]. SUMMED
    compares sum x `times` - count x `less`. EXTREME and, where `some`, SUMMED hold only where there was anything.
    GIVEN: row `a` of what was worked out elsewhere. ALL, ANY: parts[a:b]; NOT: step `a`. ATTRIBUTE: decided before all
    others by a look, which reads column `looks` and answers up to eight steps, `looked[of:of_next]`, by `look_start`;
    its verdicts, a bit for each of them, begin at `look_verdicts`. `reported` are the steps whose truth is handed out.
    """

    operation: Any
    a: Any
    b: Any
    low: Any
    high: Any
    times: Any
    less: Any
    some: Any
    parts: Any
    looks: Any
    look_start: Any
    looked: Any
    look_verdicts: Any
    verdicts: Any
    reported: Any


class Room(NamedTuple):
    """What is known of some rows of one kind while they are sorted.

    `codes` and `numbers` (properties x rows): what they have of the properties that are read. `places`: where each
    counts; `passed`: whether it does; `days`: when it was on local calendars.
    """

    codes: Any
    numbers: Any
    places: Any
    passed: Any
    days: Any
