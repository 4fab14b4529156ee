"""Generations of the snapshot on disk: written beside the live one, swapped in with one rename, checked when opened.

A generation is a directory `gen-N` (N: when it was built, in microseconds, so no name comes twice) with arrays
(`*.npy`, opened memory-mapped, so processes share the pages), dictionaries (`*.json`) and `manifest.json`, which names
every file with its size and checksum and is written last. It counts once the row `MirrorState` names it.
"""

from __future__ import annotations

import json
import os
import shutil
import weakref
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import numpy.typing as npt

from segments.engine.judging.grouping import ByKind
from segments.engine.judging.population import Column, History, Population
from segments.engine.language.dictionary import Dictionary
from segments.engine.language.moments import to_us
from segments.mirror import folder
from segments.mirror.folder import writing as building
from segments.mirror.packing import Torn

__all__ = ["FORMAT", "Generation", "Torn", "building", "newest", "open_newest", "want", "wanted", "write"]

FORMAT = 2
KEPT = 2
BY_KIND = tuple(ByKind.__dataclass_fields__)
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Generation:
    """One snapshot on disk: `built_at` is the instant its reading of the database began.

    It holds all that was registered up to `patch`; None: it was made by hand, for whatever database is there.
    `complete`: every property of any interaction is a column, so that one which is none has no value at all; else
    `left_out` has those that are none.
    """

    number: int
    path: Path
    built_at: datetime
    contacts: int
    interactions: int
    properties: frozenset[str]
    histories: frozenset[str] = frozenset()
    patch: int | None = None
    complete: bool = False

    def seen(self) -> Ints:
        """The touches that had been written before its reading began, by number, rising."""
        try:
            return np.load(self.path / "seen.npy")
        except OSError:
            return np.zeros(0, np.int64)

    def left_out(self) -> frozenset[str] | None:
        """The properties that some interaction has and no column holds; None where nobody wrote them down."""
        if self.complete:
            return frozenset()
        try:
            return frozenset(json.loads((self.path / "left-out.json").read_text()))
        except (OSError, ValueError):
            return None

    def lacks(self, names: set[str]) -> set[str]:
        """Of some properties, those that may have a value and are no column."""
        missing = names - self.properties
        left_out = self.left_out() if missing else missing
        return missing if left_out is None else missing & left_out


def newest() -> Generation | None:
    """The newest whole generation, or None."""
    return next(newest_first(), None)


def newest_first() -> Iterator[Generation]:
    """All whole generations."""
    for path in sorted(folder.whole().glob("gen-*"), reverse=True):
        found = _read_manifest(path)
        if found is not None:
            yield found


def open_newest() -> tuple[Generation, Population] | None:
    """The newest generation, opened; a torn or foreign one is removed and the one before is tried.

    While the checksums of a new one are compared, which takes a while, it is the one that this process has open.
    """
    while (generation := newest()) is not None:
        if not is_verified(generation) and (known := _still_open()) is not None:
            verify_soon(generation)
            return known
        found = opened(generation)
        if found is not None:
            return generation, found
    return None


def _still_open() -> tuple[Generation, Population] | None:
    for path, population in reversed(_open.items()):
        generation = _read_manifest(path) if path.parent == folder.whole() else None
        if generation is not None:
            return generation, population
    return None


def verify_soon(generation: Generation) -> None:
    """Compare a generation's checksums beside the work that goes on with the one before."""
    if generation.path not in _verifying:
        _verifying.add(generation.path)
        Thread(target=verify, args=(generation,), daemon=True, name="mirror-verify").start()


def opened(generation: Generation) -> Population | None:
    """The contacts of a generation, mapped; None where it is not as it was written: then it is removed."""
    try:
        return _opened(generation.path)
    except (Torn, OSError, ValueError, KeyError):
        shutil.rmtree(generation.path, ignore_errors=True)
        return None


def is_verified(generation: Generation) -> bool:
    """Whether this process has compared its checksums already, which takes a second a gigabyte."""
    return generation.path in _looked_at


def verify(generation: Generation) -> bool:
    """Compare a generation's checksums with its files."""
    try:
        return _verified(generation.path)
    except (OSError, ValueError, KeyError):
        return False


def write(
    population: Population,
    built_at: datetime,
    *,
    number: int | None = None,
    patch: int | None = None,
    seen: Ints | None = None,
    keep: int = 0,
) -> Generation:
    """Store a population as the next generation. Call it within `building()`.

    `patch` is the newest registered patch that it covers, `seen` the touches. `keep`: the generation that counts now.
    """
    path = folder.whole() / f"gen-{to_us(built_at) if number is None else number:018d}"
    beside = folder.beside("writing")
    for old in folder.whole().glob(".writing-*"):
        shutil.rmtree(old, ignore_errors=True)
    try:
        beside.mkdir()
        manifest = _written(beside, population) | {
            "built_at": built_at.isoformat(),
            "patch": patch,
            "complete": population.left_out == frozenset(),
        }
        if population.left_out:
            (beside / "left-out.json").write_text(json.dumps(sorted(population.left_out)))
        if seen is not None:
            np.save(beside / "seen.npy", seen)
        manifest["files"] = {file.name: _checksum(file) for file in sorted(beside.iterdir())}
        (beside / "manifest.json").write_text(json.dumps(manifest))
        if _read_manifest(path) is None:  # of another format: what is made from a seed has its old name again
            shutil.rmtree(path, ignore_errors=True)
        beside.rename(path)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    for old in sorted(folder.whole().glob("gen-*"))[:-KEPT]:
        if old.name != f"gen-{keep:018d}":
            shutil.rmtree(old, ignore_errors=True)
    found = _read_manifest(path)
    assert found is not None
    return found


def wanted(what: str = "properties") -> set[str]:
    """The properties that rules asked for beyond the most frequent ones; or `histories`: of these attributes."""
    return set(_all_wanted().get(what, ()))


def want(names: set[str], histories: set[str] | None = None) -> None:
    """Ask for properties and histories to be columns of the next generation, and of all later ones."""
    with building():
        now = _all_wanted()
        for what, asked in (("properties", names), ("histories", histories or set())):
            now[what] = sorted({*now.get(what, ()), *asked})
        beside = folder.beside("wanted")
        beside.write_text(json.dumps(now, ensure_ascii=False))
        beside.rename(folder.whole() / "wanted.json")


def _all_wanted() -> dict[str, list[str]]:
    try:
        found = json.loads((folder.whole() / "wanted.json").read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {"properties": found}


def _read_manifest(path: Path) -> Generation | None:
    try:
        manifest = json.loads((path / "manifest.json").read_text())
        if manifest["format"] != FORMAT:
            return None
        return Generation(
            int(path.name.removeprefix("gen-")),
            path,
            datetime.fromisoformat(manifest["built_at"]),
            manifest["contacts"],
            manifest["interactions"],
            frozenset(column["name"] for column in manifest["properties"]),
            frozenset(column["name"] for column in manifest.get("histories", ())),
            manifest.get("patch"),
            manifest.get("complete", False),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _written(beside: Path, population: Population) -> dict[str, Any]:
    """The arrays and dictionaries in files, and the manifest that tells of them."""
    for name in ("ids", "offsets", "kind", "at"):
        np.save(beside / f"{name}.npy", getattr(population, name))
    for name in BY_KIND:
        np.save(beside / f"k-{name}.npy", getattr(population.by_kind, name))
    for index, history in enumerate(population.histories.values()):
        np.save(beside / f"h{index}-offsets.npy", history.offsets)
        np.save(beside / f"h{index}-at.npy", history.at)
    histories = {name: history.column for name, history in population.histories.items()}
    return {
        "format": FORMAT,
        "contacts": len(population),
        "interactions": len(population.at),
        "kinds": population.kinds,
        "attributes": _write_columns(beside, "a", population.attributes),
        "properties": _write_columns(beside, "p", population.properties),
        "histories": _write_columns(beside, "h", histories),
    }


def _write_columns(where: Path, prefix: str, columns: Mapping[str, Column]) -> list[dict[str, Any]]:
    listed = []
    for index, (name, column) in enumerate(columns.items()):
        dictionary = column.dictionary
        np.save(where / f"{prefix}{index}.npy", column.codes)
        entries = json.dumps(list(dictionary.entries), ensure_ascii=False, default=str)
        (where / f"{prefix}{index}.json").write_text(entries)
        told = {"declared": dictionary.declared, "type": dictionary.type, "entries": len(dictionary)}
        listed.append({"name": name, **told})
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
    whole = all(_checksum(path / name) == wanted for name, wanted in manifest["files"].items())
    _looked_at.add(path)
    return whole


_looked_at: set[Path] = set()
_verifying: set[Path] = set()
_open: dict[Path, Population] = {}


def _opened(path: Path) -> Population:
    if path in _open:
        return _open[path]
    if not _verified(path):
        raise Torn(str(path))
    manifest = json.loads((path / "manifest.json").read_text())

    def array(name: str) -> Any:
        return np.load(path / f"{name}.npy", mmap_mode="r")

    def columns(prefix: str, field: str) -> dict[str, Column]:
        found = {}
        for index, told in enumerate(manifest.get(field, ())):
            entries = _Entries(path / f"{prefix}{index}.json", told.get("entries"))
            dictionary = Dictionary(entries, told["declared"])
            if "type" in told:
                dictionary.type = told["type"]  # known without reading the entries
            found[told["name"]] = Column(array(f"{prefix}{index}"), dictionary)
        return found

    while len(_open) > 1:  # the newest and the one before: readers at work keep theirs by reference
        _open.pop(next(iter(_open)))
    population = _open[path] = Population(
        ids=array("ids"),
        attributes=columns("a", "attributes"),
        offsets=array("offsets"),
        kinds=manifest["kinds"],
        kind=array("kind"),
        at=array("at"),
        properties=columns("p", "properties"),
        histories={
            name: History(array(f"h{index}-offsets"), array(f"h{index}-at"), column)
            for index, (name, column) in enumerate(columns("h", "histories").items())
        },
    )
    if all(
        (path / f"k-{name}.npy").exists() for name in BY_KIND
    ):  # older ones have none: made when asked for
        grouped = ByKind(**{name: array(f"k-{name}") for name in BY_KIND})
        population.grouping.given(grouped, population.offsets, population.kind, population.at)
    return population


class _Entries(Sequence[Any]):
    """A dictionary's entries, read when first asked for from their file, which may have been removed meanwhile."""

    def __init__(self, path: Path, size: int | None) -> None:
        self._file, self._size = os.open(path, os.O_RDONLY), size
        weakref.finalize(self, os.close, self._file)
        self._entries: list[Any] | None = None

    def _all(self) -> list[Any]:
        if self._entries is None:
            size = os.fstat(self._file).st_size
            parts, place = [], 0
            while place < size and (part := os.pread(self._file, size - place, place)):
                parts.append(part)
                place += len(part)
            self._entries = json.loads(b"".join(parts))
        return self._entries

    def __getitem__(self, index: Any) -> Any:
        return self._all()[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all()) if self._size is None else self._size
