"""Patches: the complete rows of contacts that changed since the snapshot, one file each, numbered as registered.

Who writes verdicts of changed contacts (the quick judgement) does, with one patch:

    touched = …                                        # read the touches first,
    patch = read_changed(contact_ids)                  # then the contacts
    … judge patch.population …
    with transaction.atomic():
        state = MirrorState.objects.locked()
        overtaken = covered_since(patch.since)         # None: files are gone, begin again after a snapshot
        patch = patch.without(overtaken)               # their verdicts and touches are left out, too
        number = store(patch, state.patch + 1)
        … write the verdicts of patch.ids, delete their touches …
        state.patch = number, saved

So a touch is either waiting, or what it speaks of is in the snapshot and the registered patches, newest first. A file
above the registered number is nobody's: ignored, and overwritten by the next.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from segments.engine.judging.population import Population
from segments.mirror import folder, packing
from segments.mirror.merging import Layer, without
from segments.mirror.reading import read_layer
from segments.models import MirrorState

Ints = npt.NDArray[np.int64]
_NAME = re.compile(r"^patch-(\d{15})-(\d{15})$")
_KNOWN = 4_096  # so many files' contacts a process remembers


@dataclass(frozen=True)
class Patch:
    """Contacts read again: those who live with all their rows, and those who are gone.

    `since` is the newest patch that was registered when its reading began: what was registered later may be newer.
    """

    layer: Layer
    since: int

    def __len__(self) -> int:
        return len(self.layer)

    @property
    def population(self) -> Population:
        """Those who live."""
        return self.layer.population

    @property
    def gone(self) -> Ints:
        """Those erased or merged into another."""
        return self.layer.gone

    @cached_property
    def ids(self) -> Ints:
        """All contacts it speaks of, rising."""
        return np.sort(self.layer.ids)

    def without(self, ids: Iterable[int] | None) -> Patch:
        """The patch without some contacts."""
        some = np.fromiter(ids or (), np.int64)
        return replace(self, layer=without(self.layer, some)) if len(some) else self


@dataclass(frozen=True, order=True)
class File:
    """The patches `first` to `last` in one file."""

    first: int
    last: int
    path: Path


class Missing(RuntimeError):
    """Registered patches are not on this disk, or not as written: the mirror must be read again whole."""


def read_changed(contact_ids: Collection[int]) -> Patch:
    """Everything rules may ask of these contacts, as the database has it now."""
    since = MirrorState.objects.current().patch
    return Patch(read_layer(sorted(contact_ids)), since)


def store(patch: Patch, number: int) -> int:
    """Write a patch into the mirror under its number; it counts once the state row names it. Gives the number."""
    packing.write(folder.whole() / _named(number, number), patch.layer, {"first": number, "last": number})
    _contacts.pop((number, number), None)
    return number


def covered_since(number: int, newest: int | None = None) -> frozenset[int] | None:
    """The contacts in patches registered after a number (up to `newest`); None where their files are gone."""
    upto = MirrorState.objects.current().patch if newest is None else newest
    if upto <= number:
        return frozenset()
    try:
        parts = [_contacts_of(file) for file in chain(number, upto, finest=True)]
    except Missing:
        return None
    return frozenset(np.concatenate(parts).tolist())


def chain(after: int, upto: int, *, finest: bool = False) -> list[File]:
    """The files that hold patches after + 1 to `upto`, oldest first, as few as may be. Raises `Missing`.

    `finest`: as many as may be; the first may then begin earlier.
    """
    by_first: dict[int, list[File]] = {}
    files = listed()
    for file in files:
        if file.last <= upto:
            by_first.setdefault(file.first, []).append(file)
    found = []
    place = after + 1
    while place <= upto:
        here = by_first.get(place)
        if here is None and finest:
            here = [file for file in files if file.first <= place <= file.last <= upto]
        if not here:
            raise Missing(f"Patch {place} of the mirror is not here.")
        one = min(here, key=lambda file: file.last) if finest else max(here, key=lambda file: file.last)
        found.append(one)
        place = one.last + 1
    return found


def load(file: File) -> Layer:
    """The contacts of a file. Raises `Missing`."""
    try:
        layer, about = packing.read(file.path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Missing(f"Patch {file.first} of the mirror cannot be read.") from error
    if (about.get("first"), about.get("last")) != (file.first, file.last):
        raise Missing(f"Patch {file.first} of the mirror is another.")
    return layer


def write_merged(layer: Layer, files: Sequence[File]) -> None:
    """Store what several files hold together as one file beside them."""
    first, last = files[0].first, files[-1].last
    packing.write(folder.whole() / _named(first, last), layer, {"first": first, "last": last})


def listed() -> list[File]:
    """All patch files there are, registered or not."""
    found = []
    for path in folder.whole().iterdir():
        if named := _NAME.match(path.name):
            found.append(File(int(named[1]), int(named[2]), path))
    return sorted(found)


def _named(first: int, last: int) -> str:
    return f"patch-{first:015d}-{last:015d}"


_contacts: dict[tuple[int, int], tuple[Path, int, Ints]] = {}


def _contacts_of(file: File) -> Ints:
    """The contacts of a file, remembered as long as it is the same file."""
    key = (file.first, file.last)
    try:
        inode = file.path.stat().st_ino
    except OSError as error:
        raise Missing(f"Patch {file.first} of the mirror is not here.") from error
    known = _contacts.get(key)
    if known is None or known[:2] != (file.path, inode):
        if len(_contacts) >= _KNOWN:
            _contacts.clear()
        known = _contacts[key] = (file.path, inode, np.array(load(file).ids))
    return known[2]
