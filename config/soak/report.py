"""What a soak found, in a table for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def violations(found: Mapping[str, Any]) -> list[str]:
    """Everything that was to be true and is not."""
    return [f"{proof['what']}: {wrong}" for proof in found["proofs"] for wrong in proof["wrong"]]


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """The table, line by line."""
    order = found["order"]
    on = "PostgreSQL" if order["database"].startswith("postgres") else "SQLite"
    yield f"Soak: {order['contacts']:,} contacts on {on}, seed {order['seed']}"
    yield from _section("Sent", _sent(found))
    yield ""
    yield f"{'Seconds':<46}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}{'n':>8}"
    for words, name in (
        ("accepted request to changed badge", "latency"),
        ("  outside the 10 s after a kill", "latency_calm"),
        ("  within them, or seen after a kill", "latency_disturbed"),
        ("end of a window to the badge gone", "late_exits"),
    ):
        yield _row(words, found[name])
        if name == "latency_disturbed":
            for what, spans in found["latency_by_victim"].items():
                yield _row(f"    after: {what}", spans)
    for kind, spans in found["runs"]["seconds"].items():
        yield _row(f"run: {kind}", spans)
    killed: dict[str, int] = {}
    for kill in found["kills"]:
        killed[kill["victim"]] = killed.get(kill["victim"], 0) + 1
    yield from _section(
        f"{len(found['kills'])} kills",
        [
            *((f"{name}", str(number)) for name, number in sorted(killed.items())),
            *((f"not carried out: {why}", "") for why in found["kills_failed"]),
            ("started, with the first time", ", ".join(f"{k} {v}" for k, v in found["starts"].items())),
        ],
    )
    told = found["runs"]
    yield from _section("Runs", [(name, f"{number:,}") for name, number in told["outcomes"].items()])
    yield from _section("Log", [(name, f"{number:,}") for name, number in told["log_by_cause"].items()])
    if told["errors"]:
        yield from _section("Errors of runs", [(error, "") for error in told["errors"]])
    for part, errors in found["logs"].items():
        yield from _section(
            f"Tracebacks of {part}", [(error, f"{number:,}") for error, number in errors.items()]
        )
    yield ""
    for proof in found["proofs"]:
        yield f"{'WRONG' if proof['wrong'] else 'true ':<7}{proof['what']} ({proof['looked_at']})"
        for wrong in proof["wrong"]:
            yield f"         {wrong}"


def _sent(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    sent = found["sent"]
    accepted = f"{sent['accepted']:,} changes accepted in {sent['seconds']:g} s"
    return [
        (accepted, f"{sent['a_second']:g} a second"),
        ("asked for", f"{found['order']['rate']:g} a second"),
        ("requests", f"{sent['requests']:,}"),
        ("accepted ones sent again with the same id", f"{sent['replayed']:,}"),
        ("rows of imported files", f"{sent['from_files']:,}"),
        ("requests waiting to be sent, at most", f"{sent['longest_queue']:,}"),
        ("changes that waited in vain when time was up", f"{sent['never_sent']:,}"),
        *((f"processor time: {who}", f"{spent:g} s") for who, spent in sent["processor_seconds"].items()),
        *((f"sent again after {what}", f"{number:,}") for what, number in sent["sent_again"].items()),
        *((what, f"{number:,}") for what, number in found["meddled"].items()),
    ]


def _row(words: str, spans: Mapping[str, float]) -> str:
    cells = (spans.get(name) for name in ("p50", "p95", "p99", "max"))
    shown = "".join(f"{'–' if cell is None else f'{cell:.2f}':>8}" for cell in cells)
    return f"{words:<46}{shown}{spans['n']:>8,}"


def _section(title: str, rows: list[tuple[str, str]]) -> Iterator[str]:
    yield ""
    yield title
    for words, value in rows:
        yield f"  {words:<52}{value:>12}"
