"""Readers: threads with a database connection of their own, kept for a while for who reads much at once.

A new connection to PostgreSQL is a new process, which maps the server's memory page by page as it reads: five thousand
contacts take it half as long again as one that was kept. One that nobody asked for a while goes by itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

from django.db import connection

KEPT = (
    90.0  # seconds without work after which it closes its connection and ends: more than from sweep to sweep
)
One = TypeVar("One")
_MADE, _FAILED, _DONE = range(3)


class Reader:
    """One thread with its connection, begun with the first work."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._asked: SimpleQueue[tuple[Callable[[], Iterable[Any]], SimpleQueue[Any]] | None] = SimpleQueue()
        self._thread: Thread | None = None

    def read(self, work: Callable[[], Iterable[One]]) -> Iterator[One]:
        """What work gives, in order; it begins now, whatever the caller does. Raises what it raises."""
        given: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        with self._lock:
            self._asked.put((work, given))
            if self._thread is None:
                self._thread = Thread(target=self._serve, daemon=True, name="reader")
                self._thread.start()
        return _received(given)

    def rest(self) -> None:
        """Close the connection now, when all that was asked is done."""
        with self._lock:
            thread = self._thread
            if thread is not None:
                self._asked.put(None)
        if thread is not None:
            thread.join()

    def _serve(self) -> None:
        ending = False
        while True:
            try:
                asked = self._asked.get(block=not ending, timeout=KEPT)
            except Empty:
                asked = None
            if asked is None:
                ending = True
                with self._lock:
                    if not self._asked.empty():
                        continue
                    connection.close()
                    self._thread = None
                    return
            _carry_out(*asked)


def _carry_out(work: Callable[[], Iterable[Any]], given: SimpleQueue[tuple[int, Any]]) -> None:
    try:
        if connection.connection is not None and not connection.is_usable():
            connection.close()
        for one in work():
            given.put((_MADE, one))
        given.put((_DONE, None))
    except BaseException as error:  # whoever waits for it gets it
        connection.close()
        given.put((_FAILED, error))


def _received(given: SimpleQueue[tuple[int, Any]]) -> Iterator[Any]:
    while True:
        what, value = given.get()
        if what == _DONE:
            return
        if what == _FAILED:
            raise value
        yield value


READERS = [Reader(), Reader()]


def rest() -> None:
    """Close the connections of all readers."""
    for reader in READERS:
        reader.rest()


def _begin_anew() -> None:
    """A forked process has none of the threads, and no right to their connections."""
    READERS[:] = [Reader() for _ in READERS]


os.register_at_fork(after_in_child=_begin_anew)
