"""The contacts that rules are judged over, as columns.

Attributes are one code per contact. Interactions are in CSR order: sorted by contact, then instant, then as recorded;
`offsets[i]:offsets[i + 1]` are the rows of contact i. The mirror maps these arrays from files; a patch, a single
contact or a test makes them in memory with `Builder`. Either way it is the same class and the same code judges it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from segments.engine.judging.grouping import ByKind, Grouping
from segments.engine.language import moments
from segments.engine.language.dictionary import Coder, Dictionary

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Column:
    """One code per row and what the codes stand for."""

    codes: Codes
    dictionary: Dictionary

    def cut(self, start: int, stop: int) -> Column:
        """The same column for some of the rows, sharing the dictionary."""
        return Column(self.codes[start:stop], self.dictionary)


@dataclass(frozen=True)
class History:
    """What an attribute was and from when: entries of contact i are `offsets[i]:offsets[i + 1]`, oldest first."""

    offsets: Ints
    at: Ints
    column: Column

    def cut(self, start: int, stop: int) -> History:
        """The history of some of the contacts."""
        low, high = int(self.offsets[start]), int(self.offsets[stop])
        return History(self.offsets[start : stop + 1] - low, self.at[low:high], self.column.cut(low, high))


@dataclass
class Population:
    """Contacts and their interactions as columns. `ids` are the contacts' keys, in row order.

    `left_out`: properties that some interaction has and no column holds; None where nobody knows which.
    """

    ids: npt.NDArray[Any]
    attributes: Mapping[str, Column]
    offsets: Ints
    kinds: list[str]
    kind: npt.NDArray[np.int16]
    at: Ints
    properties: Mapping[str, Column]
    histories: Mapping[str, History] = field(default_factory=dict)
    grouping: Grouping = field(default_factory=Grouping, repr=False, compare=False)
    left_out: frozenset[str] | None = frozenset()

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def by_kind(self) -> ByKind:
        """The interactions sorted by kind, then contact."""
        return self.grouping.of(self.offsets, self.kind, self.at, len(self.kinds))

    def cut(self, start: int, stop: int) -> Population:
        """Contacts start to stop, sharing all memory."""
        low, high = int(self.offsets[start]), int(self.offsets[stop])
        return Population(
            ids=self.ids[start:stop],
            attributes=_Cut(self.attributes, start, stop),
            offsets=self.offsets[start : stop + 1] - low,
            kinds=self.kinds,
            kind=self.kind[low:high],
            at=self.at[low:high],
            properties=_Cut(self.properties, low, high),
            histories=_Cut(self.histories, start, stop),
            left_out=self.left_out,
        )

    def most_rows(self) -> int:
        """The largest number of interactions any contact has."""
        return int(np.diff(self.offsets).max()) if len(self) else 0

    def earliest(self) -> int:
        """The instant of the first interaction of all; 0 where there is none."""
        first = self.offsets[:-1][self.offsets[:-1] < self.offsets[1:]]
        return int(self.at[first].min()) if len(first) else 0

    def row_days(self, zone: ZoneInfo) -> Ints:
        """The local day of each interaction."""
        return moments.local_days(np.asarray(self.at), zone)


class _Cut(Mapping[str, Any]):
    """Columns of some rows, cut when asked for."""

    def __init__(self, whole: Mapping[str, Any], start: int, stop: int) -> None:
        self._whole, self._start, self._stop = whole, start, stop

    def __getitem__(self, name: str) -> Any:
        return self._whole[name].cut(self._start, self._stop)

    def __iter__(self) -> Any:
        return iter(self._whole)

    def __len__(self) -> int:
        return len(self._whole)


def flattened(nested: Mapping[str, Any]) -> dict[str, Any]:
    """Nested data with dotted paths beside its keys; an exact key wins over a path."""
    if not any(isinstance(value, dict) for value in nested.values()):
        return dict(nested)
    flat: dict[str, Any] = {}

    def walk(prefix: str, inner: Mapping[str, Any]) -> None:
        for key, value in inner.items():
            name = f"{prefix}{key}"
            if isinstance(value, Mapping):
                walk(f"{name}.", value)
            if prefix:
                flat.setdefault(name, value)

    for key, value in nested.items():
        flat[key] = value
    for key, value in nested.items():
        if isinstance(value, Mapping):
            walk(f"{key}.", value)
    return flat


class _Filling:
    """A column that grows: values at rising rows, missing where nothing came."""

    def __init__(self) -> None:
        self.coder = Coder()
        self.rows: list[int] = []
        self.codes: list[int] = []

    def put(self, row: int, value: Any) -> None:
        code = self.coder.code(value)
        if code:
            self.rows.append(row)
            self.codes.append(code)

    def column(self, size: int, order: Ints | None, declared: str | None) -> Column:
        codes = np.zeros(size, np.int32)
        codes[np.array(self.rows, np.int64)] = np.array(self.codes, np.int32)
        return Column(codes if order is None else codes[order], Dictionary(self.coder.entries, declared))


def _fill(columns: dict[str, _Filling], row: int, values: Mapping[str, Any]) -> None:
    for name, value in flattened(values).items():
        filling = columns.get(name)
        if filling is None:
            filling = columns[name] = _Filling()
        filling.put(row, value)


class Builder:
    """Makes a population from contacts and interactions that come one by one, in any order of interactions."""

    def __init__(self, types: Mapping[str, str] | None = None) -> None:
        self._types = dict(types or {})
        self._ids: list[Any] = []
        self._rows: dict[Any, int] = {}
        self._attributes: dict[str, _Filling] = {}
        self._owner: list[int] = []
        self._at: list[int] = []
        self._kind: list[int] = []
        self._kinds: dict[str, int] = {}
        self._properties: dict[str, _Filling] = {}
        self._history: dict[str, list[tuple[int, int, Any]]] = {}

    def add_contact(self, key: Any, attributes: Mapping[str, Any]) -> None:
        """One contact with the attributes it has now."""
        row = self._rows[key] = len(self._ids)
        self._ids.append(key)
        _fill(self._attributes, row, attributes)

    def add_interaction(self, key: Any, kind: str, at: int, properties: Mapping[str, Any]) -> None:
        """One interaction of a contact added before; those of one instant in the order they were recorded."""
        row = len(self._at)
        self._owner.append(self._rows[key])
        self._at.append(at)
        self._kind.append(self._kinds.setdefault(kind, len(self._kinds)))
        _fill(self._properties, row, properties)

    def add_history(self, key: Any, name: str, at: int, value: Any) -> None:
        """From `at` on the attribute was `value`."""
        self._history.setdefault(name, []).append((self._rows[key], at, value))

    def build(self) -> Population:
        """The population of all that was added."""
        size, rows = len(self._ids), len(self._at)
        owner, at = np.array(self._owner, np.int64), np.array(self._at, np.int64)
        order = np.lexsort((np.arange(rows), at, owner)).astype(np.int64)
        ids = np.empty(size, object)
        ids[:] = self._ids
        if all(isinstance(key, int) for key in self._ids):
            ids = np.array(self._ids, np.int64)
        return Population(
            ids=ids,
            attributes={
                name: filling.column(size, None, self._types.get(name))
                for name, filling in self._attributes.items()
            },
            offsets=_offsets(owner, size),
            kinds=list(self._kinds),
            kind=np.array(self._kind, np.int16)[order],
            at=at[order],
            properties={
                name: filling.column(rows, order, None) for name, filling in self._properties.items()
            },
            histories={
                name: self._histories_of(entries, size, self._types.get(name))
                for name, entries in self._history.items()
            },
        )

    def _histories_of(
        self, entries: Iterable[tuple[int, int, Any]], size: int, declared: str | None
    ) -> History:
        listed = sorted(enumerate(entries), key=lambda entry: (entry[1][0], entry[1][1], entry[0]))
        coder = Coder()
        codes = [coder.code(value) for _, (_, _, value) in listed]
        owner = np.array([row for _, (row, _, _) in listed], np.int64)
        return History(
            offsets=_offsets(owner, size),
            at=np.array([at for _, (_, at, _) in listed], np.int64),
            column=Column(np.array(codes, np.int32), Dictionary(coder.entries, declared)),
        )


def _offsets(owner: Ints, size: int) -> Ints:
    counts = np.bincount(owner, minlength=size) if len(owner) else np.zeros(size, np.int64)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
