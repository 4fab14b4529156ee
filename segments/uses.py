"""Who uses a segment, and what can be begun with it: registered by the storeys above in `AppConfig.ready`.

A segment with a use that `holds` it cannot be archived before that use has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from crm.domain.roles import Permission
from crm.models import User
from segments.models import Segment


@dataclass(frozen=True)
class Use:
    """One thing that reads a segment's members: a campaign, a goal, another segment."""

    name: str
    url: str
    icon: str
    state: str
    holds: bool = True


@dataclass(frozen=True)
class Beginning:
    """Something to begin with a segment, by a link on its pages: `path` makes its address."""

    words: str
    icon: str
    path: Callable[[Segment], str]
    permission: Permission


# name of the source -> uses of one segment, in a fixed number of queries
USES: dict[str, Callable[[Segment], Iterable[Use]]] = {}
# name of the source -> the keys of all segments that it uses, in one query
USED: dict[str, Callable[[], Iterable[int]]] = {}

# name of what is begun -> how, in the order it is offered
BEGINNINGS: dict[str, Beginning] = {}


def beginnings_of(segment: Segment, viewer: User) -> list[tuple[Beginning, str]]:
    """What somebody may begin with a segment in use, each with its address."""
    if segment.archived_at is not None:
        return []
    return [(one, one.path(segment)) for one in BEGINNINGS.values() if viewer.may(one.permission)]


def uses_of(segment: Segment) -> list[Use]:
    """Everything that uses this segment, from every source, those that hold it first."""
    found = [use for source in USES.values() for use in source(segment)]
    return sorted(found, key=lambda use: (not use.holds, use.name.casefold()))


def used_segments() -> set[int]:
    """The keys of all segments that anything uses, in a query a source."""
    return {key for source in USED.values() for key in source()}
