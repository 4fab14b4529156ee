"""Pages by key: the next page starts after the last key seen, so a million rows page as fast as a hundred."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows of one page; `next_key` goes into `?after=` for the next, empty where this is the last."""

    rows: Sequence[Row]
    next_key: str
    first: bool
    size: int


def cut(rows: Sequence[Row], size: int, *, after: str, key: str = "pk") -> Page[Row]:
    """A page of `size` from a reading of at most `size + 1` rows that began after `after`."""
    shown = rows[:size]
    more = len(rows) > size
    return Page(
        rows=shown,
        next_key=str(getattr(shown[-1], key)) if more else "",
        first=not after,
        size=size,
    )


def throughout(read: Callable[[str], Page[Row]]) -> Iterator[Row]:
    """Every row of a reading by pages, each page read when the one before is used up: `read` takes the key."""
    after = ""
    while True:
        page = read(after)
        yield from page.rows
        if not page.next_key:
            return
        after = page.next_key


def moment_in(text: str) -> datetime | None:
    """The instant a key holds, or None where it is spoilt."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def whole(text: str) -> int | None:
    """The whole number a key holds, or None where it is spoilt or larger than any key."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdecimal() and len(digits) <= 18 else None
