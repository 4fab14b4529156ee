"""What the kernel takes: a population, what is gathered of it, and the steps that decide; all as plain arrays."""

from __future__ import annotations

from typing import Any, NamedTuple


class Rows(NamedTuple):
    """A population: rows by contact, and by kind as `grouping.ByKind` has them: `pairs` to `source`.

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
    attributes: Any
    properties: Any


class Series(NamedTuple):
    """What is gathered. A series reads the rows of some kinds that pass its tests, and sorts them by time into cells.

    Cell i of a series holds what happened within [edges[i], edges[i + 1]); its last edge closes it, so its last cell
    stays empty; `opens` and `closes` are its first and last edge. PLAIN is COUNT without tests, the most frequent by
    far. `read` are the kinds that are read, `kinds[of:of_next]` the series that read a kind, by `kind_start`; `mixed`
    those that need the rows of several kinds in one order. A test is a property and where
    its verdicts begin in `verdicts`; SUM, MINIMUM and MAXIMUM read a property's numbers; CHANGES counts days (unit 0),
    weeks (1) or months (2). Series with numbers come first, so that their cells are the first of all.
    """

    read: Any
    kind_start: Any
    kinds: Any
    mixed_start: Any
    mixed: Any
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

    CONSTANT: `a` is 0 or 1. ATTRIBUTE: column `a`, its verdicts begin at `b`. COUNTED, SUMMED, EXTREME: the cells from
    `a` to before `b`, within [low, high]. SUMMED compares sum x `times` - count x `less`. EXTREME and, where `some`,
    SUMMED hold only where there was anything. GIVEN: row `a` of what was worked out elsewhere. ALL, ANY:
    parts[a:b]; NOT: step `a`. `reported` are the steps whose truth is handed out.
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
    verdicts: Any
    reported: Any
