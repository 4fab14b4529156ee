"""What all segments say of a few contacts that were just read, beside everyone else. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

import numpy as np
import numpy.typing as npt

from crm.models import Contact
from segments.engine.judging.agreeing import Part
from segments.engine.judging.apart import judge_apart
from segments.engine.language import moments
from segments.mirror import everyone, patches
from segments.mirror.everyone import Everyone
from segments.mirror.patches import Patch
from segments.mirror.reading import declared_types
from segments.models import Membership, Run, Segment
from segments.queries.catalogue import Prepared, Tables, catalogue, prepare

Ids = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Verdicts:
    """Who is in, by segment: `truths` has a row of bits, one for each living contact of the patch, by slug.

    A segment that cannot be judged has no row; why is among the problems of `prepared`. `seconds` is what it took.
    """

    as_of: datetime
    segments: list[Segment]
    prepared: Prepared
    truths: dict[str, Bools]
    seconds: float


class _Few(Tables):
    """Members of segments among a few contacts."""

    def __init__(self, contacts: Sequence[int]) -> None:
        self._contacts = contacts

    def members(self, slug: str) -> Ids:
        rows = Membership.objects.filter(segment__slug=slug, contact_id__in=self._contacts)
        return np.fromiter(rows.values_list("contact_id", flat=True), np.int64)

    def since(self, slug: str) -> dict[int, int]:
        rows = Membership.objects.filter(segment__slug=slug, contact_id__in=self._contacts)
        return {contact: moments.to_us(at) for contact, at in rows.values_list("contact_id", "since")}


def judge_patch(contacts: Everyone, patch: Patch, *, as_of: datetime) -> Verdicts:
    """Judge the contacts of a patch by every live segment with a rule."""
    known = Everyone(
        parts=[*contacts.parts, Part(patch.population)],
        built_at=contacts.built_at,
        declared=declared_types(),
    )
    chosen = list(Segment.objects.live().filter(kind=Segment.DYNAMIC).order_by("pk"))
    listing = _Few(patch.ids.tolist())
    prepared = prepare(catalogue(known), [one.slug for one in chosen], as_of=as_of, listing=listing)
    begun = perf_counter()
    truths, problems = judge_apart(
        prepared.rules,
        [one.slug for one in chosen if one.slug in prepared.rules],
        lambda rules, names: everyone.judge_last(
            known,
            rules,
            as_of=moments.to_us(as_of),
            zone=prepared.zone,
            listed=prepared.listed,
            wanted=names,
        ),
    )
    prepared.problems.update(problems)
    return Verdicts(as_of, chosen, prepared, truths, perf_counter() - begun)


def rehearse(*, as_of: datetime) -> Verdicts | None:
    """Judge somebody, so that a new process is as quick at the first change as at any other.

    What that loads, the compiled engine first of all, takes a second and a half. None where no run has ended yet: the
    first one compiles the engine, on a new machine for half a minute, and need not do so beside others.
    """
    contacts = everyone.settled() if Run.objects.filter(state=Run.DONE).exists() else None
    somebody = Contact.objects.order_by("pk").values_list("pk", flat=True).first()
    if contacts is None or somebody is None:
        return None
    return judge_patch(contacts, patches.read_changed({somebody}), as_of=as_of)
