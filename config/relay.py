"""Sends the tasks that the events of the outbox ask for, at least once each."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from config.reactions import REACTIONS, Reaction
from crm.models import OutboxEvent

log = logging.getLogger(__name__)
BATCH = 1_000
KEPT = timedelta(days=1)


class UnknownEvents(LookupError):
    """The outbox holds events that `config/reactions.py` does not know. They stay until a release knows them."""


@dataclass(frozen=True)
class Relayed:
    """What one pass did: events marked as sent, tasks sent for them."""

    events: int
    tasks: tuple[str, ...]


def relay(*, at: datetime, send: Callable[[str, dict[str, Any]], None]) -> Relayed:
    """Send everything that waits, then say loudly if an event is unknown.

    Events are marked in the transaction that claimed them, after the tasks were sent: a crash between sends twice,
    never not at all, and tasks bear being sent twice.
    """
    events, tasks = 0, []
    while True:
        names, sent = _relay_batch(at=at, send=send)
        events += names
        tasks += sent
        if names < BATCH:
            break
    _refuse_unknown()
    return Relayed(events, tuple(tasks))


def _relay_batch(*, at: datetime, send: Callable[[str, dict[str, Any]], None]) -> tuple[int, list[str]]:
    with transaction.atomic():
        waiting = OutboxEvent.objects.filter(sent_at__isnull=True, name__in=REACTIONS).order_by("id")
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True)
        # On SQLite the transaction took the write lock at its start, so nobody else claims these rows.
        claimed = list(waiting.values_list("id", "name")[:BATCH])
        wanted = reactions_to(name for _, name in claimed)
        for reaction in wanted:
            send(reaction.task, dict(reaction.arguments))
        OutboxEvent.objects.filter(id__in=[number for number, _ in claimed]).update(sent_at=at)
    return len(claimed), [reaction.task for reaction in wanted]


def reactions_to(
    names: Iterable[str], table: Mapping[str, tuple[Reaction, ...]] = REACTIONS
) -> list[Reaction]:
    """What these events ask for, each once, in the order in which the events came; one task for two causes is two."""
    wanted: dict[tuple[str, str], Reaction] = {}
    for name in dict.fromkeys(names):
        for reaction in table[name]:
            wanted.setdefault((reaction.task, repr(sorted(reaction.arguments.items()))), reaction)
    return list(wanted.values())


def _refuse_unknown() -> None:
    unknown = unknown_events()
    if unknown:
        listed = ", ".join(f"‘{name}’" for name in unknown)
        raise UnknownEvents(f"The outbox holds events without an entry in config/reactions.py: {listed}.")


def unknown_events() -> list[str]:
    """Names that wait in the outbox and that nobody knows."""
    waiting = OutboxEvent.objects.filter(sent_at__isnull=True).exclude(name__in=REACTIONS)
    return sorted(waiting.order_by().values_list("name", flat=True).distinct())


def clean_outbox(*, at: datetime) -> int:
    """Remove events sent more than a day before `at`; how many there were."""
    removed, _ = OutboxEvent.objects.filter(sent_at__lt=at - KEPT).delete()
    return removed
