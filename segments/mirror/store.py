"""Generations of the snapshot on disk: written beside the live one, swapped in with one rename, checked when opened.

A generation is a directory `gen-N` (N: when it was built, in microseconds, so no name comes twice) with arrays
(`*.npy`, opened memory-mapped, so processes share the pages), dictionaries (`*.json`) and `manifest.json`, which names
every file with its size and checksum and is written last.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from segments.engine.dictionary import Dictionary
from segments.engine.moments import to_us
from segments.engine.population import Column, Population

FORMAT = 1
KEPT = 2


@dataclass(frozen=True)
class Generation:
    """One snapshot on disk: `built_at` is the instant its reading of the database began."""

    number: int
    path: Path
    built_at: datetime
    contacts: int
    interactions: int
    properties: frozenset[str]


class Torn(ValueError):
    """The files of a generation are not those that were written."""


def newest() -> Generation | None:
    """The newest whole generation, or None."""
    for path in sorted(_folder().glob("gen-*"), reverse=True):
        found = _read_manifest(path)
        if found is not None:
            return found
    return None


def open_newest() -> tuple[Generation, Population] | None:
    """The newest generation, opened; a torn or foreign one is removed and the one before is tried."""
    while (generation := newest()) is not None:
        try:
            return generation, _opened(generation.path)
        except (Torn, OSError, ValueError):
            shutil.rmtree(generation.path, ignore_errors=True)
    return None


@contextmanager
def building() -> Iterator[None]:
    """Held by the one process that writes a generation; others wait."""
    with (_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def write(population: Population, built_at: datetime) -> Generation:
    """Store a population as the next generation. Call it within `building()`."""
    number = to_us(built_at)
    path = _folder() / f"gen-{number:018d}"
    beside = _folder() / f".writing-{os.getpid()}"
    for old in _folder().glob(".writing-*"):
        shutil.rmtree(old, ignore_errors=True)
    beside.mkdir()
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "built_at": built_at.isoformat(),
        "contacts": len(population),
        "interactions": len(population.at),
        "kinds": population.kinds,
        "attributes": _write_columns(beside, "a", population.attributes),
        "properties": _write_columns(beside, "p", population.properties),
    }
    for name in ("ids", "offsets", "kind", "at"):
        np.save(beside / f"{name}.npy", getattr(population, name))
    manifest["files"] = {file.name: _checksum(file) for file in sorted(beside.iterdir())}
    (beside / "manifest.json").write_text(json.dumps(manifest))
    beside.rename(path)
    for old in sorted(_folder().glob("gen-*"))[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return Generation(
        number, path, built_at, len(population), len(population.at), frozenset(population.properties)
    )


def wanted() -> set[str]:
    """The properties that rules asked for beyond those a sample shows."""
    try:
        return set(json.loads((_folder() / "wanted.json").read_text()))
    except (OSError, ValueError):
        return set()


def want(names: set[str]) -> None:
    """Ask for properties to be columns of the next generation, and of all later ones."""
    with building():
        beside = _folder() / ".wanted.json"
        beside.write_text(json.dumps(sorted(wanted() | names), ensure_ascii=False))
        beside.rename(_folder() / "wanted.json")


def _folder() -> Path:
    folder = Path(settings.MIRROR_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _read_manifest(path: Path) -> Generation | None:
    try:
        manifest = json.loads((path / "manifest.json").read_text())
        if manifest["format"] != FORMAT:
            return None
        built_at = datetime.fromisoformat(manifest["built_at"])
        return Generation(
            int(path.name.removeprefix("gen-")),
            path,
            built_at,
            manifest["contacts"],
            manifest["interactions"],
            frozenset(column["name"] for column in manifest["properties"]),
        )
    except (OSError, ValueError, KeyError):
        return None


def _write_columns(folder: Path, prefix: str, columns: Mapping[str, Column]) -> list[dict[str, Any]]:
    listed = []
    for index, (name, column) in enumerate(columns.items()):
        np.save(folder / f"{prefix}{index}.npy", column.codes)
        entries = json.dumps(column.dictionary.entries, ensure_ascii=False, default=str)
        (folder / f"{prefix}{index}.json").write_text(entries)
        listed.append({"name": name, "declared": column.dictionary.declared})
    return listed


def _checksum(path: Path) -> list[int]:
    crc = 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 22):
            crc = zlib.crc32(chunk, crc)
    return [path.stat().st_size, crc]


@cache
def _verified(path: Path) -> bool:
    """True if every file is what the manifest says; each process looks once at each generation."""
    manifest = json.loads((path / "manifest.json").read_text())
    return all(_checksum(path / name) == wanted for name, wanted in manifest["files"].items())


_open: dict[Path, Population] = {}


def _opened(path: Path) -> Population:
    if path in _open:
        return _open[path]
    if not _verified(path):
        raise Torn(str(path))
    manifest = json.loads((path / "manifest.json").read_text())

    def array(name: str) -> Any:
        return np.load(path / f"{name}.npy", mmap_mode="r")

    def columns(prefix: str) -> dict[str, Column]:
        return {
            column["name"]: Column(
                array(f"{prefix}{index}"),
                Dictionary(_Entries(path / f"{prefix}{index}.json"), column["declared"]),
            )
            for index, column in enumerate(manifest[{"a": "attributes", "p": "properties"}[prefix]])
        }

    _open.clear()  # one generation a process: readers at work keep theirs by reference
    _open[path] = Population(
        ids=array("ids"),
        attributes=columns("a"),
        offsets=array("offsets"),
        kinds=manifest["kinds"],
        kind=array("kind"),
        at=array("at"),
        properties=columns("p"),
    )
    return _open[path]


class _Entries(Sequence[Any]):
    """A dictionary's entries, read from their file when first asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: list[Any] | None = None

    def _all(self) -> list[Any]:
        if self._entries is None:
            self._entries = json.loads(self._path.read_text())
        return self._entries

    def __getitem__(self, index: Any) -> Any:
        return self._all()[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())
