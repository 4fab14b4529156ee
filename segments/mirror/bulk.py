"""Contacts with all that rules may ask of them as columns, from streams of bytes: no Python object per row."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from segments.engine.judging.population import Column, History, Population
from segments.engine.language import moments
from segments.engine.language.dictionary import Coder, Dictionary
from segments.mirror import encoding, pairs, streams
from segments.mirror.encoding import BytesCoder, Ints
from segments.mirror.pairs import Pairs

MOST_NAMES = 100  # columns of interaction properties, beside those that are asked for
TEXTS = {"first_name": 1, "last_name": 2, "company": 3}
AMOUNT, CURRENCY = "amount", "currency"


@dataclass
class _Gathered:
    """Columns of whole numbers and codes that come chunk by chunk."""

    parts: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, **columns: Any) -> None:
        for name, column in columns.items():
            self.parts.setdefault(name, []).append(column)

    def take(self, name: str, kind: Any) -> Any:
        """A column whole; it is kept here no longer."""
        parts = self.parts.pop(name, [])
        return np.concatenate(parts) if parts else np.zeros(0, kind)


def read(
    declared: Mapping[str, str],
    only: Sequence[int] | None = None,
    *,
    names: Set[str] | None = None,
    histories: Set[str] | None = None,
) -> Population:
    """All living contacts (or those of some ids) with all they did.

    `names`: properties to have beside the most frequent ones; None: all there are. `histories`: of these attributes;
    None: of all.
    """
    happened = None if only is None else streams.ahead(streams.INTERACTIONS, only)
    ids, attributes = _contacts(declared, only)
    population = _interactions(Population(ids, attributes, *_nothing_done(len(ids))), happened, names)
    population.histories = _histories(ids, declared, only, histories)
    return population


def _nothing_done(size: int) -> tuple[Any, ...]:
    return np.zeros(size + 1, np.int64), [], np.zeros(0, np.int16), np.zeros(0, np.int64), {}


def _contacts(declared: Mapping[str, str], only: Sequence[int] | None) -> tuple[Ints, dict[str, Column]]:
    """The ids, rising, and the attributes."""
    gathered, own = _Gathered(), Pairs()
    coders = {name: BytesCoder() for name in TEXTS}
    for chunk in streams.read(streams.CONTACTS, only):
        gathered.add(ids=chunk.whole(0), made=chunk.instants(4))
        gathered.add(**{name: coders[name].codes(*chunk.text(place)) for name, place in TEXTS.items()})
        own.add(*chunk.json(5))
    ids = gathered.take("ids", np.int64)
    order = np.argsort(ids, kind="stable")
    back = np.empty(len(ids), np.int64)
    back[order] = np.arange(len(ids))
    ids = ids[order]
    found = {
        name: pairs.column(gathered.take(name, np.int32)[order], _texts(coder), declared.get(name))
        for name, coder in coders.items()
    }
    found["created_at"] = _instants(gathered.take("made", np.int64)[order], declared.get("created_at"))
    found |= _identifiers(ids, declared, only)
    for name, paths in own.names().items():
        codes = own.codes(paths)[order]
        column = own.column(codes, declared.get(name))
        found[name] = _over(found[name], column, codes > 0) if name in found else column
    return ids, found


def _texts(coder: BytesCoder) -> list[Any]:
    if streams.texts_are_json():
        return [None, *coder.read_json()]
    return coder.entries(bytes.decode)


def _instants(at: Ints, declared: str | None) -> Column:
    """Instants as the text they are compared by."""
    distinct, codes = np.unique(at, return_inverse=True)
    entries = [None, *(moments.to_datetime(instant).isoformat() for instant in distinct.tolist())]
    return Column((codes.reshape(-1) + 1).astype(np.int32), Dictionary(entries, declared))


def _over(under: Column, column: Column, said: npt.NDArray[np.bool_]) -> Column:
    """A column where it says something, and another elsewhere."""
    coder = Coder()
    tables = [
        np.fromiter((coder.code(entry) for entry in one.dictionary.entries), np.int32)
        for one in (under, column)
    ]
    codes = np.where(said, tables[1][column.codes], tables[0][under.codes])
    return pairs.column(codes, coder.entries, column.dictionary.declared)


def _identifiers(ids: Ints, declared: Mapping[str, str], only: Sequence[int] | None) -> dict[str, Column]:
    """One column a kind: the value, or the list of the values, first recorded first."""
    gathered, kinds, spelled = _Gathered(), BytesCoder(), BytesCoder()
    for whole in streams.read(streams.IDENTIFIERS, only):
        row, known = rows_of(ids, whole.whole(1))
        chunk = whole.only(known)
        gathered.add(row=row[known], recorded=chunk.whole(0))
        gathered.add(kind=kinds.codes(*chunk.text(2)), value=spelled.codes(*chunk.text(3)))
    row, recorded = gathered.take("row", np.int64), gathered.take("recorded", np.int64)
    kind, value = gathered.take("kind", np.int32), gathered.take("value", np.int32)
    entries, found = _texts(spelled), {}
    for code, name in enumerate(_texts(kinds)[1:], start=1):
        here = np.flatnonzero(kind == code)
        here = here[np.lexsort((recorded[here], row[here]))]
        rows, codes = row[here], value[here]
        column = np.zeros(len(ids), np.int32)
        column[rows] = codes
        again = np.unique(rows[1:][rows[1:] == rows[:-1]])
        several, coder = list(entries), Coder()
        for place in again.tolist():
            begin, end = np.searchsorted(rows, [place, place + 1])
            listed = coder.code([entries[one] for one in codes[begin:end].tolist()])
            column[place] = len(entries) + listed - 1
        several += coder.entries[1:]
        found[name] = pairs.column(column, several, declared.get(name))
    return found


def rows_of(ids: Ints, contact_ids: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """The row of each contact id, and whether there is one (the erased and the merged have none)."""
    if not len(ids):
        return np.zeros(len(contact_ids), np.int64), np.zeros(len(contact_ids), bool)
    rows = np.minimum(np.searchsorted(ids, contact_ids), len(ids) - 1)
    return rows, ids[rows] == contact_ids


class _Happenings:
    """Interactions as they come: coded, of living contacts only."""

    def __init__(self, ids: Ints) -> None:
        self.ids = ids
        self.gathered, self.told = _Gathered(), Pairs()
        self.kinds, self.currencies = BytesCoder(), BytesCoder()

    def add(self, whole: streams.Chunk) -> None:
        row, known = rows_of(self.ids, whole.whole(1))
        chunk = whole if known.all() else whole.only(known)
        self.gathered.add(owner=row[known].astype(np.int32), recorded=chunk.whole(0), at=chunk.instants(2))
        self.gathered.add(
            kind=self.kinds.codes(*chunk.text(3)).astype(np.int16),
            amount=self.told.column_of_values(*chunk.text(4)),
            currency=self.currencies.codes(*chunk.text(5)).astype(np.int16),
        )
        self.told.add(*chunk.json(6))


def _interactions(
    contacts: Population, some: Iterator[streams.Chunk] | None, names: Set[str] | None
) -> Population:
    """The same contacts with all they did, or with some interactions that are being read."""
    ids = np.asarray(contacts.ids, np.int64)
    seen = _Happenings(ids)
    if some is None:
        deque(streams.beside(streams.read(streams.INTERACTIONS), seen.add), maxlen=0)
    else:
        deque(map(seen.add, some), maxlen=0)
    gathered = seen.gathered
    owner = gathered.take("owner", np.int32)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(ids)))]).astype(np.int64)
    at = gathered.take("at", np.int64)
    order = encoding.place_rows(owner, at, gathered.take("recorded", np.int64), offsets)
    del owner
    paths = seen.told.names()
    chosen = _chosen(seen.told, paths, names)
    return Population(
        ids=ids,
        attributes=contacts.attributes,
        offsets=offsets,
        kinds=[str(kind) for kind in _texts(seen.kinds)[1:]],
        kind=(gathered.take("kind", np.int16) - 1)[order],
        at=at[order],
        properties=dict(_properties(seen, order, paths, chosen)),
        left_out=frozenset(paths).difference(chosen),
    )


def _chosen(told: Pairs, paths: Mapping[str, Any], names: Set[str] | None) -> list[str]:
    """The properties to have as columns: of those that there are, the most frequent and those of some names."""
    chosen = sorted(paths, key=lambda name: -told.count(paths[name]))
    if names is not None:
        chosen = [*chosen[:MOST_NAMES], *(name for name in chosen[MOST_NAMES:] if name in names)]
    chosen += [name for name in (AMOUNT, CURRENCY) if name not in chosen]
    return chosen + sorted((names or set()) - set(chosen))


def _properties(
    seen: _Happenings, order: Ints, paths: Mapping[str, Any], chosen: list[str]
) -> Iterator[tuple[str, Column]]:
    """The columns of properties; amount and currency stand beside the others, unless those have them."""
    told, gathered = seen.told, seen.gathered
    amount, currency = gathered.take(AMOUNT, np.int32), gathered.take(CURRENCY, np.int16)
    for name in chosen:
        if name == AMOUNT:
            if name in paths or amount.any():
                yield name, told.column(told.codes(paths.get(name, []), amount)[order])
        elif name == CURRENCY:
            column = pairs.column(currency[order].astype(np.int32), _texts(seen.currencies))
            if name in paths:
                codes = told.codes(paths[name])[order]
                column = _over(column, told.column(codes), codes > 0)
            if name in paths or len(column.dictionary) > 1:
                yield name, column
        elif name in paths:
            yield name, told.column(told.codes(paths[name])[order])
        else:  # asked for, and nobody has it
            yield name, Column(np.zeros(len(order), np.int32), Dictionary([None]))


def _histories(
    ids: Ints, declared: Mapping[str, str], only: Sequence[int] | None, names: Set[str] | None
) -> dict[str, History]:
    """What attributes were and from when, of the names asked for."""
    if names is not None and not names:
        return {}
    gathered, told = _Gathered(), Pairs()
    for whole in streams.read(streams.CHANGES, only, "" if names is None else _changes_of(names)):
        row, known = rows_of(ids, whole.whole(1))
        chunk = whole.only(known)
        gathered.add(row=row[known], recorded=chunk.whole(0), at=chunk.instants(2))
        told.add(*chunk.json(3))
    row, at = gathered.take("row", np.int64), gathered.take("at", np.int64)
    order = np.lexsort((gathered.take("recorded", np.int64), at, row))
    paths = told.names()
    # A change is [before, after].
    entries = [None if entry is None else entry[1] for entry in told.decoded()]
    found = {}
    for name in paths if names is None else sorted(names):
        codes = told.codes(paths.get(name, []))[order]
        here = np.flatnonzero(codes)
        counts = np.bincount(row[order][here], minlength=len(ids))
        found[name] = History(
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            at[order][here],
            pairs.column(codes[here], entries, declared.get(name)),
        )
    return found


def _changes_of(names: Set[str]) -> str:
    """Rows that may tell of some attributes, in SQL of either database."""
    if not streams.texts_are_json():
        return f"changes ?| ARRAY[{','.join(streams.quoted(name) for name in sorted(names))}]"
    spelled = (json.dumps(name) for name in sorted(names))
    return " OR ".join(f"instr(changes, {streams.quoted(name)})" for name in spelled)
