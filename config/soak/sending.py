"""Sends the changes at a steady rate, and each again until it is answered."""

from __future__ import annotations

import http.client
import json
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from config.soak.changes import Change, Ledger, Request, Source

SENDERS = 8
TICK = 0.1
PATIENCE = 30.0  # of one request
CANARIES_A_SECOND = 4.0
Accepted = Callable[[Change, float, float], None]


class Sending:
    """Sends `rate` changes a second for `seconds`; what cannot be sent waits its turn, and the wait is measured."""

    def __init__(
        self, source: Source, ledger: Ledger, *, port: int, tokens: list[str], rate: float, accepted: Accepted
    ) -> None:
        self.source, self.ledger, self.port, self.tokens = source, ledger, port, tokens
        self.rate, self.accepted = rate, accepted
        self.waiting: queue.Queue[Request | None] = queue.Queue()
        self.longest_queue = 0
        self.never_sent = 0  # of what waited when time was up
        self.stopped = threading.Event()
        self.given_up = threading.Event()
        self.threads = [
            threading.Thread(target=self._send, args=(place,), name=f"sender {place}", daemon=True)
            for place in range(SENDERS)
        ]

    def start(self) -> None:
        """Begin to send what is queued."""
        for thread in self.threads:
            thread.start()

    def keep_rate(self, seconds: float) -> None:
        """Queue changes at the rate for so long."""
        began = time.monotonic()
        made, canaries = 0, 0.0
        while (passed := time.monotonic() - began) < seconds and not self.stopped.wait(TICK):
            while canaries < passed * min(CANARIES_A_SECOND, self.rate / 10):
                canaries += 1
                request = self.source.canary(alone=self.source.random.random() < 0.5)
                if request is not None:
                    made += len(request.changes)
                    self.waiting.put(request)
            for request in self.source.requests(int(passed * self.rate) - made):
                made += len(request.changes)
                self.waiting.put(request)
            self.longest_queue = max(self.longest_queue, self.waiting.qsize())

    def finish(self, patience: float) -> None:
        """Let what waits be sent, for so long at most; the rest is given up."""
        deadline = time.monotonic() + patience
        for _ in self.threads:
            self.waiting.put(None)
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self.stop()

    def stop(self) -> None:
        """Send no more."""
        self.stopped.set()
        self.given_up.set()
        for thread in self.threads:
            if thread.is_alive():
                thread.join(PATIENCE)

    def _send(self, place: int) -> None:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        token = self.tokens[place % len(self.tokens)]
        while (request := self.waiting.get()) is not None:
            if self.given_up.is_set():
                self.never_sent += len(request.changes)
                continue
            while not self._sent(link, token, request):
                if self.given_up.is_set():
                    self.ledger.give_up(request)
                    break
                time.sleep(0.2)
            self.source.done(request)
        link.close()

    def _sent(self, link: http.client.HTTPConnection, token: str, request: Request) -> bool:
        """True once the request has its final answer; every other ending is tried again."""
        request.attempts += 1
        sent = time.monotonic()
        try:
            link.request(
                request.method,
                request.path,
                json.dumps(request.payload),
                {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            )
            answer = link.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            link.close()
            self.ledger.hinder(type(error).__name__)
            return False
        got = time.monotonic()
        if answer.status >= 500 or answer.status == 429:
            self.ledger.hinder(f"HTTP {answer.status}")
            return False
        for change in self.ledger.take(request, _statuses(request, answer.status, body)):
            if change.canary:
                self.accepted(change, sent, got)
        return True


def _statuses(request: Request, status: int, body: bytes) -> list[str]:
    if status not in (200, 201):
        return [f"HTTP {status}: {body[:300].decode(errors='replace')}"] * len(request.changes)
    said: dict[str, Any] = json.loads(body)
    if request.method == "PATCH":
        return ["updated"]
    results = said["results"]
    return [result["status"] if not result["fields"] else str(result["fields"]) for result in results]
