"""A layer in one file: a line that says what it is, a header, arrays end to end; opened memory-mapped and checked.

The first line holds the checksum and the size of all that follows, so a torn, cut or foreign file is noticed.
"""

from __future__ import annotations

import json
import mmap
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from segments.engine.judging.population import Column, History, Population
from segments.engine.language.dictionary import Dictionary
from segments.mirror.merging import Layer

SIGN = b"facet-patch 2"
ALIGNED = 64


class Torn(ValueError):
    """A file is not what was written."""


@dataclass
class _Packer:
    """Gathers arrays and the header that says where they lie."""

    chunks: list[bytes] = field(default_factory=list)
    size: int = 0

    def put(self, array: Any) -> list[Any]:
        data = np.ascontiguousarray(array)
        place = [data.dtype.str, len(data), self.size]
        raw = data.tobytes()
        padding = -len(raw) % ALIGNED
        self.chunks += [raw, bytes(padding)]
        self.size += len(raw) + padding
        return place

    def column(self, column: Column) -> dict[str, Any]:
        return {
            "codes": self.put(column.codes),
            "entries": list(column.dictionary.entries),
            "declared": column.dictionary.declared,
        }


def write(path: Path, layer: Layer, about: Mapping[str, Any]) -> None:
    """Write a layer, with what is to be known `about` it, whole or not at all."""
    packer, population = _Packer(), layer.population
    header = {
        "about": dict(about),
        "kinds": population.kinds,
        "ids": packer.put(np.asarray(population.ids, np.int64)),
        "gone": packer.put(layer.gone),
        "offsets": packer.put(population.offsets),
        "kind": packer.put(population.kind),
        "at": packer.put(population.at),
        "attributes": {name: packer.column(column) for name, column in population.attributes.items()},
        "properties": {name: packer.column(column) for name, column in population.properties.items()},
        "histories": {
            name: {
                "offsets": packer.put(history.offsets),
                "at": packer.put(history.at),
                "column": packer.column(history.column),
            }
            for name, history in population.histories.items()
        },
    }
    text = json.dumps(header, ensure_ascii=False, default=str).encode()
    text += b" " * (-(len(text) + 8) % ALIGNED)
    parts = [len(text).to_bytes(8, "big"), text, *packer.chunks]
    crc = size = 0
    for part in parts:
        crc, size = zlib.crc32(part, crc), size + len(part)
    line = b"%s %08x %d" % (SIGN, crc, size)
    beside = path.with_name(f".{path.name}-{os.getpid()}")
    with beside.open("wb") as file:
        file.write(line.ljust(ALIGNED - 1) + b"\n")
        file.writelines(parts)
    beside.rename(path)


def read(path: Path) -> tuple[Layer, dict[str, Any]]:
    """The layer of a file and what is known about it. Raises `Torn`, and OSError where there is no file."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size < ALIGNED:
            raise Torn(str(path))
        whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    first = bytes(whole[:ALIGNED])
    words = first.split()
    body = whole[ALIGNED:]
    if not first.startswith(SIGN) or len(words) != 4 or int(words[3]) != len(body):
        raise Torn(str(path))
    if zlib.crc32(body) != int(words[2], 16):
        raise Torn(str(path))
    length = int.from_bytes(body[:8], "big")
    header = json.loads(bytes(body[8 : 8 + length]))
    data = body[8 + length :]

    def array(place: list[Any]) -> Any:
        kind, count, begin = place
        return np.frombuffer(data, np.dtype(kind), count, begin)

    def column(told: dict[str, Any]) -> Column:
        return Column(array(told["codes"]), Dictionary(told["entries"], told["declared"]))

    population = Population(
        ids=array(header["ids"]),
        attributes={name: column(told) for name, told in header["attributes"].items()},
        offsets=array(header["offsets"]),
        kinds=header["kinds"],
        kind=array(header["kind"]),
        at=array(header["at"]),
        properties={name: column(told) for name, told in header["properties"].items()},
        histories={
            name: History(array(told["offsets"]), array(told["at"]), column(told["column"]))
            for name, told in header["histories"].items()
        },
    )
    return Layer(population, array(header["gone"])), header["about"]
