"""Merges populations column by column, without a database: of each contact the newest rows, dictionaries re-coded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from segments.engine.judging.population import Column, History, Population
from segments.engine.language.dictionary import Coder, Dictionary

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Names = Collection[str] | None
NOBODY = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Layer:
    """Contacts with their complete rows, sorted by id; `gone` are those known to live no longer."""

    population: Population
    gone: Ints = field(default_factory=lambda: NOBODY)

    def __len__(self) -> int:
        return len(self.population) + len(self.gone)

    @property
    def ids(self) -> Ints:
        """All contacts this layer speaks of."""
        return np.concatenate([np.asarray(self.population.ids, np.int64), self.gone])


def nothing() -> Layer:
    """A layer that speaks of nobody."""
    return Layer(
        Population(NOBODY, {}, np.zeros(1, np.int64), [], np.zeros(0, np.int16), np.zeros(0, np.int64), {})
    )


def rows_among(ids: npt.NDArray[Any], some: Ints) -> Ints:
    """The rows of sorted `ids` that are among some (those that are there), rising."""
    if not len(ids) or not len(some):
        return np.zeros(0, np.int64)
    wanted = np.unique(some)
    places = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return places[np.asarray(ids)[places] == wanted]


def without(layer: Layer, ids: Ints) -> Layer:
    """The layer without some contacts."""
    if not len(ids):
        return layer
    stands = np.ones(len(layer.population), bool)
    stands[rows_among(layer.population.ids, ids)] = False
    return Layer(
        _gathered([layer.population], [np.flatnonzero(stands)]),
        layer.gone[~np.isin(layer.gone, ids)],
    )


def merge(layers: Sequence[Layer], *, properties: Names = None, histories: Names = None) -> Layer:
    """One layer of several, oldest first: of each contact the newest word.

    `properties`, `histories`: keep just these, where some layer does not know all.
    """
    layers = [layer for layer in layers if len(layer)] or list(layers[:1])
    if not layers:
        return nothing()
    if len(layers) == 1 and properties is None and histories is None:
        return layers[0]
    later = NOBODY
    kept: list[Ints] = []
    gone: list[Ints] = []
    for layer in reversed(layers):
        stands = np.ones(len(layer.population), bool)
        stands[rows_among(layer.population.ids, later)] = False
        kept.append(np.flatnonzero(stands))
        gone.append(layer.gone[~np.isin(layer.gone, later)])
        if layer is not layers[0]:
            later = np.concatenate([later, layer.ids])
    populations = [layer.population for layer in layers]
    return Layer(
        _gathered(populations, kept[::-1], properties, histories),
        np.sort(np.concatenate(gone)),
    )


def _gathered(
    populations: Sequence[Population],
    kept: Sequence[Ints],
    properties: Names = None,
    histories: Names = None,
) -> Population:
    """The kept rows of several populations as one, sorted by id."""
    ids = np.concatenate(
        [np.asarray(one.ids, np.int64)[rows] for one, rows in zip(populations, kept, strict=True)]
    )
    order = np.argsort(ids, kind="stable")
    begins = _begins([len(one) for one in populations])
    rows = np.concatenate([rows + begin for rows, begin in zip(kept, begins, strict=True)])[order]
    offsets, source = _spread([one.offsets for one in populations], rows, begins)
    kinds: dict[str, int] = {}
    renumbered = [
        np.array([kinds.setdefault(kind, len(kinds)) for kind in one.kinds], np.int16) for one in populations
    ]
    kind = [
        table[one.kind] if len(one.kind) else np.zeros(0, np.int16)
        for table, one in zip(renumbered, populations, strict=True)
    ]
    shapes = [len(one.at) for one in populations]
    return Population(
        ids=ids[order],
        attributes=_columns([one.attributes for one in populations], [len(one) for one in populations], rows),
        offsets=offsets,
        kinds=list(kinds),
        kind=np.concatenate(kind)[source],
        at=np.concatenate([one.at for one in populations])[source],
        properties=_columns(
            [one.properties for one in populations],
            shapes,
            source,
            properties,
        ),
        histories=_histories(populations, rows, begins, histories),
    )


def _begins(sizes: Iterable[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(list(sizes))]).astype(np.int64)[:-1]


def _spread(offsets: Sequence[Ints], rows: Ints, begins: Ints) -> tuple[Ints, Ints]:
    """Where each kept contact's entries begin in the result, and which entry of all goes to each place."""
    counts = np.concatenate([np.diff(one) for one in offsets])[rows] if len(rows) else np.zeros(0, np.int64)
    entry_begins = _begins([int(one[-1]) for one in offsets])
    firsts = np.concatenate(
        [np.asarray(one[:-1], np.int64) + begin for one, begin in zip(offsets, entry_begins, strict=True)]
    )
    found = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    if not len(rows):
        return found, np.zeros(0, np.int64)
    source = np.repeat(firsts[rows] - found[:-1], counts)
    source += np.arange(int(found[-1]))
    return found, source


def _columns(
    mappings: Sequence[Mapping[str, Column]],
    sizes: Sequence[int],
    source: Ints,
    named: Names = None,
) -> dict[str, Column]:
    names = dict.fromkeys(name for mapping in mappings for name in mapping) if named is None else named
    return {name: _column([mapping.get(name) for mapping in mappings], sizes, source) for name in names}


def _column(columns: Sequence[Column | None], sizes: Sequence[int], source: Ints) -> Column:
    """The column of all parts, only with entries that some row has."""
    known = [column for column in columns if column is not None]
    declared = known[-1].dictionary.declared if known else None
    entries, renamed = _union([column.dictionary for column in known])
    tables = iter(renamed)
    parts = [
        np.zeros(size, np.int32) if column is None else _renamed(column.codes, next(tables))
        for column, size in zip(columns, sizes, strict=True)
    ]
    codes = np.concatenate(parts)[source]
    used = np.bincount(codes, minlength=len(entries)) > 0
    used[0] = True
    if not used.all():
        codes = (np.cumsum(used) - 1).astype(np.int32)[codes]
        entries = [entry for entry, kept in zip(entries, used.tolist(), strict=True) if kept]
    return Column(codes, Dictionary(entries, declared))


def _renamed(codes: npt.NDArray[np.int32], table: npt.NDArray[np.int32] | None) -> npt.NDArray[np.int32]:
    return codes if table is None else table[codes]


def _union(dictionaries: Sequence[Dictionary]) -> tuple[Sequence[Any], list[npt.NDArray[np.int32] | None]]:
    """The distinct entries of all, and for each dictionary its new codes (None: as they were)."""
    if len(dictionaries) < 2:
        return (dictionaries[0].entries if dictionaries else [None]), [None] * len(dictionaries)
    coder = Coder()
    tables: list[npt.NDArray[np.int32] | None] = []
    for dictionary in dictionaries:
        codes = np.fromiter((coder.code(entry) for entry in dictionary.entries), np.int32, len(dictionary))
        tables.append(codes)
    return coder.entries, tables


def _histories(
    populations: Sequence[Population], rows: Ints, begins: Ints, named: Names
) -> dict[str, History]:
    names = dict.fromkeys(name for one in populations for name in one.histories) if named is None else named
    found = {}
    for name in names:
        parts = [
            one.histories.get(name)
            or History(
                np.zeros(len(one) + 1, np.int64),
                np.zeros(0, np.int64),
                Column(np.zeros(0, np.int32), Dictionary([None])),
            )
            for one in populations
        ]
        offsets, source = _spread([part.offsets for part in parts], rows, begins)
        column = _column([part.column for part in parts], [len(part.at) for part in parts], source)
        found[name] = History(offsets, np.concatenate([part.at for part in parts])[source], column)
    return found
