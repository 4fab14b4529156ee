"""The table of a benchmark run: what took how long, against what is to be reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

FULL = (1_000_000, 20_000_000, 100)  # the sizes for which the goals in seconds are meant
Rows = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Goal:
    """What a row is to reach: `limit` at most, or at least where `least`, of what `of` reads from all rows."""

    words: str
    of: Callable[[Rows, Mapping[str, Any]], float]
    limit: float
    least: bool = False
    any_size: bool = True

    def said(self, rows: Rows, own: Mapping[str, Any], full: bool) -> tuple[str, str]:
        """What came of it, and whether it is reached, in words."""
        try:
            value = self.of(rows, own)
        except KeyError:
            return self.words, "not measured"
        reached = value >= self.limit if self.least else value <= self.limit
        verdict = ("yes" if reached else "NO") if full or self.any_size else "other size"
        return self.words, f"{verdict} ({value:.3g})"


def _times(rows: Rows, own: Mapping[str, Any]) -> float:
    """How many times longer than the sweep."""
    return float(own["median"] / rows["sweep"]["median"])


def _longer(rows: Rows, own: Mapping[str, Any]) -> float:
    """How many times longer the sweep is than this."""
    return float(rows["sweep"]["median"] / own["median"])


def _median(rows: Rows, own: Mapping[str, Any]) -> float:
    return float(own["median"])


def _p95(rows: Rows, own: Mapping[str, Any]) -> float:
    return float(own["p95"])


GOALS: dict[str, list[Goal]] = {
    "sweep": [
        Goal("at most 2 × the limit", lambda rows, own: float(own["median"] / rows["limit"]["median"]), 2),
        Goal("private memory at most 1024 MiB", lambda rows, own: float(own["private_mib"]), 1024),
    ],
    "sweep with churn to PostgreSQL": [Goal("at most 2.5 s", _median, 2.5, any_size=False)],
    "sweep with churn to SQLite": [Goal("at most 6 s", _median, 6, any_size=False)],
    "edit to counts in the browser": [Goal("at most 0.3 s at p95", _p95, 0.3, any_size=False)],
    "badges of a customer": [Goal("at most 0.05 s at p95", _p95, 0.05, any_size=False)],
    "duckdb": [Goal("sweep ≥ 5 × faster", _times, 5, least=True)],
    "postgres": [Goal("sweep ≥ 50 × faster", _times, 50, least=True)],
    "sql": [Goal("sweep ≥ 200 × faster", _times, 200, least=True)],
    "sweep of a tenth of the segments": [Goal("all at most 3 × this", _longer, 3)],
    "sweep of a quarter of the interactions": [Goal("all at most 4 × this", _longer, 4)],
    "difference": [Goal("at most 0.1 s", _median, 0.1, any_size=False)],
    "preview": [Goal("p95 at most 0.12 s", _p95, 0.12, any_size=False)],
    "why": [Goal("p95 at most 0.06 s", _p95, 0.06, any_size=False)],
    "patch from PostgreSQL": [Goal("at most 1 s", _median, 1, any_size=False)],
    "full mirror from PostgreSQL": [Goal("at most 45 s", _median, 45, any_size=False)],
    "full mirror from SQLite": [Goal("at most 90 s", _median, 90, any_size=False)],
}


def lines(found: Mapping[str, Any]) -> list[str]:
    """The whole report in Markdown."""
    sizes = found["sizes"]
    full = (sizes["contacts"], sizes["asked_interactions"], sizes["segments"]) == FULL
    rows = {row["row"]: row for row in found["measurements"]}
    head = [
        f"{sizes['contacts']:,} contacts, {sizes['interactions']:,} interactions, {sizes['segments']} segments.",
        _machine(found["machine"]),
        "Versions: " + ", ".join(f"{name} {version}" for name, version in found["versions"].items()) + ".",
        "",
        "| what | median s | slowest s | runs | to reach | reached | notes |",
        "|---|---:|---:|---:|---|---|---|",
    ]
    table = [line for row in found["measurements"] for line in _row(row, rows, full)]
    checks = [
        f"- {check['what']}: {check['compared']:,} compared, "
        + (f"**{len(check['wrong'])} wrong**, first: {check['wrong'][0]}" if check["wrong"] else "all equal")
        for check in found["checks"]
    ]
    left = [f"- left out: {sentence}" for sentence in found["left_out"]]
    return [*head, *table, "", "Answers checked:", *checks, *left]


def _machine(machine: Mapping[str, Any]) -> str:
    load = ", ".join(str(load) for load in machine["load_before"])
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}; "
        f"load before the run {load}."
    )


def _row(row: Mapping[str, Any], rows: Rows, full: bool) -> list[str]:
    notes = [str(row["told"])] if row["told"] else []
    notes += [f"{name} {row[name]:.3g} s" for name in ("cpu", "p95", "first") if name in row]
    notes += [f"private {row['private_mib']:,.0f} MiB" for _ in range("private_mib" in row)]
    notes += [f"peak {row['peak_mib']:,.0f} MiB" for _ in range("peak_mib" in row)]
    goals = [goal.said(rows, row, full) for goal in GOALS.get(row["row"], [])] or [("", "")]
    first = f"| {row['row']} | {row['median']:.4g} | {max(row['seconds']):.4g} | {row['runs']} "
    made = [f"{first}| {goals[0][0]} | {goals[0][1]} | {'; '.join(notes)} |"]
    return made + [f"| | | | | {words} | {said} | |" for words, said in goals[1:]]
