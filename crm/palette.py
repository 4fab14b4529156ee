"""What the palette (Ctrl-K) finds; each storey registers its own source in `AppConfig.ready`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crm.domain.roles import Permission
from crm.models import User


@dataclass(frozen=True)
class Hit:
    """One line to jump to. `hue` gives a segment's chip or an avatar its colour."""

    label: str
    url: str
    icon: str
    detail: str = ""
    hue: int = 0


@dataclass(frozen=True)
class Source:
    """Where lines come from: (viewer, what was typed, how many) -> the best first, in a few queries."""

    title: str
    permission: Permission
    find: Callable[[User, str, int], Sequence[Hit]]
    order: int = 100
    when_empty: bool = False


@dataclass(frozen=True)
class Section:
    """The lines of one source under its title."""

    title: str
    hits: Sequence[Hit]


SOURCES: dict[str, Source] = {}
MOST = 6


def hits_for(viewer: User, text: str) -> list[Section]:
    """What this person may jump to, by source; nothing typed: only pages and actions."""
    found = []
    for source in sorted(SOURCES.values(), key=lambda source: source.order):
        if viewer.may(source.permission) and (text or source.when_empty):
            hits = source.find(viewer, text, MOST)
            if hits:
                found.append(Section(source.title, hits))
    return found
