"""The sweep and what is beside it in the same process: the limit, the difference, memory, ten segments, checks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from config.bench import byhand, limit, population, rules
from config.bench.measures import ZONE, instant, measures_of
from config.bench.order import Order
from config.bench.population import AS_OF
from config.bench.timing import MIB, Measurement, peak_mib, private_bytes, timed, watching_memory, with_cpu
from segments.engine.judging.evaluate import judge
from segments.engine.judging.population import Population
from segments.engine.language.rules import Rule
from segments.mirror import store

SAMPLE = 2_000
EARLIER = timedelta(days=1)
Packed = dict[str, npt.NDArray[np.uint8]]
Changes = dict[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]


class NoMirror(RuntimeError):
    """The population was not made yet."""


def make(order: Order) -> dict[str, Any]:
    """Write the population as a mirror generation, once."""
    opened = store.open_newest()
    if opened is None or opened[0].contacts != order.contacts:
        with store.building():
            store.write(population.make(order.contacts, order.interactions), AS_OF)
    return {"interactions": len(opened_population().at)}


def opened_population() -> Population:
    """The made population, mapped. Raises `NoMirror`."""
    opened = store.open_newest()
    if opened is None:
        raise NoMirror("There is no population yet: run ‘manage.py benchmark’, which makes it first.")
    return opened[1]


def sweep(contacts: Population, parsed: Mapping[str, Rule], as_of: datetime = AS_OF) -> Packed:
    """Everyone judged by every segment, a bit a verdict."""
    return dict(judge(contacts, parsed, as_of=instant(as_of), zone=ZONE).packed)


def difference(before: Packed, after: Packed) -> Changes:
    """Rows that came in and rows that left, per segment; only bytes that changed are unpacked."""
    changes: Changes = {}
    for name, now in after.items():
        changed = now ^ before[name]
        places = np.flatnonzero(changed)
        bits = np.unpackbits(changed[places]).reshape(-1, 8)
        inside = np.unpackbits(now[places]).reshape(-1, 8)
        rows = places[:, None] * 8 + np.arange(8)
        changes[name] = (rows[(bits & inside).astype(bool)], rows[(bits & ~inside).astype(bool)])
    return changes


def measure(order: Order) -> dict[str, Any]:
    """All rows of this process."""
    contacts = opened_population()
    documents = rules.segments(order.segments)
    parsed = rules.parsed(documents, contacts)
    first, packed = timed(lambda: sweep(contacts, parsed))
    with watching_memory() as seen:
        sweep(contacts, parsed)
    memory = {"private_mib": round(max(seen) / MIB, 1), "rise_mib": round((max(seen) - seen[0]) / MIB, 1)}
    loop = None
    if "limit" in order.peers:
        measures = measures_of(documents.values(), AS_OF)
        loop = limit.Limit(measures, contacts, instant(AS_OF) + 1)
        loop.run()
    swept, limited = Measurement("sweep", []), Measurement("limit", [])
    for _ in range(order.runs):  # in turns, so that both meet the same other load
        with_cpu(lambda: sweep(contacts, parsed), swept)
        if loop is not None:
            with_cpu(loop.run, limited)
    swept.figures |= {**memory, "first": round(first, 4), "peak_mib": peak_mib()}
    swept.told = f"{order.segments} segments"
    limited.told = f"{len(loop.measures)} measures, no verdicts" if loop else ""
    few = dict(list(parsed.items())[: max(order.segments // 10, 1)])
    ten = Measurement("sweep of a tenth of the segments", [], f"{len(few)} segments")
    for _ in range(order.runs):
        with_cpu(lambda: sweep(contacts, few), ten)
    found = [swept, *([limited] if loop else []), ten, _difference(order, contacts, parsed, packed)]
    return {
        "measurements": [one.as_json() for one in found],
        "members": {
            name: int(np.unpackbits(bits, count=len(contacts)).sum()) for name, bits in packed.items()
        },
        "checks": [_check(contacts, documents, packed, loop)],
        "private_after_mib": round(private_bytes() / MIB, 1),
    }


def quarter(order: Order) -> dict[str, Any]:
    """Only the sweep, of a population with fewer interactions."""
    contacts = opened_population()
    parsed = rules.parsed(rules.segments(order.segments), contacts)
    sweep(contacts, parsed)
    swept = Measurement("sweep of a quarter of the interactions", [], f"{len(contacts.at):,} interactions")
    for _ in range(order.runs):
        with_cpu(lambda: sweep(contacts, parsed), swept)
    return {"measurements": [swept.as_json()]}


def _difference(order: Order, contacts: Population, parsed: Mapping[str, Rule], after: Packed) -> Measurement:
    before = sweep(contacts, parsed, AS_OF - EARLIER)
    taken: list[float] = []
    changes: Changes = {}
    for _ in range(order.runs):
        seconds, changes = timed(lambda: difference(before, after))
        taken.append(seconds)
    moved = sum(len(came) + len(went) for came, went in changes.values())
    return Measurement("difference", taken, f"{moved:,} verdicts changed within a day")


def _check(
    contacts: Population, documents: Mapping[str, Any], packed: Packed, loop: limit.Limit | None
) -> dict[str, Any]:
    """Every segment for some contacts, by hand; and the limit's measures likewise."""
    size = len(contacts)
    chosen = np.unique(np.linspace(0, size - 1, min(SAMPLE, size)).astype(int)).tolist()
    verdicts = {name: np.unpackbits(bits, count=size).astype(bool) for name, bits in packed.items()}
    wrong, compared = [], 0
    for row in chosen:
        who = byhand.person(contacts, row)
        for name, document in documents.items():
            compared += 1
            if byhand.belongs(document, who, AS_OF) != bool(verdicts[name][row]):
                wrong.append(f"{name}, contact {int(contacts.ids[row])}")
        if loop is not None:
            compared += len(loop.measures)
            wrong += _measures_differ(loop, who, row)
    return {
        "what": f"verdicts and measures of {len(chosen):,} contacts by hand",
        "compared": compared,
        "wrong": wrong,
    }


def _measures_differ(loop: limit.Limit, who: byhand.Person, row: int) -> list[str]:
    seen, out = loop.of(row, row + 1)
    wrong = []
    for place, one in enumerate(loop.measures):
        count, number = byhand.measured(one, who)
        same = count == seen[place, 0]
        if same and count and one.fn in limit.AMOUNTS:
            same = int(number * 100) == out[place, 0]
        if not same:
            wrong.append(f"limit: {one}, row {row}")
    return wrong
