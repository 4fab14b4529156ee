"""Keeps the mirror's files few: patches merged into bigger ones, and into a new snapshot when they are many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from segments.mirror import folder, patches, store
from segments.mirror.merging import Layer, merge
from segments.mirror.patches import File, Missing
from segments.mirror.snapshots import Unwritable, next_number
from segments.models import MirrorState

Clock = Callable[[], datetime]
MANY = 8  # files of about one size are merged
SHARE = 0.1  # of all contacts in patches make a new snapshot
LEAST = 10_000  # and so many at least: a small mirror is not written again each minute
KEPT_FOR = timedelta(minutes=10)  # readers and sweeps at work may still ask for a file


def compact(clock: Clock) -> bool:
    """Merge what is due; True where something was. Without a database but for the state, and safe to be cut off."""
    try:
        with folder.writing_at_once() as mine:
            return mine and _compact(clock)
    except OSError as error:
        raise Unwritable(error) from error


def _compact(clock: Clock) -> bool:
    state = MirrorState.objects.current()
    generation = next((one for one in store.newest_first() if one.number == state.generation), None)
    if generation is None or generation.patch is None:
        return False
    try:
        files = patches.chain(generation.patch, state.patch)
        sizes = [file.path.stat().st_size for file in files]
        due = _due(sizes)
        if due:
            merged = merge([patches.load(file) for file in files[-due:]])
            patches.write_merged(merged, files[-due:])
            files = patches.chain(generation.patch, state.patch)
        renewed = _renewed(generation, files, clock) if files else False
    except Missing:
        return False  # the next sweep reads everyone again
    _clear(state, files, clock)
    return bool(due) or renewed


def _due(sizes: list[int]) -> int:
    """How many of the newest files to merge: those that together are about as big as the one before them."""
    count, whole = 0, 0
    for size in reversed(sizes):
        if size > 2 * whole and count >= MANY:
            break
        count += 1
        whole += size
    return count if count >= MANY else 0


def _renewed(generation: store.Generation, files: list[File], clock: Clock) -> bool:
    """A new generation of the present one and its patches, where these are many."""
    base_size = sum(file.stat().st_size for file in generation.path.iterdir())
    if sum(file.path.stat().st_size for file in files) < SHARE * base_size / 2:
        return False
    layers = [patches.load(file) for file in files]
    changed = merge(layers)
    if len(changed) < max(LEAST, int(SHARE * generation.contacts)):
        return False
    base = store.opened(generation)
    if base is None:
        return False
    # Patches hold every property: one that the snapshot neither has nor left out is new since.
    left_out = generation.left_out()
    new = [] if left_out is None else [*changed.population.properties.keys() - left_out]
    names = dict.fromkeys([*base.properties, *sorted(new)])
    whole = merge([Layer(base), changed], properties=names, histories=base.histories.keys()).population
    written = store.write(
        replace(whole, left_out=left_out),
        generation.built_at,
        number=next_number(clock()),
        patch=files[-1].last,
        seen=generation.seen(),
        keep=generation.number,
    )
    with transaction.atomic():
        state = MirrorState.objects.locked()
        if state.generation != generation.number:
            return False  # another wrote a snapshot; this one is nobody's
        state.generation = written.number
        state.save(update_fields=["generation"])
    return True


def _clear(state: MirrorState, chain: list[File], clock: Clock) -> None:
    """Remove files that nobody can still want."""
    before = (clock() - KEPT_FOR).timestamp()
    folder.clear(before=before)
    needed = {file.path for file in chain}
    for file in patches.listed():
        if file.path in needed or file.last > state.patch:
            continue
        try:
            if file.path.stat().st_mtime < before:
                file.path.unlink()
        except FileNotFoundError:
            continue
