"""How each model with personal data is exported, merged and erased; an architecture test finds the forgetful one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.db.models import Model

from crm.models import User

Kept = Any  # JSON: what an undoing needs to know


@dataclass(frozen=True)
class Joining:
    """Two contacts on their way to one, or back: ids, who does it, when, why in words, and what was chosen.

    `answers` names, as (channel, purpose), the consents of which a newer yes shall stand against an older no.
    """

    survivor: int
    merged: int
    by: User | None
    at: datetime
    reason: str
    answers: frozenset[tuple[str, str]] = frozenset()
    firsts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class PersonalData:
    """What happens to a model's rows of one contact.

    `called` is what pages call the rows, in the plural. `link` is the field that points to the contact; `export` names
    the columns of an access export, none: nothing of interest to the person; `on_erase` says what erasure does.
    `erase(contacts=…, at=…)` removes the rows instead where that takes more than deleting them; it gives how many.

    `on_merge` says what becomes of the rows of a contact that is merged into another:
    - "move": all go over, by one statement, and back by their numbers where the merge is undone;
    - "unite": `merge(joining)` brings them together with the survivor's own, `unmerge(joining, kept)` parts them;
    - "recompute": the same, of what follows from other rows; without functions it follows by itself;
    - "keep": they stay with the number they were written for: a log of what was.
    """

    model: type[Model]
    called: str
    link: str
    export: tuple[str, ...]
    on_merge: Literal["move", "unite", "recompute", "keep"]
    on_erase: Literal["delete", "keep"]
    erase: Callable[..., int] | None = None
    merge: Callable[[Joining], Kept] | None = None
    unmerge: Callable[[Joining, Kept], None] | None = None


REGISTRY: dict[type[Model], PersonalData] = {}

# Locks that a storey above takes before all others, so that two who rewrite customers never wait for each other
# crosswise; each is called within the transaction, before a contact is locked.
LOCKS: dict[str, Callable[[], object]] = {}


def register(model: type[Model], **terms: Any) -> None:
    """Called once a model, in `AppConfig.ready`."""
    REGISTRY[model] = PersonalData(model=model, **terms)


def take_locks() -> None:
    """Take what every storey wants held first; within a transaction."""
    for lock in LOCKS.values():
        lock()
