"""All interactions of all contacts as columns, from a stream of bytes: no Python object per row."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Max, Min

from crm.models import Interaction
from segments.engine import values
from segments.engine.dictionary import Dictionary
from segments.engine.population import Column, Population, flattened
from segments.mirror import encoding, streams

Ints = npt.NDArray[np.int64]
READ_WHOLE = 200_000  # so many interactions are all looked at for the names of properties
SAMPLES, SAMPLE_ROWS = 20, 2_000
MOST_NAMES = 100


def property_names() -> set[str]:
    """The names of interaction properties: of all interactions where they are few, else of a sample."""
    ends = Interaction.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return set()
    first, last = ends["first"], ends["last"]
    width = last - first + 1
    starts = [first + width * part // SAMPLES for part in range(SAMPLES)] if width > READ_WHOLE else [first]
    rows = SAMPLE_ROWS if width > READ_WHOLE else width
    found: dict[str, int] = {}
    for start in starts:
        some = Interaction.objects.filter(pk__gte=start, pk__lt=start + rows).values_list(
            "amount", "currency", "properties"
        )
        for amount, currency, properties in some.iterator(10_000):
            names = [name for name, value in flattened(properties).items() if not isinstance(value, dict)]
            names += ["amount"] * (amount is not None) + ["currency"] * bool(currency)
            for name in names:
                found[name] = found.get(name, 0) + 1
    ranked = sorted(found, key=lambda name: -found[name])
    return set(ranked[:MOST_NAMES]) if width > READ_WHOLE else set(ranked)


def with_interactions(
    contacts: Population, names: list[str], only: Sequence[int] | None = None
) -> Population:
    """The same contacts with all their interactions and these properties. `only`: read just those of these ids."""
    ids = np.asarray(contacts.ids, np.int64)
    names = [name for name in names if streams.can_stream([name])]
    coders = [encoding.BytesCoder() for _ in ("kind", *names)]
    owners, at, recorded = [], [], []
    codes: list[list[npt.NDArray[np.int32]]] = [[] for _ in coders]
    for chunk in streams.interactions(names, only):
        owner, known = _owners(ids, chunk.whole(1))
        owners.append(owner[known])
        at.append(chunk.instants(2)[known])
        recorded.append(chunk.whole(0)[known])
        for index, coder in enumerate(coders):
            field = 3 + index
            found = coder.codes(
                chunk.buffer,
                np.ascontiguousarray(chunk.starts[:, field]),
                np.ascontiguousarray(chunk.lengths[:, field]),
            )
            codes[index].append(found[known])
    owner = _joined(owners, np.int32)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(ids)))]).astype(np.int64)
    instants = _joined(at, np.int64)
    order = encoding.place_rows(owner, instants, _joined(recorded, np.int64), offsets)
    kinds = coders[0].entries(_kind)
    return dataclasses.replace(
        contacts,
        offsets=offsets,
        kinds=kinds[1:],
        kind=(_joined(codes[0], np.int32)[order] - 1).astype(np.int16),
        at=instants[order],
        properties={
            name: _column(coder, _joined(parts, np.int32)[order])
            for name, coder, parts in zip(names, coders[1:], codes[1:], strict=True)
        },
    )


def _owners(ids: Ints, contact_ids: Ints) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """The row of each contact id, and whether there is one (the erased and the merged have none)."""
    if not len(ids):
        return np.zeros(len(contact_ids), np.int32), np.zeros(len(contact_ids), bool)
    rows = np.minimum(np.searchsorted(ids, contact_ids), len(ids) - 1)
    return rows.astype(np.int32), ids[rows] == contact_ids


def _joined(parts: list[Any], kind: Any) -> Any:
    return np.concatenate(parts) if parts else np.zeros(0, kind)


def _kind(data: bytes) -> str:
    text = data.decode()
    return str(json.loads(text)) if streams.quotes_kinds() else text


def _value(data: bytes) -> Any:
    read = json.loads(data, parse_float=Decimal)
    return values.json_number(read) if isinstance(read, Decimal) else read


def _column(coder: encoding.BytesCoder, codes: npt.NDArray[np.int32]) -> Column:
    """The column with one entry a value: what is missing becomes 0."""
    entries: list[Any] = [None]
    renamed = [0]
    for value in coder.entries(_value)[1:]:
        if values.is_missing(value):
            renamed.append(0)
        else:
            renamed.append(len(entries))
            entries.append(value)
    if len(entries) < len(renamed):
        codes = np.array(renamed, np.int32)[codes]
    return Column(codes, Dictionary(entries))
