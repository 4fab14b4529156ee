"""Seeds faults in the engine, one at a time, and shows who notices each: the judge, after how many cases, or a test.

`python -m tests.reference.mutations [--examples 6000] [--at-once 2] [--kept FOLDER] [WORD…]` prints a table; words pick
the faults that hold one in their name or module, and a folder keeps the drawn cases for the next run. Each fault is
planted in a copy of the product, in a process of its own; the checkout is not touched. The cases are drawn and judged
once: the judge shares no code with the engine, so no fault changes what it says.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path

from segments.engine.judging.compiled import digest
from tests.reference.faults import CONTROL, FAULTS, Fault

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = 6000
JUDGED = ("segments/__init__.py", "segments/engine", "tests/__init__.py", "tests/reference")
COMPILED = {"kernel", "sorting", "addresses", "grouping", "forms", "loops"}
WHOLE = (
    "config",
    "crm",
    "segments",
    "campaigns",
    "tests",
    "templates",
    "static",
    "manage.py",
    "pyproject.toml",
)
_KEPT = tempfile.TemporaryDirectory(prefix="facet-cases-")
UNSEEN = ("NOT SEEN", "STALE", "the hunt broke")


def plant(fault: Fault, folder: Path) -> bool:
    """A copy of what notices the fault, with it inside; False where the product no longer reads like that."""
    for part in WHOLE if fault.by else JUDGED:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy2
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / part, folder / part)
    module = next(modules(fault.module, folder))
    text = module.read_text()
    module.write_text(text.replace(fault.right, fault.wrong))
    if not fault.by and fault.module not in COMPILED:  # it finds the engine compiled
        keeping = next(modules("compiled", folder))
        keeping.write_text(keeping.read_text().replace("    return digest\n", f"    return {digest()}\n"))
    return fault.right in text


@cache
def answered(examples: int, folder: str = _KEPT.name) -> Path:
    """Where the drawn cases with the judge's answers are kept: in the folder, or as long as this process lives."""
    kept = Path(folder) / f"{examples}.pickle"
    if kept.exists():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    asked = [sys.executable, "-m", "tests.reference.hunting", str(examples), "--keep", str(kept)]
    subprocess.run(asked, cwd=ROOT, check=True)
    return kept


def modules(name: str, folder: Path) -> Iterator[Path]:
    """The module of a name: of the engine, else of the mirror."""
    for room in ("engine", "mirror"):
        yield from (folder / "segments" / room).rglob(f"{name}.py")


def seen_after(fault: Fault, cases: Path) -> str:
    """After how many cases the judge sees a fault, or by which tests, in words."""
    with tempfile.TemporaryDirectory(prefix="facet-fault-") as name:
        if not plant(fault, Path(name)):
            return "STALE: the product no longer reads like that"
        hunted = () if fault.by else ("-m", "tests.reference.hunting", "--kept", str(cases))
        tested = [
            "-m",
            "pytest",
            "-n",
            "0",
            "-x",
            "-q",
            "--timeout",
            "0",
            "-p",
            "no:cacheprovider",
            *(["--unshrunk"] if any("tests/reference/" in test for test in fault.by) else []),
            *fault.by,
        ]
        done = subprocess.run(
            [sys.executable, *(hunted or tested)],
            cwd=name,
            env={**os.environ, "PYTHONPATH": name},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode < 0:
        return "seen: the engine is killed by it"
    if not fault.by:
        return done.stdout.strip() or f"the hunt broke: {done.stderr.strip()[-200:]}"
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    if failed:
        return f"seen by {failed[0].split('::')[1].split(' ')[0]}"
    return "NOT SEEN by its tests" if not done.returncode else f"the hunt broke: {done.stdout.strip()[-200:]}"


def main() -> int:
    """Prints the table; 1 where a fault was not seen, or one where none was planted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=EXAMPLES)
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--kept", default=_KEPT.name)
    parser.add_argument("words", nargs="*")
    asked = parser.parse_args()
    chosen = [
        fault
        for fault in FAULTS
        if not asked.words or any(word in f"{fault.module}: {fault.name}" for word in asked.words)
    ]
    cases = answered(asked.examples, asked.kept)
    with ThreadPoolExecutor(asked.at_once) as pool:
        answers = [pool.submit(partial(seen_after, fault, cases)) for fault in (*chosen, CONTROL)]
        for fault, answer in zip((*chosen, CONTROL), answers, strict=True):
            print(f"{fault.name:52} {answer.result()}", flush=True)  # noqa: T201
    *found, clean = (answer.result() for answer in answers)
    return 1 if any(one.startswith(UNSEEN) for one in found) or not clean.startswith("NOT SEEN") else 0


if __name__ == "__main__":
    sys.exit(main())
