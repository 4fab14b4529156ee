"""What a process holds open of the mirror: the snapshot, registered patches merged, contacts read from the database.

Looking again costs one small query for the touches and one for the state; only what moved since is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings

from crm.models import ContactTouch
from segments.engine.judging.agreeing import Part
from segments.engine.judging.population import Population
from segments.mirror import patches, store
from segments.mirror.merging import Layer, merge, nothing, rows_among, without
from segments.mirror.patches import Missing, Patch
from segments.models import MirrorState

Ints = npt.NDArray[np.int64]
MOST_LIVE = 2_000  # contacts that a page reads from the database itself
SHARE_LIVE = 0.2  # of all contacts, that a sweep reads rather than everyone
LEAST_LIVE = 10_000
TOUCHES = 10  # of a contact that a page looks at, on average
BIG = 20_000  # contacts of a layer that is not merged again and again
FEW = 2_000  # contacts that are merged at each look


@dataclass(frozen=True)
class View:
    """The mirror as of a look; see `everyone.Everyone`."""

    parts: list[Part]
    built_at: datetime
    behind: bool
    generation: int
    patch: int
    touches: tuple[int, ...]
    live: Patch | None
    live_touches: tuple[int, ...]


class Mirror:
    """One process's view of one folder. Its methods are safe to call from threads."""

    def __init__(self) -> None:
        self._lock = RLock()
        self.generation: store.Generation | None = None
        self.last: tuple[Any, Any] | None = None
        self._population: Population | None = None
        self._seen: Ints = np.zeros(0, np.int64)
        self._patch = 0
        self._big: list[Layer] = []
        self._small: Layer = nothing()
        self._live: Layer = nothing()
        self._live_touches: dict[int, int] = {}
        self._view: tuple[Any, View] | None = None

    def look(self, *, most_live: int | None) -> View | None:
        """Everyone as of now; None where there is no mirror, or not a whole one. `behind` where too many changed.

        `most_live`: how many contacts to read from the database at most; None: a share of all.
        """
        with self._lock:
            # The touches first: one that goes with a patch registered in between is then in both.
            touched = _touched(most_live)
            state = MirrorState.objects.current()
            if not self._follow(state) or self.generation is None:
                return None
            return self._view_of(state, touched, most_live)

    def _view_of(
        self, state: MirrorState, touched: list[tuple[int, int | None]], most_live: int | None
    ) -> View:
        assert self.generation is not None
        assert self._population is not None
        pks = np.array([pk for pk, _ in touched], np.int64)
        seen = np.isin(pks, self._seen) if len(self._seen) else np.zeros(len(pks), bool)
        waiting = {
            pk: contact for (pk, contact), known in zip(touched, seen.tolist(), strict=True) if not known
        }
        most = max(LEAST_LIVE, int(SHARE_LIVE * self.generation.contacts)) if most_live is None else most_live
        cut = most_live is not None and len(touched) == TOUCHES * most_live
        behind = cut or None in waiting.values() or len(set(waiting.values())) > most
        if behind:
            waiting = {}
        settled = tuple(pks[seen].tolist())
        live = {pk: contact for pk, contact in waiting.items() if contact is not None}
        key = (self.generation.path, self._patch, behind, settled, tuple(live))
        if self._view is not None and self._view[0] == key:
            return self._view[1]
        self._read_live(live)
        layers = [*self._big]
        few = len(self._small) + len(self._live) <= FEW
        layers += [merge([self._small, self._live])] if few else [self._small, self._live]
        view = View(
            parts=stacked(self._population, layers),
            built_at=self.generation.built_at,
            behind=behind,
            generation=self.generation.number,
            patch=self._patch,
            touches=settled,
            live=Patch(self._live, self._patch) if live else None,
            live_touches=tuple(live),
        )
        self._view = (key, view)
        return view

    def _read_live(self, live: dict[int, int]) -> None:
        """Read the contacts of touches that are new; forget those whose touches are gone."""
        still = set(live.values())
        fresh = {contact for pk, contact in live.items() if self._live_touches.get(pk) != contact}
        held = set(self._live.ids.tolist())
        unknown = fresh | (still - held)
        stale = (held - still) | (held & unknown)
        if stale:
            self._live = without(self._live, np.array(sorted(stale), np.int64))
        if unknown:
            self._live = merge([self._live, patches.read_changed(unknown).layer])
        self._live_touches = dict(live)

    def _follow(self, state: MirrorState) -> bool:
        """Open what the state names. False where that cannot be: everyone must be read again."""
        if not self._choose(state):
            return False
        if state.patch >= self._patch and self._load(state.patch):
            return True
        # The database went back in time, or files went that were merged while this process did not look.
        self._forget()
        return self._choose(state) and self._load(state.patch)

    def _load(self, upto: int) -> bool:
        """Take up the patches to a number. False where they are not all here."""
        if upto == self._patch:
            return True
        try:
            layers = [patches.load(file) for file in patches.chain(self._patch, upto)]
        except Missing:
            return False
        newer = np.concatenate([layer.ids for layer in layers])
        # A contact in a patch that was just registered is read again, should it still be touched.
        self._live = without(self._live, newer)
        self._patch = upto
        small: list[Layer] = [self._small]  # merged at once: one by one, each would copy all before it
        for layer in layers:
            if len(layer) > BIG:
                self._big += [one for one in (merge(small), layer) if len(one)]
                small = []
            else:
                small.append(layer)
        self._small = merge(small)
        if len(self._small) > BIG:
            self._big.append(self._small)
            self._small = nothing()
        if len(self._big) > 3:
            self._big = [merge(self._big)]
        return True

    def _choose(self, state: MirrorState) -> bool:
        """Have the generation open that the state names, or one before it that the patches go on from."""
        if self.generation is not None and self._is_of(self.generation, state):
            if state.generation in (self.generation.number, 0):
                return True
            newer = next((one for one in store.newest_first() if one.number == state.generation), None)
            if newer is None or not store.is_verified(newer):
                if newer is not None:
                    store.verify_soon(newer)
                return True  # as good: its patches are kept for a while
        for generation in store.newest_first():
            if self._is_of(generation, state) and self._open(generation, state):
                return True
        self._forget()
        return False

    def _is_of(self, generation: store.Generation, state: MirrorState) -> bool:
        """Whether a generation was written for the database that this is the state of."""
        if state.generation == 0:
            return generation.patch is None
        return generation.number <= state.generation and (generation.patch or 0) <= state.patch

    def _open(self, generation: store.Generation, state: MirrorState) -> bool:
        after = generation.patch or 0
        try:
            patches.chain(after, state.patch)
        except Missing:
            return False
        population = store.opened(generation)
        if population is None:
            return False
        self._forget()
        self.generation, self._population = generation, population
        self._patch, self._seen = after, generation.seen()
        return True

    def _forget(self) -> None:
        self.generation = self._population = self._view = self.last = None
        self._patch, self._seen = 0, np.zeros(0, np.int64)
        self._big, self._small, self._live = [], nothing(), nothing()
        self._live_touches = {}


def stacked(population: Population, layers: Sequence[Layer]) -> list[Part]:
    """A snapshot and newer layers as parts, each with who of it stands."""
    later = np.zeros(0, np.int64)
    found: list[Part] = []
    for layer in reversed(layers):
        if not len(layer):
            continue
        if len(layer.population):
            found.append(_part(layer.population, later))
        later = np.concatenate([later, layer.ids])
    return [_part(population, later), *reversed(found)]


def _part(population: Population, later: Ints) -> Part:
    fallen = rows_among(population.ids, later)
    if not len(fallen):
        return Part(population)
    stands = np.ones(len(population), bool)
    stands[fallen] = False
    return Part(population, stands)


def _touched(most: int | None) -> list[tuple[int, int | None]]:
    """The waiting touches with their contacts; for a page only as many as tell that it is behind."""
    rows = ContactTouch.objects.order_by("pk").values_list("pk", "contact_id")
    return list(rows if most is None else rows[: TOUCHES * most])


_mirrors: dict[str, Mirror] = {}


def mirror() -> Mirror:
    """What this process holds of the mirror's folder."""
    where = str(settings.MIRROR_DIR)
    found = _mirrors.get(where)
    if found is None:
        _mirrors.clear()
        found = _mirrors[where] = Mirror()
    return found


def forget() -> None:
    """Hold nothing open: the next look begins as a new process does."""
    _mirrors.clear()
