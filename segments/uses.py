"""Who uses a segment: registered by the storeys above in `AppConfig.ready`, shown on the segment's page.

A segment with a use that `holds` it cannot be archived before that use has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from segments.models import Segment


@dataclass(frozen=True)
class Use:
    """One thing that reads a segment's members: a campaign, a goal, another segment."""

    name: str
    url: str
    icon: str
    state: str
    holds: bool = True


# name of the source -> uses of one segment, in a fixed number of queries
USES: dict[str, Callable[[Segment], Iterable[Use]]] = {}


def uses_of(segment: Segment) -> list[Use]:
    """Everything that uses this segment, from every source, those that hold it first."""
    found = [use for source in USES.values() for use in source(segment)]
    return sorted(found, key=lambda use: (not use.holds, use.name.casefold()))
