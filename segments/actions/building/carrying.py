"""Brings a portable file into the account: the segment with those it is built on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from crm.models import User
from segments.actions.building.saving import create_segment
from segments.engine.language.carrying import names_in, renamed
from segments.engine.language.refusals import Problem, Refused
from segments.models import Segment


def import_file(
    *,
    name: str,
    rules: Mapping[str, Any],
    attributes: Mapping[str, str],
    segments: Mapping[str, str],
    by: User,
    at: datetime,
) -> Segment:
    """The segment of a file. `rules` are the file's, its own under ''; `attributes` and `segments` give names new ones.

    Segments it is built on and that this account lacks are made first. Raises `Refused`, and then changes nothing.
    """
    slugs = dict(segments)
    with transaction.atomic():
        for slug in _order(rules, slugs):
            document = {"version": 1, "rule": renamed(rules[slug], attributes, slugs)}
            made = create_segment(
                name=(slug.replace("-", " ").capitalize() or slug)[:120],
                rule=document,
                note=f"Brought along by the file of ‘{name[:80]}’",
                by=by,
                at=at,
            )
            slugs[slug] = made.slug
        document = {"version": 1, "rule": renamed(rules[""], attributes, slugs)}
        return create_segment(name=name, rule=document, note="Imported from a file", by=by, at=at)


def _order(rules: Mapping[str, Any], mapped: Mapping[str, str]) -> list[str]:
    """The segments to be made, those first that others are built on."""
    here = set(Segment.objects.live().filter(slug__in=list(rules)).values_list("slug", flat=True))
    order: list[str] = []

    def visit(slug: str, trail: tuple[str, ...]) -> None:
        if slug in order or slug in here or slug in mapped or slug not in rules:
            return
        if slug in trail:
            raise Refused(
                [Problem("/segments", f"The segments of the file go round in a circle at ‘{slug}’.")]
            )
        for other in sorted(names_in(rules[slug])[1]):
            visit(other, (*trail, slug))
        order.append(slug)

    for slug in sorted(names_in(rules[""])[1]):
        visit(slug, ())
    return order
