"""Who uses a segment, and what can be begun with it: registered by the storeys above in `AppConfig.ready`.

A segment with a use that `holds` it cannot be archived before that use has ended. What an edit of the rule does to a
use is an `Effect`, worked out by the storey that knows what the use does with members.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from crm.domain.roles import Permission
from crm.kit.figures import figure
from crm.models import User
from segments.models import Segment

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Use:
    """One thing that reads a segment's members: a campaign, a goal, another segment."""

    name: str
    url: str
    icon: str
    state: str
    holds: bool = True


@dataclass(frozen=True)
class Edit:
    """What a rule would do to the members of a segment if it were saved: contact ids, rising."""

    segment: Segment
    joining: Ids
    leaving: Ids
    staying: Ids
    as_of: datetime


@dataclass(frozen=True)
class Effect:
    """What an edit does to one use: how many it gains, loses and keeps, in words, and who was counted for that.

    `kind` is `campaign`, `goal`, `segment` or `badge`. The numbers are None where the use no longer follows.
    """

    kind: str
    name: str
    url: str
    icon: str
    state: str
    gains: int | None
    loses: int | None
    stays: int | None
    words: str
    counted: str = ""


@dataclass(frozen=True)
class Verbs:
    """How one kind of use speaks of those it loses and gains: for one, for many; `none` where there are neither."""

    loses: tuple[str, str]
    gains: tuple[str, str]
    none: str

    def told(self, loses: int, gains: int) -> str:
        """`391 stop receiving it, 12 begin to receive it`."""
        pairs = ((loses, self.loses), (gains, self.gains))
        found = [f"{figure(number)} {verbs[number != 1]}" for number, verbs in pairs if number]
        return ", ".join(found) or self.none


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
# name of the source -> what an edit does to each of its uses, in a fixed number of queries
EFFECTS: dict[str, Callable[[Edit], Iterable[Effect]]] = {}

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
