"""A full snapshot from the database, and its registration, so that no change falls between it and the patches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import numpy as np
from django.conf import settings
from django.db import transaction

from crm.models import ContactTouch
from segments.engine.judging.population import Population
from segments.engine.language.moments import to_us
from segments.mirror import folder, patches, store
from segments.mirror.merging import merge
from segments.mirror.patches import Patch
from segments.mirror.reading import read_everyone
from segments.models import MirrorState

Clock = Callable[[], datetime]
Phase = Callable[[str], None]


def untold(_: str) -> None:
    """For those who do not ask how long the parts take."""


class Unwritable(RuntimeError):
    """The mirror's folder cannot be written; the sentence says where and why."""

    def __init__(self, error: OSError) -> None:
        why = error.strerror or str(error)
        super().__init__(
            f"The mirror cannot be written to {settings.MIRROR_DIR}: {why}. "
            "Make room or give access there; the next run tries again by itself."
        )


def write(clock: Clock, phase: Phase = untold) -> tuple[store.Generation, Population]:
    """Write and register a new generation; two at once do the work once. Raises `Unwritable`."""
    asked = clock()
    try:
        with folder.writing():
            phase("wait")
            return _newest(asked) or _written(clock, phase)
    except OSError as error:
        raise Unwritable(error) from error


def write_unless(there_is_one: Callable[[], bool], clock: Clock) -> None:
    """Write and register a generation, unless another did meanwhile. Raises `Unwritable`."""
    try:
        with folder.writing():
            if not there_is_one():
                _written(clock)
    except OSError as error:
        raise Unwritable(error) from error


def _newest(asked: datetime) -> tuple[store.Generation, Population] | None:
    """What another wrote while this one waited."""
    state = MirrorState.objects.current()
    generation = store.newest()
    if generation is None or generation.number != state.generation or generation.built_at < asked:
        return None
    population = store.opened(generation)
    return None if population is None else (generation, population)


def _written(clock: Clock, phase: Phase = untold) -> tuple[store.Generation, Population]:
    folder.clear(before=clock().timestamp())
    # What is registered and what is touched are looked up before anybody is read: the rest comes after the snapshot.
    state = MirrorState.objects.current()
    touches = ContactTouch.objects.order_by("pk").values_list("pk", flat=True)
    seen = np.fromiter(touches.iterator(chunk_size=20_000), np.int64)
    built_at = clock()
    population = read_everyone(store.wanted(), store.wanted("histories"))
    phase("read")
    generation = store.write(
        population,
        built_at,
        number=next_number(built_at),
        patch=state.patch,
        seen=seen,
        keep=state.generation,
    )
    phase("write")
    register(generation, state.patch)
    phase("register")
    opened = store.opened(generation)
    if opened is None:
        raise OSError("what was written reads back as something else")
    return generation, opened


def next_number(at: datetime) -> int:
    """A number above all there are, whatever the clock says."""
    newest = store.newest()
    return max(
        to_us(at), MirrorState.objects.current().generation + 1, 0 if newest is None else newest.number + 1
    )


def register(generation: store.Generation, patch: int) -> None:
    """Make a generation the one that counts.

    Patches that were registered while it was read may hold older rows than it does: those contacts are read again and
    go into a patch of their own, at last under the lock, so that no newer word is overruled by an older one.
    """
    overtaken = patches.covered_since(patch) or frozenset()
    again = patches.read_changed(overtaken) if overtaken else None
    with transaction.atomic():
        state = MirrorState.objects.locked()
        since = patch if again is None else again.since
        last = patches.covered_since(since, state.patch) or frozenset()
        newest = patches.read_changed(last) if last else None
        layers = [one.layer for one in (again, newest) if one is not None]
        if layers:
            state.patch = patches.store(Patch(merge(layers), state.patch), state.patch + 1)
        state.generation = generation.number
        state.save(update_fields=["generation", "patch"])
