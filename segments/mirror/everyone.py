"""Everyone, as of now: the snapshot for all, and the patch for the few that changed since; the patch wins.

A contact that changed leaves a row in `ContactTouch` in the transaction of its change. The patch holds the complete
rows of every contact touched, read again from the database, so no measure needs merging and no commit is missed. A
new snapshot removes just those touches that it saw before it began to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from crm.models import ContactTouch
from segments.engine.agreeing import agree_on_types
from segments.engine.evaluate import Standing, judge
from segments.engine.population import Population
from segments.engine.rules import Attribute, Rule, conditions
from segments.mirror import store, streams
from segments.mirror.reading import read_everyone, read_histories, read_population

MOST_PATCHED = 10_000
WAITED_FOR = 1_000_000  # so many interactions a page waits for
Bools = npt.NDArray[np.bool_]


@dataclass
class Everyone:
    """All living contacts: `snapshot` rows that are not `stale`, and the rows of `patch`.

    `behind` is True where more changed than a patch can hold, so that the answer is as of `built_at`.
    """

    snapshot: Population
    stale: Bools
    patch: Population
    built_at: datetime
    behind: bool = False

    @property
    def ids(self) -> npt.NDArray[np.int64]:
        """The keys of all contacts: those of the snapshot that still stand, then the patch's."""
        return np.concatenate(
            [np.asarray(self.snapshot.ids)[~self.stale], np.asarray(self.patch.ids, np.int64)]
        )

    def __len__(self) -> int:
        return len(self.snapshot) - int(np.count_nonzero(self.stale)) + len(self.patch)

    def attribute_types(self) -> dict[str, str | None]:
        """The attributes that any contact has, with the type their values share."""
        types = {name: column.dictionary.type for name, column in self.patch.attributes.items()}
        types.update({name: column.dictionary.type for name, column in self.snapshot.attributes.items()})
        return types

    def judge(
        self,
        rules: Mapping[str, Rule],
        *,
        as_of: int,
        zone: ZoneInfo,
        listed: Mapping[str, Mapping[int, int] | npt.NDArray[np.int64]] | None = None,
        count_nodes: tuple[str, ...] = (),
        wanted: tuple[str, ...] | None = None,
    ) -> tuple[dict[str, Bools], dict[str, dict[str, int]]]:
        """Members per rule, in the order of `ids`, and counts per node.

        `listed` gives segments whose members are known: contact ids, or contact id -> instant since.
        """
        members: dict[str, list[Bools]] = {}
        counts: dict[str, dict[str, int]] = {}
        held = {
            part.name
            for rule in rules.values()
            for part in conditions(rule)
            if isinstance(part, Attribute) and part.held_for
        }
        snapshot, patch = agree_on_types(self.snapshot, self.patch, rules.values())
        for population, counted in ((snapshot, ~self.stale), (patch, np.ones(len(patch), bool))):
            verdicts = judge(
                read_histories(population, held),
                rules,
                as_of=as_of,
                zone=zone,
                given={name: _standing(population, known) for name, known in (listed or {}).items()},
                count_nodes=count_nodes,
                wanted=wanted,
                counted=counted,
            )
            for name, truth in verdicts.members.items():
                members.setdefault(name, []).append(truth[counted])
            for name, nodes in verdicts.counts.items():
                known = counts.setdefault(name, dict.fromkeys(nodes, 0))
                for path, number in nodes.items():
                    known[path] += number
        return {name: np.concatenate(truths) for name, truths in members.items()}, counts


def _standing(population: Population, known: Any) -> Standing:
    ids = np.asarray(population.ids, np.int64)
    if isinstance(known, Mapping):
        keys = np.array(sorted(known), np.int64)
        since = np.array([known[int(key)] for key in keys], np.int64)
        inside = np.isin(ids, keys)
        sinces = np.zeros(len(ids), np.int64)
        if len(keys):
            sinces[inside] = since[np.searchsorted(keys, ids[inside])]
        return Standing(inside, sinces)
    return Standing(np.isin(ids, known))


def now(*, rebuild: bool = True) -> Everyone:
    """Everyone, with every committed change. Where a patch cannot hold them, a new snapshot is written first.

    `rebuild=False` (a web page) never waits for that: it answers from the last snapshot and says it is `behind`;
    only where there is no snapshot at all it makes the first.
    """
    opened = store.open_newest()
    touched, everyone = _touched()
    too_much = everyone or len(touched) > MOST_PATCHED
    if opened is None or (too_much and rebuild):
        opened = snapshot()
        touched, everyone = _touched()
        too_much = everyone or len(touched) > MOST_PATCHED
    generation, population = opened
    if too_much:
        touched = []
    return Everyone(
        snapshot=population,
        stale=np.isin(np.asarray(population.ids), np.array(touched, np.int64)),
        patch=read_population(touched, generation.properties),
        built_at=generation.built_at,
        behind=too_much,
    )


class Preparing(Exception):
    """Some property that a rule reads is no column yet; the next snapshot makes it one."""

    def __init__(self, names: set[str]) -> None:
        listed = ", ".join(f"‘{name}’" for name in sorted(names))
        super().__init__(f"Preparing {listed}: read for the first time, counted in about a minute.")


def ensure(names: set[str], *, rebuild: bool = True) -> bool:
    """Make sure that interaction properties are columns; True where a new snapshot was written for that.

    `rebuild=False` (a web page) waits for that only where there are few interactions, and raises `Preparing` otherwise.
    """
    generation = store.newest()
    if generation is None:
        return False
    asked = store.wanted() if rebuild else set()
    missing = {name for name in names | asked if streams.can_stream([name])} - generation.properties
    if not missing:
        return False
    store.want(missing)
    if not rebuild and generation.interactions > WAITED_FOR:
        raise Preparing(missing)
    snapshot()
    return True


def _touched() -> tuple[list[int], bool]:
    """The contacts that changed since the snapshot, each once, and whether a bulk load changed all of them."""
    ids = list(
        ContactTouch.objects.order_by("contact_id")
        .values_list("contact_id", flat=True)
        .distinct()[: MOST_PATCHED + 2]
    )
    return [contact_id for contact_id in ids if contact_id is not None], None in ids


def snapshot() -> tuple[store.Generation, Population]:
    """Write a new generation from the database; two at once do the work once."""
    asked = datetime.now(UTC)
    with store.building():
        opened = store.open_newest()
        if opened is not None and opened[0].built_at >= asked:
            return opened
        seen = list(ContactTouch.objects.values_list("pk", flat=True))
        built_at = datetime.now(UTC)
        store.write(read_everyone(store.wanted()), built_at)
        for start in range(0, len(seen), 5_000):
            ContactTouch.objects.filter(pk__in=seen[start : start + 5_000]).delete()
        written = store.open_newest()
    assert written is not None
    return written
