"""How everything is now: in plain words, and with the figures behind them; a fixed number of queries."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from celery import current_app
from django.conf import settings

from config import heartbeat
from config.health import SCHEDULE_SILENCE, WORKER_SILENCE
from config.relay import unknown_events
from crm.kit.figures import duration
from crm.models import ContactTouch, OutboxEvent
from crm.troubles import Trouble, all_troubles
from segments.mirror import patches, store
from segments.models import MirrorState, Run, Segment
from segments.queries.running.troubles import drifted

log = logging.getLogger(__name__)
QUEUES = ("quick", "celery")
QUEUE_WORDS = {"quick": "Quick: changes", "celery": "Default: sweeps, imports, goals"}
BROKER_SECONDS = 1.0
MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Waiting:
    """How much waits, counted up to a limit, and since when the oldest does."""

    number: int
    more: bool
    age: timedelta | None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mirror:
    """The columns segments are judged on."""

    age: timedelta
    contacts: int
    interactions: int
    generation: int
    patch: int
    files: int
    bytes: int
    preparing: bool


@dataclass(frozen=True)
class Worker:
    """A worker process as it last said: how long ago, which queues, what it does."""

    name: str
    age: timedelta
    queues: tuple[str, ...]
    doing: tuple[str, ...]
    silent: bool

    @property
    def serves(self) -> str:
        """Its queues in words."""
        return " · ".join(QUEUE_WORDS.get(name, name) for name in self.queues)


@dataclass(frozen=True)
class State:
    """Everything at one instant."""

    at: datetime
    troubles: list[Trouble]
    queues: list[tuple[str, int | None]]
    outbox: Waiting
    touches: Waiting
    mirror: Mirror | None
    workers: list[Worker]
    schedule: timedelta | None
    schedule_silent: bool
    reconciled: Run | None
    red: list[Segment] = field(default_factory=list)

    @property
    def drift(self) -> bool:
        """True if the last comparison found any."""
        return self.reconciled is not None and drifted(self.reconciled)

    @property
    def well(self) -> bool:
        """True if nothing is wrong."""
        return not self.troubles


def current_state(at: datetime) -> State:
    """How everything is at this instant."""
    workers = _workers(at)
    seen = heartbeat.last(heartbeat.SCHEDULE)
    schedule = at - seen if seen else None
    queues = _queues()
    troubles = [*_processes(workers, schedule, queues), *all_troubles(at)]
    red = Segment.objects.live().exclude(problem="").select_related("owner").order_by("name")
    compared = Run.objects.filter(kind=Run.RECONCILE).exclude(state=Run.RUNNING).order_by("-started_at")
    return State(
        at=at,
        troubles=sorted(troubles, key=lambda trouble: not trouble.severe),
        queues=[(QUEUE_WORDS[name], length) for name, length in queues.items()],
        outbox=_outbox(at),
        touches=_touches(at),
        mirror=_mirror(at),
        workers=workers,
        schedule=schedule,
        schedule_silent=schedule is None or schedule > SCHEDULE_SILENCE,
        reconciled=compared.first(),
        red=list(red[:50]),
    )


def _processes(
    workers: list[Worker], schedule: timedelta | None, queues: Mapping[str, int | None]
) -> list[Trouble]:
    found = []
    awake = [worker for worker in workers if not worker.silent]
    if None in queues.values():
        found.append(
            Trouble(
                "broker",
                "The broker does not answer",
                "Work waits in the outbox, nothing is lost. Start the server that REDIS_URL names.",
            )
        )
    elif not awake:
        found.append(
            Trouble(
                "workers",
                "No worker gives a sign of life",
                "Nothing is judged. Start ‘celery -A config worker --queues=celery’ and one with "
                "‘--queues=quick --hostname=quick@%h’.",
            )
        )
    else:
        served = {name for worker in awake for name in worker.queues}
        found += [
            Trouble(
                f"queue {name}",
                f"Nobody serves the queue ‘{name}’",
                f"Start ‘celery -A config worker --queues={name} --hostname={name}@%h’.",
            )
            for name in QUEUES
            if name not in served
        ]
    if schedule is None or schedule > SCHEDULE_SILENCE:
        found.append(
            Trouble(
                "schedule",
                "The schedule is away",
                "Nobody leaves a segment by time alone. Start ‘celery -A config beat’, once.",
            )
        )
    return found


def _queues() -> dict[str, int | None]:
    """How many tasks wait in each queue; None where the broker does not answer in a second."""
    try:
        with current_app.connection_for_read(connect_timeout=BROKER_SECONDS) as link:
            link.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=BROKER_SECONDS)
            channel = link.default_channel
            return {name: int(channel._size(name)) for name in QUEUES}
    except Exception as error:  # whatever the broker is and however it is away
        log.info("The queues cannot be counted: %s", error)
        return dict.fromkeys(QUEUES)


def _outbox(at: datetime) -> Waiting:
    waiting = OutboxEvent.objects.filter(sent_at__isnull=True).order_by("id")
    some = list(waiting.values_list("created_at", flat=True)[: MOST_COUNTED + 1])
    return Waiting(
        number=min(len(some), MOST_COUNTED),
        more=len(some) > MOST_COUNTED,
        age=at - some[0] if some else None,
        unknown=tuple(unknown_events()),
    )


def _touches(at: datetime) -> Waiting:
    some = list(ContactTouch.objects.order_by("id").values_list("at", flat=True)[: MOST_COUNTED + 1])
    return Waiting(
        number=min(len(some), MOST_COUNTED),
        more=len(some) > MOST_COUNTED,
        age=at - some[0] if some else None,
    )


def _mirror(at: datetime) -> Mirror | None:
    generation = store.newest()
    if generation is None:
        return None
    state = MirrorState.objects.current()
    size, writing = _on_disk(Path(settings.MIRROR_DIR))
    return Mirror(
        age=at - generation.built_at,
        contacts=generation.contacts,
        interactions=generation.interactions,
        generation=generation.number,
        patch=state.patch,
        files=len(patches.listed()),
        bytes=size,
        preparing=writing,
    )


def _on_disk(folder: Path) -> tuple[int, bool]:
    """How large all files are together, and whether somebody is writing a new part right now."""
    size = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                size += (Path(where) / name).stat().st_size
            except OSError:  # it was cleared away meanwhile
                continue
    writing = any(path.is_dir() for path in folder.glob(".*"))
    return size, writing


def _workers(at: datetime) -> list[Worker]:
    return [
        Worker(
            name=name,
            age=at - sign.at,
            queues=tuple(sign.queues),
            doing=sign.doing,
            silent=at - sign.at > WORKER_SILENCE,
        )
        for name, sign in sorted(heartbeat.workers().items())
    ]


def summary(state: State) -> str:
    """One sentence for the top of the page."""
    if state.troubles:
        number = len(state.troubles)
        return "One thing needs looking at." if number == 1 else f"{number} things need looking at."
    newest = f", the members of segments {duration(state.touches.age)} old" if state.touches.age else ""
    return f"Everything works{newest}."
