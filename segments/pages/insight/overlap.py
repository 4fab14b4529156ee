"""How a segment overlaps with others: a table, a heat map of pairs, exact combinations of up to six."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render

from crm.domain.roles import Permission
from crm.kit import sheets
from crm.pages.access import allow
from segments.engine.statistics.overlap import MOST_COMBINED
from segments.models import Segment
from segments.pages.insight.people import builder_url, people_url
from segments.pages.segment import frame_of
from segments.queries.insight.overlapping import (
    Combination,
    Matrix,
    Pair,
    as_of,
    combinations,
    live_segments,
    matrix,
)
from segments.queries.membership.people import document

ON_A_CARD, BESIDE, IN_THE_MAP, COMBINED, ROWS = 4, 50, 10, 4, 24
HEATS = 9


@dataclass(frozen=True)
class Cell:
    """A cell of the heat map: the share of the row's members who are in the column's segment too."""

    hundredths: int
    heat: int
    both: int
    url: str


@dataclass(frozen=True)
class Row:
    """A combination as it is drawn: a dot a segment, filled where it is in, and a line through from first to last."""

    combination: Combination
    dots: list[tuple[Segment, bool, str]]
    people_url: str
    new_url: str


def heat_rows(found: Matrix, shown: Sequence[Segment]) -> list[tuple[Segment, list[Cell]]]:
    """The heat map of some segments of a matrix, row by row."""
    places = {one.pk: index for index, one in enumerate(found.segments)}
    rows = []
    for one in shown:
        size = int(found.counts[places[one.pk], places[one.pk]])
        cells = []
        for other in shown:
            both = int(found.counts[places[one.pk], places[other.pk]])
            share = both / size if size else 0.0
            heat = 0 if not both else min(HEATS, 1 + int(share * HEATS))
            cells.append(Cell(round(100 * share), heat, both, people_url([one.slug, other.slug])))
        rows.append((one, cells))
    return rows


def combination_rows(found: Sequence[Combination], chosen: Sequence[Segment]) -> list[Row]:
    """The combinations ready to be drawn."""
    return [
        Row(
            combination=one,
            dots=_dots([(segment, segment in one.inside) for segment in chosen]),
            people_url=people_url([s.slug for s in one.inside], None, [s.slug for s in one.outside]),
            new_url=builder_url(document(one.inside, one.outside, None)),
        )
        for one in found[:ROWS]
    ]


def _dots(row: Sequence[tuple[Segment, bool]]) -> list[tuple[Segment, bool, str]]:
    """Each dot with its piece of the line: `begin`, `through`, `end`, or none."""
    filled = [place for place, (_, inside) in enumerate(row) if inside]
    first, last = (filled[0], filled[-1]) if len(filled) > 1 else (-1, -2)
    pieces = {first: "begin", last: "end"} | dict.fromkeys(range(first + 1, last), "through")
    return [(segment, inside, pieces.get(place, "")) for place, (segment, inside) in enumerate(row)]


def _with(segment: Segment) -> list[Segment]:
    """The live segments, and this one even where it is archived."""
    found = live_segments()
    return found if any(one.pk == segment.pk for one in found) else [segment, *found]


def chosen_of(request: HttpRequest, segment: Segment, pairs: Sequence[Pair]) -> list[Segment]:
    """The segments to combine: this one with those of the address, else with those it shares most people with."""
    wanted = request.GET.getlist("with")
    others = [pair.other for pair in pairs if pair.other.slug in wanted]
    if not others:
        others = [pair.other for pair in pairs if pair.both][: COMBINED - 1]
    return [segment, *others[: MOST_COMBINED - 1]]


@allow(Permission.VIEW_SEGMENTS)
def segment_overlap(request: HttpRequest, slug: str) -> HttpResponse:
    """With which other segments a segment shares people; htmx fetches the parts."""
    if not request.headers.get("HX-Request"):
        return render(request, "segments/overlap.html", frame_of(request, slug, "overlap"))
    segment = get_object_or_404(Segment, slug=slug)
    found = matrix(_with(segment))
    pairs = found.beside(segment)
    chosen = chosen_of(request, segment, pairs)
    shown = [segment, *(pair.other for pair in pairs[: IN_THE_MAP - 1])]
    together = combinations(chosen)
    user: Any = request.user
    context = {
        "segment": segment,
        "pairs": [(pair, people_url([slug, pair.other.slug])) for pair in pairs[:BESIDE]],
        "more": max(len(pairs) - BESIDE, 0),
        "shown": shown,
        "heat": heat_rows(found, shown),
        "chosen": chosen,
        "choices": [(pair, pair.other in chosen) for pair in pairs],
        "most": MOST_COMBINED,
        "rows": combination_rows(together, chosen),
        "hidden": len(together) - ROWS,
        "largest": max((one.people for one in together), default=0),
        "as_of": as_of(found.segments),
        "may_edit": user.may(Permission.EDIT_SEGMENTS),
    }
    return render(request, "segments/_overlap.html", context)


@allow(Permission.VIEW_SEGMENTS)
def segment_overlap_card(request: HttpRequest, slug: str) -> HttpResponse:
    """The few segments it shares most people with, for the overview."""
    segment = get_object_or_404(Segment, slug=slug)
    pairs = matrix(_with(segment)).beside(segment)
    context = {
        "segment": segment,
        "pairs": [(pair, people_url([slug, pair.other.slug])) for pair in pairs if pair.both][:ON_A_CARD],
        "apart": [pair.other for pair in pairs if not pair.both and pair.theirs][:3],
        "others": len(pairs),
    }
    return render(request, "segments/_overlap_card.html", context)


@allow(Permission.VIEW_SEGMENTS)
def segment_overlap_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every other segment beside this one, as a file."""
    segment = get_object_or_404(Segment, slug=slug)
    found = matrix(_with(segment))
    moment = as_of(found.segments)
    header = ("Segment", "Members", "In both", "Share of this", "Share of that", "Jaccard", "As of")
    rows = (
        (
            pair.other.name,
            pair.theirs,
            pair.both,
            round(pair.both / pair.mine, 6) if pair.mine else "",
            round(pair.both / pair.theirs, 6) if pair.theirs else "",
            round(pair.jaccard, 6),
            moment.isoformat() if moment else "",
        )
        for pair in found.beside(segment)
    )
    return sheets.download(f"{slug}-overlap.csv", header, rows)
