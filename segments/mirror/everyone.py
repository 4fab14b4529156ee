"""Everyone, as of now: the snapshot for all, and newer layers for those that changed since; the newest word wins.

A contact that changed leaves a row in `ContactTouch` in the transaction of its change. Registered patches hold the
complete rows of contacts whose verdicts were written since the snapshot; contacts touched and not yet in a patch are
read from the database. So no measure needs merging and no commit is missed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from crm.models import Interaction
from segments.engine.judging.agreeing import Agreement, Part
from segments.engine.judging.evaluate import Standing, judge
from segments.engine.judging.population import Population
from segments.engine.language.rules import Attribute, Rule, conditions
from segments.mirror import compacting, held, snapshots, store
from segments.mirror.patches import Patch
from segments.mirror.reading import declared_types, read_histories
from segments.mirror.snapshots import Unwritable

__all__ = ["Everyone", "Preparing", "Unwritable", "beside", "compact", "ensure", "now", "snapshot"]

WAITED_FOR = 1_000_000  # so many interactions a page waits for
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass
class Everyone:
    """All living contacts: of each part those who stand; later parts hold who changed since.

    It holds the mirror up to the registered `patch`, and what changed since as `live`. `touches` (their numbers) are
    in the mirror's files: who writes verdicts of everyone may delete them. `live_touches` are only in `live`: they
    may be deleted with the registration of that as a patch. `behind` is True where too much changed to be read for a
    page, so that the answer is as of `built_at`.
    """

    parts: list[Part]
    built_at: datetime
    behind: bool = False
    generation: int = 0
    patch: int = 0
    touches: tuple[int, ...] = ()
    live: Patch | None = None
    live_touches: tuple[int, ...] = ()
    declared: Mapping[str, str] | None = None
    _ready: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def snapshot(self) -> Population:
        """Everybody as of the last snapshot."""
        return self.parts[0].population

    @cached_property
    def ids(self) -> Ints:
        """The keys of all contacts: those of each part that stand, part by part."""
        return np.concatenate(
            [
                np.asarray(part.population.ids, np.int64)[slice(None) if part.stands is None else part.stands]
                for part in self.parts
            ]
        )

    def __len__(self) -> int:
        return sum(len(part.population) - len(part.fallen) for part in self.parts)

    @cached_property
    def agreement(self) -> Agreement:
        """The types of columns over all parts."""
        return Agreement(self.parts, self.declared)

    def attribute_types(self) -> dict[str, str | None]:
        """The attributes that any contact has, with the type their values share."""
        names = dict.fromkeys(name for part in self.parts for name in part.population.attributes)
        return {name: self.agreement.type_of("attributes", name) for name in names}

    def judge(
        self,
        rules: Mapping[str, Rule],
        *,
        as_of: int,
        zone: ZoneInfo,
        listed: Mapping[str, Mapping[int, int] | Ints | tuple[Ints, Ints]] | None = None,
        count_nodes: tuple[str, ...] = (),
        wanted: tuple[str, ...] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> tuple[dict[str, Bools], dict[str, dict[str, int]]]:
        """Members per rule, in the order of `ids`, and counts per node.

        `listed` gives segments whose members are known: contact ids, or contact id -> instant since (or both as arrays,
        the ids rising). Raises `Stopped` once `stop()` says that nobody waits for it any more.
        """
        members: dict[str, list[Bools]] = {}
        counts: dict[str, dict[str, int]] = {}
        asked = held_attributes(rules)
        for index, (part, population) in enumerate(
            zip(self.parts, self.agreement.typed(rules.values()), strict=True)
        ):
            if index == 0 and asked - population.histories.keys():
                population = read_histories(population, asked)  # noqa: PLW2901 - no column yet
            verdicts = judge(
                population,
                rules,
                as_of=as_of,
                zone=zone,
                given=_given(population, listed or {}, rules),
                count_nodes=count_nodes,
                wanted=wanted,
                counted=part.stands,
                stop=stop,
            )
            for name, truth in verdicts.members.items():
                stands = slice(None) if part.stands is None else part.stands
                members.setdefault(name, []).append(truth[stands])
            for name, nodes in verdicts.counts.items():
                known = counts.setdefault(name, dict.fromkeys(nodes, 0))
                for path, number in nodes.items():
                    known[path] += number
        return {name: np.concatenate(truths) for name, truths in members.items()}, counts


def held_attributes(rules: Mapping[str, Rule]) -> set[str]:
    """The attributes whose history these rules ask for: conditions that held for a time."""
    return {
        part.name
        for rule in rules.values()
        for part in conditions(rule)
        if isinstance(part, Attribute) and part.held_for
    }


def _given(
    population: Population, listed: Mapping[str, Any], rules: Mapping[str, Rule]
) -> dict[str, Standing]:
    return {name: _standing(population, known, judged=name in rules) for name, known in listed.items()}


def _standing(population: Population, known: Any, *, judged: bool) -> Standing:
    ids = np.asarray(population.ids, np.int64)
    if isinstance(known, Mapping):
        keys = np.array(sorted(known), np.int64)
        known = keys, np.array([known[int(key)] for key in keys], np.int64)
    if isinstance(known, tuple):
        keys, since = known
        inside = np.isin(ids, keys)
        sinces = np.zeros(len(ids), np.int64)
        if len(keys):
            sinces[inside] = since[np.searchsorted(keys, ids[inside])]
        return Standing(inside, sinces, judged)
    return Standing(np.isin(ids, known), judged=judged)


def now(*, rebuild: bool = True, wait: bool = True) -> Everyone:
    """Everyone, with every committed change. Where too many changed to be read one by one, a new snapshot is written.

    `rebuild=False` (a web page) never waits for that: it answers from the mirror and says it is `behind`; only where
    there is no mirror at all it makes the first, or, without `wait` and with many interactions, raises `Preparing`.
    """
    mirror = held.mirror()
    most = None if rebuild else held.MOST_LIVE
    view = mirror.look(most_live=most)
    if view is None:
        if not wait and _takes_long():
            raise Preparing({"all customers"})
        snapshots.write_unless(lambda: mirror.look(most_live=most) is not None, _clock)
        view = mirror.look(most_live=most)
    if view is not None and view.behind and rebuild:
        snapshot()
        view = mirror.look(most_live=most)
    if view is None:
        raise Unwritable(OSError("what was just written there is gone"))
    return _seen(mirror, view)


def _takes_long() -> bool:
    """Whether reading everyone takes longer than a page may."""
    newest = Interaction.objects.order_by("-pk").values_list("pk", flat=True).first()
    return (newest or 0) > WAITED_FOR


def _seen(mirror: held.Mirror, view: held.View) -> Everyone:
    """The view as contacts that can be judged; the same object as long as nothing moved."""
    declared = declared_types()
    last = mirror.last
    if last is not None and last[0] is view and last[1].declared == declared:
        return last[1]
    found = Everyone(
        parts=view.parts,
        built_at=view.built_at,
        behind=view.behind,
        generation=view.generation,
        patch=view.patch,
        touches=view.touches,
        live=view.live,
        live_touches=view.live_touches,
        declared=declared,
    )
    mirror.last = (view, found)
    return found


def settled() -> Everyone | None:
    """Everyone as the files of the mirror have them, whatever waits to be read; None where there are none."""
    mirror = held.mirror()
    view = mirror.look(most_live=0)
    return None if view is None else _seen(mirror, view)


def judge_last(
    contacts: Everyone,
    rules: Mapping[str, Rule],
    *,
    as_of: int,
    zone: ZoneInfo,
    listed: Mapping[str, Any],
    wanted: tuple[str, ...] | None = None,
) -> dict[str, Bools]:
    """Members per rule among the contacts of the last part only, beside all others."""
    population = contacts.agreement.typed(rules.values())[-1]
    missing = held_attributes(rules) - population.histories.keys()
    given = _given(population, listed, rules)
    known = read_histories(population, missing)
    return dict(judge(known, rules, as_of=as_of, zone=zone, given=given, wanted=wanted).members)


def beside(one: Population) -> Everyone:
    """A few contacts that were read already beside everyone's last snapshot: for what attributes there are."""
    opened = store.open_newest()
    if opened is None:
        return now(rebuild=False)
    generation, snapshot = opened
    return Everyone(parts=[Part(snapshot), Part(one)], built_at=generation.built_at)


class Preparing(Exception):
    """Something that a rule reads is no column yet; it becomes one in the background."""

    def __init__(self, names: set[str]) -> None:
        listed = ", ".join(f"‘{name}’" for name in sorted(names))
        super().__init__(f"Preparing {listed}: read for the first time, counted in about a minute.")


def ensure(names: set[str], histories: set[str] = frozenset(), *, rebuild: bool = True) -> bool:  # type: ignore[assignment]
    """Make sure that interaction properties, and histories of attributes, are columns; True where that took a snapshot.

    `rebuild=False` (a web page) waits for that only where there are few interactions, and raises `Preparing` otherwise.
    """
    generation = held.mirror().generation or store.newest()
    if generation is None:
        return False
    asked = store.wanted() if rebuild else set()
    missing = generation.lacks(names | asked)
    kept = set(histories) | (store.wanted("histories") if rebuild else set())
    untracked = kept - generation.histories
    if not missing and not untracked:
        return False
    store.want(missing, untracked)
    if not rebuild and generation.interactions > WAITED_FOR:
        raise Preparing(missing | untracked)
    snapshot()
    return True


def snapshot(phase: snapshots.Phase = snapshots.untold) -> tuple[store.Generation, Population]:
    """Write a new generation from the database; two at once do the work once. Raises `Unwritable`.

    `phase` is told the name of each part of the work once it is done.
    """
    return snapshots.write(_clock, phase)


def compact() -> bool:
    """Merge patches into bigger ones, and into a new generation when they are many; True where something was merged.

    Cheap where there is nothing to do, and another process at it is left to it.
    """
    return compacting.compact(_clock)


def _clock() -> datetime:
    """The mirror dates its files itself: no caller knows when a reading began."""
    return datetime.now(UTC)
