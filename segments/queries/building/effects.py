"""What saving an edit does to everything that uses the segment: its badge, segments built on it, and uses above."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from django.urls import reverse

from crm.queries.accounts import account_zone
from segments.engine.language import moments
from segments.engine.language.check import Catalogue
from segments.engine.language.rules import segments_read
from segments.mirror import everyone
from segments.models import Segment
from segments.queries.building.counting import opened
from segments.queries.catalogue import Prepared, prepare
from segments.uses import EFFECTS, Edit, Effect, Verbs

BADGE = Verbs(("loses it", "lose it"), ("gets it", "get it"), "nobody loses or gets it")
BUILT_ON = Verbs(("leaves it", "leave it"), ("joins it", "join it"), "its members stay")


def effects_of(edit: Edit) -> list[Effect]:
    """What the edit does to each use, those registered above first, then segments built on it, then its badge."""
    found = [effect for source in EFFECTS.values() for effect in source(edit)]
    return [*found, *_on_segments(edit), *_on_badge(edit)]


def _on_badge(edit: Edit) -> Iterable[Effect]:
    if not edit.segment.shown_as_badge:
        return
    loses, gains = len(edit.leaving), len(edit.joining)
    yield Effect(
        kind="badge",
        name="Badge in service",
        url="",
        icon="people",
        state="beside each member’s name",
        gains=gains,
        loses=loses,
        stays=len(edit.staying),
        words=BADGE.told(loses, gains),
    )


def _on_segments(edit: Edit) -> Iterable[Effect]:
    """Segments whose rules refer to this one, or that refer to such: judged with its members, then with those to be."""
    slug = edit.segment.slug
    ground = opened(slug=slug)
    built = _built_on(slug, ground.known)
    prepared = prepare(ground.known, built, as_of=edit.as_of)
    named = Segment.objects.filter(slug__in=built).order_by("name")
    judged = tuple(one for one in built if one in prepared.rules)
    if not built:
        return
    contacts = ground.contacts
    if everyone.ensure(prepared.properties(), everyone.held_attributes(prepared.rules), rebuild=False):
        contacts = everyone.now(rebuild=False)
    # The edited rule is out of the catalogue, so its members count as listed: those of now, then those to be.
    now, then = (
        contacts.judge(
            prepared.rules,
            as_of=moments.to_us(edit.as_of),
            zone=account_zone(),
            listed=listed,
            wanted=judged,
        )[0]
        for listed in (prepared.listed, prepared.listed | {slug: _members_to_be(edit, prepared)})
    )
    for one in named:
        loses = gains = stays = None
        words = f"cannot be counted: {prepared.problems.get(one.slug, '')}"
        if one.slug in judged:
            before, after = now[one.slug], then[one.slug]
            loses, gains, stays = (
                int(np.count_nonzero(side)) for side in (before & ~after, after & ~before, before & after)
            )
            words = BUILT_ON.told(loses, gains)
        yield Effect(
            kind="segment",
            name=one.name,
            url=reverse("segment", args=[one.slug]),
            icon="gem",
            state="is built on this segment",
            gains=gains,
            loses=loses,
            stays=stays,
            words=words,
        )


def _built_on(slug: str, known: Catalogue) -> list[str]:
    found = {slug}
    while more := {
        one for one, rule in known.rules.items() if one not in found and segments_read(rule) & found
    }:
        found |= more
    return sorted(found - {slug})


def _members_to_be(edit: Edit, prepared: Prepared) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
    """Who would be in it; since when, too, where a rule asks for that: newcomers since the edit."""
    ids = np.union1d(edit.staying, edit.joining)
    known = prepared.listed.get(edit.segment.slug)
    if known is None or isinstance(known, np.ndarray):
        return ids
    since = known if isinstance(known, dict) else dict(zip(*(part.tolist() for part in known), strict=True))
    at = moments.to_us(edit.as_of)
    return ids, np.fromiter((since.get(int(pk), at) for pk in ids), np.int64, len(ids))
