"""Draws cases until the engine and the judge disagree: `python -m tests.reference.hunting [EXAMPLES] [--seed N]`.

`--keep FILE` writes the cases down with the judge's answers instead; `--kept FILE` asks the engine for those alone,
so that many faults are hunted with one drawing.
"""

from __future__ import annotations

import argparse
import pickle
import random
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from segments.engine.language.refusals import Refused
from tests.reference.pools import DECLARED
from tests.reference.production import judged, judged_far_apart, judged_in_two

FILE = {"facet": 1, "attributes": DECLARED}


Json = dict[str, Any]
COMPILING = 300


def drawn(examples: int, start: int) -> list[Json]:
    """That many cases, made by plain dice, with the judge's answers; fewer where the rules say nothing to some."""
    from tests.reference.chance import Chance
    from tests.reference.drawing import draw_case
    from tests.reference.evaluator import members, truth_by_path
    from tests.reference.world import Unsaid

    chance, found = Chance(random.Random(start).randint), []
    for _ in range(examples):
        case = draw_case(chance)
        with suppress(Unsaid):
            counts = {path: len(ids) for path, ids in truth_by_path(case, FILE).items()}
            found.append({"case": case, "members": sorted(members(case, FILE)), "counts": counts})
    return found


def disagree(answered: Json) -> bool:
    """Whether the engine says another thing than the judge, or breaks."""
    case = answered["case"]
    try:
        got, counts = judged(FILE, case)
        apart = judged_in_two(FILE, case)
        far, _ = judged_far_apart(FILE, case)
    except Refused:
        return False
    except Exception:
        return True
    return (
        not sorted(got) == sorted(apart) == sorted(far) == answered["members"]
        or {path: counts.get(path) for path in answered["counts"]} != answered["counts"]
    )


def hunt(cases: Iterable[Json]) -> str:
    """After how many cases one was disagreed on, in words."""
    number = 0
    for number, one in enumerate(cases, 1):
        if disagree(one):
            return f"seen after {number} cases"
    return f"NOT SEEN in {number} cases"


def main() -> None:
    """Draws or reads cases; keeps them, or says when the engine was caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("examples", type=int, nargs="?", default=6000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--kept", type=Path)
    asked = parser.parse_args()
    cases = pickle.loads(asked.kept.read_bytes()) if asked.kept else drawn(asked.examples, asked.seed)
    if asked.keep:
        asked.keep.write_bytes(pickle.dumps(cases))
        hunt(cases[:COMPILING])  # once here, so that copies of this folder find the engine compiled
    else:
        print(hunt(cases))  # noqa: T201


if __name__ == "__main__":
    main()
