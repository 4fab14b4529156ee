"""Cuts the contacts of many segments at the same places, so that what lies together is written together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]
AT_ONCE = 500_000


def cut(parts: Sequence[Ids], least: int = 1) -> Iterator[list[tuple[int, Ids]]]:
    """The contacts of each part, rising, stretch by stretch: (place of the part, its contacts there).

    A stretch holds half a million contacts or so; there are at least so many stretches.
    """
    ordered = [(place, np.sort(ids)) for place, ids in enumerate(parts) if len(ids)]
    if not ordered:
        return
    first, last = min(int(ids[0]) for _, ids in ordered), max(int(ids[-1]) for _, ids in ordered)
    steps = max(-(-sum(len(ids) for _, ids in ordered) // AT_ONCE), least)
    bounds = np.linspace(first, last + 1, steps + 1).astype(np.int64)
    cuts = [np.searchsorted(ids, bounds) for _, ids in ordered]
    for step in range(steps):
        some = [(place, ids[at[step] : at[step + 1]]) for (place, ids), at in zip(ordered, cuts, strict=True)]
        if here := [(place, ids) for place, ids in some if len(ids)]:
            yield here


def mixed(parts: Sequence[Ids]) -> Iterator[tuple[Places, Ids]]:
    """All contacts of these parts, rising, with the part each is of; half a million or so at a time."""
    for stretch in cut(parts):
        contacts = np.concatenate([ids for _, ids in stretch])
        order = np.argsort(contacts, kind="stable")
        places = np.array([place for place, _ in stretch], np.intp)
        yield np.repeat(places, [len(ids) for _, ids in stretch])[order], contacts[order]
