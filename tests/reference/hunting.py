"""Draws cases until the engine and the judge disagree: `python -m tests.reference.hunting EXAMPLES [SEED]`."""

from __future__ import annotations

import sys
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from segments.engine.language.refusals import Refused
from tests.reference.drawing import cases
from tests.reference.evaluator import members, truth_by_path
from tests.reference.pools import DECLARED
from tests.reference.production import judged, judged_far_apart, judged_in_two
from tests.reference.world import Unsaid

FILE = {"facet": 1, "attributes": DECLARED}


class Seen(Exception):
    """A case on which they disagree."""


def disagree(case: dict[str, Any]) -> bool:
    """Whether the engine says another thing than the judge, or breaks."""
    try:
        wanted = {path: len(ids) for path, ids in truth_by_path(case, FILE).items()}
        who = members(case, FILE)
    except Unsaid:
        return False
    try:
        got, counts = judged(FILE, case)
        apart = judged_in_two(FILE, case)
        far, _ = judged_far_apart(FILE, case)
    except Refused:
        return False
    except Exception:
        return True
    return (
        not sorted(got) == sorted(apart) == sorted(far) == sorted(who)
        or {path: counts.get(path) for path in wanted} != wanted
    )


def hunt(examples: int, start: int) -> str:
    """How many cases were drawn until one was disagreed on, in words."""
    drawn = 0

    @settings(max_examples=examples, phases=[Phase.generate], database=None, deadline=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @seed(start)
    @given(cases())
    def look(case: dict[str, Any]) -> None:
        nonlocal drawn
        drawn += 1
        if disagree(case):
            raise Seen

    try:
        look()
    except Seen:
        return f"seen after {drawn} cases"
    return f"NOT SEEN in {drawn} cases"


if __name__ == "__main__":
    print(hunt(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))  # noqa: T201
