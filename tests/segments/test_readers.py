"""Readers: threads with a connection of their own that is kept from one work to the next, and let go."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from time import monotonic, sleep

import pytest
from django.db import OperationalError, ProgrammingError, connection

from crm.models import Contact
from segments.mirror import readers, streams
from segments.mirror.readers import Reader
from segments.mirror.reading import read_layer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reader() -> Iterator[Reader]:
    one = Reader()
    yield one
    one.rest()


def asked() -> list[tuple[int, int]]:
    """The thread and the server's process that a question is asked over; SQLite has no server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()" if connection.vendor == "postgresql" else "SELECT 1")
        return [(threading.get_ident(), cursor.fetchone()[0])]


def running() -> bool:
    return any(thread.name == "reader" for thread in threading.enumerate())


def test_it_reads_while_the_caller_does_something_else_and_gives_all_in_order(reader: Reader) -> None:
    begun = threading.Event()

    def work() -> Iterator[int]:
        begun.set()
        yield from range(5)

    found = reader.read(work)
    assert begun.wait(5)
    assert list(found) == [0, 1, 2, 3, 4]


def test_the_connection_is_kept_from_one_work_to_the_next(reader: Reader) -> None:
    first, second = [*reader.read(asked)], [*reader.read(asked)]
    assert first == second
    assert first != asked()
    reader.rest()
    assert not running()
    assert [*reader.read(asked)] != []


def test_what_was_asked_is_done_before_it_rests(reader: Reader) -> None:
    begin = threading.Event()
    asking = [reader.read(lambda: [begin.wait(5)]), *(reader.read(asked) for _ in range(3))]
    resting = threading.Thread(target=reader.rest)
    resting.start()
    asking.append(reader.read(asked))
    begin.set()
    resting.join(5)
    assert not resting.is_alive()
    assert [len([*one]) for one in asking] == [1] * 5


def test_an_error_reaches_who_asked_and_the_next_work_is_done(reader: Reader) -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("of the work")

    found = reader.read(broken)
    assert next(found) == 1
    with pytest.raises(ValueError, match="of the work"):
        next(found)
    assert [*reader.read(lambda: [2])] == [2]


def test_nobody_asks_and_it_goes_by_itself(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "KEPT", 0.05)
    assert [*reader.read(asked)] != []
    ends = monotonic() + 5
    while running() and monotonic() < ends:
        sleep(0.01)
    assert not running()
    assert [*reader.read(lambda: [3])] == [3]


def test_a_connection_that_was_cut_is_made_anew(reader: Reader) -> None:
    if connection.vendor != "postgresql":
        return  # nobody cuts off a file
    before = [*reader.read(asked)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        assert cursor.fetchall() == [(True,)]
    assert [*reader.read(asked)] != before


def test_a_reading_that_is_cut_off_is_an_outage_and_a_wrong_one_is_not(reader: Reader) -> None:
    if connection.vendor != "postgresql":
        return  # nobody cuts off a file
    with pytest.raises(ProgrammingError, match="nowhere"):
        list(streams._copied("COPY (SELECT * FROM nowhere) TO STDOUT (FORMAT BINARY)"))
    connection.close()
    long = "COPY (SELECT generate_series(1, 100000000)) TO STDOUT (FORMAT BINARY)"
    told: list[int] = [one for _, one in asked()]
    found = streams._copied(long)
    next(found)
    ended = reader.read(lambda: end(told))
    with pytest.raises(OperationalError):
        list(found)
    assert [*ended] == [1]
    connection.close_if_unusable_or_obsolete()
    assert [one for _, one in asked()] != told  # it is known to be lost, and another is made


def end(backends: list[int]) -> list[int]:
    """Cut off connections, as a restart of the database does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) pid", [backends])
        return [len(cursor.fetchall())]


def test_a_forked_process_has_readers_of_its_own() -> None:
    own = list(readers.READERS)
    child = os.fork()
    if not child:
        os._exit(0 if all(one is not two for one, two in zip(own, readers.READERS, strict=True)) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert own == readers.READERS


@pytest.mark.parametrize("number", [2, 3, 7])
def test_nobody_is_left_out_or_read_twice(
    contact: Callable[..., Contact], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(streams, "MANY", 2)
    people = [contact(f"P{one}").pk for one in range(number)]
    try:
        found = streams.ahead(streams.CONTACTS, people)
        assert sorted(key for chunk in found for key in chunk.whole(0).tolist()) == people
        assert sorted(read_layer(people).population.ids) == people
        assert running() == (connection.vendor == "postgresql")
    finally:
        readers.rest()
