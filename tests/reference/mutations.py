"""Seeds faults in the engine, one at a time, and shows after how many drawn cases the judge sees each.

`python -m tests.reference.mutations [--examples 6000] [WORD…]` prints a table; words pick the faults that hold one.
Each fault is planted in a copy of the engine, in a process of its own; the checkout is not touched.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = 6000
PARTS = ("segments/__init__.py", "segments/engine", "tests/__init__.py", "tests/reference")


@dataclass(frozen=True)
class Fault:
    """A piece of an engine module, and what stands there instead."""

    name: str
    module: str
    right: str
    wrong: str


CONTROL = Fault("(no fault: the engine as it is)", "kernel", "COUNT", "COUNT")
FAULTS = [
    Fault("window: its start is left out", "kernel", "moment < series.opens[s] or",
          "moment <= series.opens[s] or"),
    Fault("window: an inner start belongs to the time before", "kernel", "while moment >= series.edges[cell + 1]",
          "while moment > series.edges[cell + 1]"),
    Fault("window: cells are not added up", "kernel", "counts[cell, lane] += counts[cell + 1, lane]", "pass"),
    Fault("window: as-of itself is left out", "moments", "    end = as_of + 1\n", "    end = as_of\n"),
    Fault("between_ago: its end is let in", "moments", "min(stops, end)\n    if", "min(stops + 1, end)\n    if"),
    Fault("to: a plain date ends as it begins", "moments", "edge(window.end, zone, after=True)",
          "edge(window.end, zone, after=False)"),
    Fault("tie: the one recorded earlier is the last", "population", "np.lexsort((np.arange(rows), at, owner))",
          "np.lexsort((-np.arange(rows), at, owner))"),
    Fault("a repeated message counts twice", "portable", "message is not None and message in seen", "False"),
    Fault("missing: a negative does not match it", "operators", "return ~hit if empty else ~hit & readable",
          "return ~hit & readable"),
    Fault("missing: the minimum of nothing is 0", "kernel",
          " & (counts[a, lane] > 0)", ""),
    Fault("a rule that says nothing has all members", "program", "_Step(kernel.CONSTANT, 0)",
          "_Step(kernel.CONSTANT, 1)"),
    Fault("text: case counts", "values", ".casefold()", ""),
    Fault("text: outer white space counts", "values", 'normalize("NFC", value.strip())', 'normalize("NFC", value)'),
    Fault("number: 53 bits", "values", "        return Decimal(value)\n", "        return Decimal(float(value))\n"),
    Fault("sum: overflow is not noticed", "tables", "return most * rows < SAFE",
          "return most * rows < SAFE**2"),
    Fault("average: rounded down", "kernel", "(values[a, lane] - values[b, lane]) * times",
          "(values[a, lane] - values[b, lane]) // max(count, 1) * count * times"),
    Fault("average: a fine limit is rounded", "measures", "return exact.denominator, exact.numerator",
          "return 1, round(exact)"),
    Fault("distinct: as text, whatever the type", "measures", "classes(column.dictionary.type)", 'classes("text")'),
    Fault("weeks begin on Sunday", "moments", "today - day.weekday()", "today - (day.weekday() + 1) % 7"),
    Fault("distinct_weeks: begin on Sunday", "kernel", "(day + 3) // 7", "(day + 4) // 7"),
    Fault("months: clamped to the 28th", "moments", "min(day.day, monthrange(year, month + 1)[1])", "min(day.day, 28)"),
    Fault("months: the clock change is overlooked", "moments", "local.time(), tzinfo=zone)",
          "local.time(), tzinfo=__import__('datetime').timezone(local.utcoffset()))"),
    Fault("29 February has no anniversary", "date_tests", "same |= (month == 2) & (day == 29)", "same |= False"),
    Fault("within_last: the first day is left out", "date_tests", "(read.day >= start) & (read.day <= today)",
          "(read.day > start) & (read.day <= today)"),
    Fault("distinct_days: a day is counted at each change", "kernel", "counts[latest[s, 1], lane] -= 1", "pass"),
    Fault("first: the last is taken", "kernel", "fn == LAST or counts", "True or counts"),
    Fault("last: one that fails its test is passed over", "kernel", "+ 1 if passed else -1",
          "+ 1 if passed else counts[series.first[s], lane]"),
    Fault("64 at a time: the last of them is forgotten", "kernel", "for lane in range(size):\n        here[:]",
          "for lane in range(min(size, LANES - 1)):\n        here[:]"),
    Fault("64 at a time: cells are not emptied", "kernel", "            _empty(series, counts, values)",
          "            if begin == start:\n                _empty(series, counts, values)"),
    Fault("sequence: one instant is two steps", "loops", "            if moment != now:", "            if True:"),
    Fault("sequence: the last moment is too late", "loops", "best[step - 1] >= moment", "best[step - 1] > moment"),
    Fault("sequence: absent, the very end is too early", "loops", "pending <= as_of", "pending < as_of"),
    Fault("regular: the oldest block lets its start in", "loops", "moment <= borders[blocks]", "moment < borders[blocks]"),
    Fault("held_for: the first instant is left out", "loops", "at[entry] <= since", "at[entry] < since"),
    Fault("a dotted path wins over the exact key", "population", "flat.setdefault(name, value)", "flat[name] = value"),
    Fault("for: yesterday's attributes are today's", "standing", "as_it_was(population, instant)", "population"),
    Fault("patch: types are not agreed on", "agreeing", "if typed is not dictionary:", "if False:"),
]  # fmt: skip


def plant(fault: Fault, folder: Path) -> bool:
    """A copy of the engine and the judge with a fault in it; False where the engine no longer reads like that."""
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy2
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / part, folder / part)
    module = next((folder / "segments" / "engine").rglob(f"{fault.module}.py"))
    text = module.read_text()
    module.write_text(text.replace(fault.right, fault.wrong))
    return fault.right in text


def seen_after(fault: Fault, examples: int) -> str:
    """After how many cases the judge sees a fault, in words."""
    with tempfile.TemporaryDirectory(prefix="facet-fault-") as name:
        if not plant(fault, Path(name)):
            return "STALE: the engine no longer reads like that"
        done = subprocess.run(
            [sys.executable, "-m", "tests.reference.hunting", str(examples)],
            cwd=name,
            env={**os.environ, "PYTHONPATH": name},
            capture_output=True,
            text=True,
            check=False,
        )
    return done.stdout.strip() or f"the hunt broke: {done.stderr.strip()[-200:]}"


def main() -> int:
    """Prints the table; 1 where a fault was not seen, or one where none was planted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=EXAMPLES)
    parser.add_argument("words", nargs="*")
    asked = parser.parse_args()
    clean = seen_after(CONTROL, asked.examples)
    print(f"{CONTROL.name:48} {clean}", flush=True)  # noqa: T201
    unseen = int(not clean.startswith("NOT SEEN"))
    for fault in FAULTS:
        if asked.words and not any(word in fault.name for word in asked.words):
            continue
        answer = seen_after(fault, asked.examples)
        unseen += not answer.startswith("seen")
        print(f"{fault.name:48} {answer}", flush=True)  # noqa: T201
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
