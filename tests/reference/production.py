"""One portable case through the production engine: who belongs, and how many at each node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unittest import mock

from segments.engine import portable
from segments.engine.evaluate import Verdicts, judge


def judged(file: Mapping[str, Any], case: Mapping[str, Any]) -> tuple[list[str], dict[str, int]]:
    """The members of a case and the count of each node by path. Raises `Refused`."""
    counts: dict[str, int] = {}

    def counting(*args: Any, **kwargs: Any) -> Verdicts:
        verdicts = judge(*args, **{**kwargs, "count_nodes": kwargs["wanted"]})
        counts.update(verdicts.counts[kwargs["wanted"][0]])
        return verdicts

    with mock.patch.object(portable, "judge", counting):
        found = portable.members_of(file, case)
    return found, counts
