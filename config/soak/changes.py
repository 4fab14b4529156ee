"""What is sent: interactions and attribute changes in requests as programs send them, and what became of each."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from config.soak import company
from config.soak.segments import ALARMED, SIGNAL_MINUTES, SIGNALLED

INTERACTION, ATTRIBUTES = "interaction", "attributes"
CANARIES = 0.1  # so many of the contacts are moved by canaries only


@dataclass(frozen=True)
class Change:
    """One change; `number` is its message id or the value of the attribute `number`, never used twice.

    `canary` says which segment the contact must enter (or leave) by it.
    """

    number: int
    kind: str
    contact: int
    body: dict[str, Any]
    at: datetime
    canary: str = ""
    enters: bool = True


@dataclass
class Request:
    """A request with its changes; `replay` where all of it was accepted before."""

    method: str
    path: str
    payload: Any
    changes: list[Change]
    replay: bool = False
    attempts: int = 0


@dataclass
class Ledger:
    """What was sent and what was accepted; filled by several threads."""

    accepted: dict[int, Change] = field(default_factory=dict)
    unknown: dict[int, Change] = field(default_factory=dict)
    hindrances: Counter[str] = field(default_factory=Counter)
    replayed: int = 0
    requests: int = 0
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def hinder(self, what: str) -> None:
        """Count a request that must be sent again."""
        with self.lock:
            self.hindrances[what] += 1

    def give_up(self, request: Request) -> None:
        """Nobody knows what became of these."""
        with self.lock:
            for change in request.changes:
                if change.number not in self.accepted:
                    self.unknown[change.number] = change

    def take(self, request: Request, statuses: Iterable[str]) -> list[Change]:
        """Note what a request was answered, by change; those accepted for the first time."""
        fresh = []
        with self.lock:
            self.requests += 1
            for change, status in zip(request.changes, statuses, strict=True):
                if status == "duplicate" and request.attempts == 1 and not request.replay:
                    self.wrong.append(f"{change.number} was called a duplicate when first sent")
                elif status == "created" and request.replay:
                    self.wrong.append(f"{change.number} was counted again when replayed")
                elif status not in ("created", "duplicate", "updated"):
                    self.wrong.append(f"{change.number} was answered ‘{status}’")
                    continue
                if request.replay:
                    self.replayed += 1
                else:
                    self.accepted[change.number] = change
                    fresh.append(change)
        return fresh


class Source:
    """Makes requests. Canaries have contacts of their own, so that nothing but their one change moves them."""

    def __init__(self, contacts: list[int], seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - the same seed sends the same
        self.ids = contacts
        self.number = 0
        self.plain = len(contacts) - max(2, int(len(contacts) * CANARIES))
        canaries = list(range(self.plain, len(contacts)))
        self.idle = {SIGNALLED: canaries[::2], ALARMED: canaries[1::2]}
        self.alarmed: set[int] = set()
        self.busy: set[int] = set()
        self.lock = threading.Lock()
        self.past: list[Request] = []

    def free(self, canary: str, contact: int) -> None:
        """A canary may be used again."""
        with self.lock:
            self.idle[canary].append(contact)

    def requests(self, changes: int) -> list[Request]:
        """Requests that hold about so many changes, of every way in which programs send them."""
        found: list[Request] = []
        left = changes
        while left > 0:
            roll = self.random.random()
            if self.past and self.random.random() < 0.04:
                found.append(self._again())
                left -= len(found[-1].changes)
                continue
            if roll < 0.25:
                alone = self._attribute_changes(1) if roll < 0.12 else []
                found.append(self._patch(alone[0]) if alone else self._interactions(1))
            else:
                several = self._attribute_changes(self.random.randrange(4, 20)) if roll < 0.38 else []
                found.append(
                    self._batch(several) if several else self._interactions(self.random.randrange(10, 80))
                )
            left -= len(found[-1].changes)
        return found

    def canary(self, *, alone: bool) -> Request | None:
        """A change that must move its contact over an edge, alone or among others; None where all are in use."""
        which = self.random.choice((SIGNALLED, ALARMED))
        with self.lock:
            if not self.idle[which]:
                return None
            contact = self.idle[which].pop(0)
        if which == SIGNALLED:
            moved = self._interaction(contact, {"kind": "signal", "properties": {}}, canary=which)
            others = [] if alone else self._interactions(self.random.randrange(5, 40)).changes
            return self._sent_interactions(_shuffled(self.random, [moved, *others]))
        on = contact not in self.alarmed
        (self.alarmed.add if on else self.alarmed.discard)(contact)
        change = self._attribute(contact, {"alarm": on}, canary=which, enters=on)
        if alone:
            return self._patch(change)
        others = self._attribute_changes(self.random.randrange(3, 12))
        return self._batch(_shuffled(self.random, [change, *others]))

    def done(self, request: Request) -> None:
        """The contacts of a request may be changed again; it may be replayed."""
        with self.lock:
            if request.changes[0].kind == ATTRIBUTES:
                self.busy.difference_update(change.contact for change in request.changes)
            elif not request.replay:
                self.past = [*self.past[-50:], request]

    def file(self, rows: int) -> tuple[str, list[Change]]:
        """A CSV of interactions for an import, and what it holds."""
        changes = [self._interaction(self._anybody(), company.happening(self.random)) for _ in range(rows)]
        lines = ["external_id,kind,at,amount,currency,topic,channel,category,page,message_id"]
        for change in changes:
            body, known = change.body, change.body["properties"]
            cells = [
                *(company.external_id(change.contact), body["kind"], body["at"]),
                *(body.get("amount", ""), body.get("currency", "")),
                *(str(known.get(name, "")) for name in ("topic", "channel", "category", "page")),
                body["message_id"],
            ]
            lines.append(",".join(cells))
        return "\n".join(lines) + "\n", changes

    def _again(self) -> Request:
        with self.lock:
            before = self.random.choice(self.past)
        return Request(before.method, before.path, before.payload, before.changes, replay=True)

    def _next(self) -> int:
        self.number += 1
        return self.number

    def _anybody(self) -> int:
        return self.random.randrange(self.plain)

    def _interactions(self, number: int) -> Request:
        changes = [self._interaction(self._anybody(), company.happening(self.random)) for _ in range(number)]
        return self._sent_interactions(changes)

    def _interaction(self, contact: int, done: dict[str, Any], canary: str = "") -> Change:
        number, at = self._next(), datetime.now(UTC)
        if not canary and self.random.random() < 0.1:  # it arrives late
            at -= timedelta(minutes=self.random.uniform(0, 15))
        body = {
            **done,
            "contact": {"external_id": company.external_id(contact)},
            "at": at.isoformat(),
            "source": company.SOURCE,
            "message_id": str(number),
        }
        return Change(number, INTERACTION, contact, body, at, canary)

    def _sent_interactions(self, changes: list[Change]) -> Request:
        bodies = [change.body for change in changes]
        return Request("POST", "/api/v1/interactions/", {"interactions": bodies}, changes)

    def _attribute(
        self, contact: int, known: dict[str, Any], canary: str = "", enters: bool = True
    ) -> Change:
        number = self._next()
        body = {"attributes": {**known, "number": number}}
        return Change(number, ATTRIBUTES, contact, body, datetime.now(UTC), canary, enters)

    def _idle(self, number: int) -> list[int]:
        """So many contacts none of whose attributes is being changed, fewer where most are; they count as busy now."""
        found = []
        with self.lock:
            for _ in range(3 * number):
                contact = self._anybody()
                if contact not in self.busy:
                    self.busy.add(contact)
                    found.append(contact)
                    if len(found) == number:
                        break
        return found

    def _some_attributes(self) -> dict[str, Any]:
        told = company.attributes(self.random, datetime.now(UTC))
        names = self.random.sample(["country", "plan", "points", "newsletter", "interests", "trial_ends"], 2)
        return {name: told[name] for name in names}

    def _patch(self, change: Change) -> Request:
        return Request("PATCH", f"/api/v1/contacts/{self.ids[change.contact]}/", change.body, [change])

    def _attribute_changes(self, number: int) -> list[Change]:
        return [self._attribute(contact, self._some_attributes()) for contact in self._idle(number)]

    def _batch(self, changes: list[Change]) -> Request:
        bodies = [{"external_id": company.external_id(change.contact), **change.body} for change in changes]
        return Request("POST", "/api/v1/contacts/batch/", {"contacts": bodies}, changes)


def _shuffled(random: Random, changes: list[Change]) -> list[Change]:
    random.shuffle(changes)
    return changes


def leaves_at(change: Change) -> datetime:
    """When time alone takes a signalled contact out again."""
    return change.at + timedelta(minutes=SIGNAL_MINUTES)
