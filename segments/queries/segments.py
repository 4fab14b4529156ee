"""Segments as the list and the pages show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import BigIntegerField, Case, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Greatest

from crm.kit.paging import Page, whole
from segments.models import Segment, SegmentSize, SegmentVersion
from segments.queries.membership.sizes import Day, sizes_since

PAGE = 50
MONTH = 30
STALE_AFTER = timedelta(days=1)
RANKED = ("value", "accuracy")


@dataclass(frozen=True)
class Health:
    """How a segment is, in words: a tone of the visual system, an icon, and what to do where anything is."""

    tone: str
    icon: str
    words: str
    advice: str = ""


@dataclass(frozen=True)
class Listing:
    """What the list was asked for. `order` is name, size, growth, value or accuracy; `after` the key of the last row.

    `among`: only these segments (keys); `ranks`: what value or accuracy sorts by, of every segment that has any.
    """

    words: str = ""
    kind: str = ""
    label: str = ""
    health: str = ""
    archived: bool = False
    order: str = "size"
    after: str = ""
    among: frozenset[int] | None = None
    ranks: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class SegmentRow:
    """One line of the list. `change` is the difference to 30 days ago, None where the size of then is not known."""

    segment: Segment
    before: int | None
    days: list[Day]
    health: Health
    key: str

    @property
    def change(self) -> int | None:
        return None if self.before is None else self.segment.size - self.before


def health_of(segment: Segment, *, at: datetime) -> Health:
    """How a segment is at an instant, the worst first."""
    if segment.archived_at is not None:
        return Health("calm", "clock", "Archived", "Restore it to use it again.")
    if segment.problem:
        return Health("bad", "alert", "Not counted", segment.problem)
    if segment.kind == Segment.DYNAMIC and segment.evaluated_at is None:
        return Health("calm", "clock", "Waits for its first count", "Members appear in a moment.")
    if segment.being_counted:
        older = f"Its members are still those of version {segment.evaluated_version}."
        return Health("calm", "clock", f"Version {segment.version} is being counted", older)
    if segment.size == 0:
        return Health("warn", "alert", "Empty", "Nobody matches. Loosen the rule or archive the segment.")
    if segment.kind == Segment.FIXED:
        return Health("good", "list", "Fixed list")
    if segment.evaluated_at is not None and at - segment.evaluated_at > STALE_AFTER:
        return Health("warn", "clock", "Out of date", "The last count is more than a day old.")
    return Health("good", "check", "Healthy")


def _chosen(asked: Listing) -> QuerySet[Segment]:
    found = Segment.objects.filter(archived_at__isnull=not asked.archived)
    if asked.words:
        found = found.filter(
            Q(name__icontains=asked.words)
            | Q(sentence__icontains=asked.words)
            | Q(description__icontains=asked.words)
            | Q(label__icontains=asked.words)
        )
    if asked.kind in (Segment.DYNAMIC, Segment.FIXED):
        found = found.filter(kind=asked.kind)
    if asked.label:
        found = found.filter(label=asked.label)
    return found if asked.among is None else found.filter(pk__in=asked.among)


def _ordered(found: QuerySet[Segment], asked: Listing, *, at: datetime) -> QuerySet[Segment]:
    """The segments with their size 30 days ago and their sort key, starting after the last one seen."""
    then = SegmentSize.objects.filter(
        segment=OuterRef("pk"), on__lte=(at - timedelta(days=MONTH)).date()
    ).order_by("-on")
    found = found.annotate(before=Subquery(then.values("size")[:1]))
    size, before = Cast("size", BigIntegerField()), Cast(Coalesce("before", "size"), BigIntegerField())
    grown = (size - before) * Value(10_000, BigIntegerField()) / Greatest(before, Value(1, BigIntegerField()))
    if asked.order in RANKED:
        ranks = [When(pk=pk, then=Value(rank)) for pk, rank in asked.ranks.items()]
        found = found.annotate(rank=Case(*ranks, default=Value(-1), output_field=BigIntegerField()))
    elif asked.order != "name":
        found = found.annotate(rank=size if asked.order == "size" else grown)
    value, _, last = asked.after.rpartition("~")
    key, rank = whole(last), whole(value)
    if key is not None and asked.order == "name":
        found = found.filter(Q(name__gt=value) | Q(name=value, pk__gt=key))
    elif key is not None and rank is not None:
        found = found.filter(Q(rank__lt=rank) | Q(rank=rank, pk__gt=key))
    order = ["name", "pk"] if asked.order == "name" else [F("rank").desc(), "pk"]
    return found.order_by(*order)


def list_segments(asked: Listing, *, at: datetime, size: int = PAGE) -> Page[SegmentRow]:
    """A page of segments with 90 days of sizes, in two queries."""
    found = list(_ordered(_chosen(asked), asked, at=at)[: size + 1])
    shown = found[:size]
    days = sizes_since([segment.pk for segment in shown], (at - timedelta(days=90)).date())
    rows = [
        SegmentRow(
            segment=segment,
            before=segment.before,  # type: ignore[attr-defined]
            days=days.get(segment.pk, []),
            health=health_of(segment, at=at),
            key=f"{segment.name if asked.order == 'name' else segment.rank}~{segment.pk}",  # type: ignore[attr-defined]
        )
        for segment in shown
    ]
    return Page(
        rows=rows,
        next_key=rows[-1].key if len(found) > size else "",
        first=not asked.after,
        size=size,
    )


def every_segment(asked: Listing, *, at: datetime) -> Iterator[Segment]:
    """All segments asked for, in their order, with `before`: for a file."""
    return _ordered(_chosen(asked), asked, at=at).iterator(chunk_size=500)


def labels_in_use() -> list[str]:
    """The labels that live segments carry."""
    found = Segment.objects.live().exclude(label="").order_by("label")
    return list(found.values_list("label", flat=True).distinct())


def versions_of(segment: Segment, *, most: int = 100) -> list[SegmentVersion]:
    """The versions of a segment, newest first, with their authors, in one query."""
    return list(
        SegmentVersion.objects.filter(segment=segment).select_related("author").order_by("-number")[:most]
    )


def segments_to_pick(*, besides: int | None = None, most: int = 500) -> list[dict[str, object]]:
    """Live segments a rule may refer to, for the builder."""
    found = Segment.objects.live().order_by("name")
    if besides is not None:
        found = found.exclude(pk=besides)
    return [dict(row) for row in found.values("slug", "name", "size", "hue")[:most]]


def naming(slug: str, *, archived: bool = False) -> list[Segment]:
    """Live segments, or archived ones as well, whose rule refers to the segment with this slug.

    The rules of an account are few (hundreds), so they are read and walked here.
    """
    among = Segment.objects.all() if archived else Segment.objects.live()
    return [
        segment
        for segment in among.filter(kind=Segment.DYNAMIC).order_by("name")
        if slug in references(segment.rule)
    ]


def references(part: object) -> set[str]:
    """The slugs of the segments that a rule document names."""
    found: set[str] = set()
    waiting = [part]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            if isinstance(here.get("segment"), str):
                found.add(here["segment"])
            waiting.extend(here.values())
        elif isinstance(here, list):
            waiting.extend(here)
    return found


USUAL_LABELS = ("Demographic", "Geographic", "Psychographic", "Behavioural", "Value", "Life cycle")


def labels_to_pick() -> list[str]:
    """The labels in use, and the usual ones that are not, each spelling once."""
    used = labels_in_use()
    folded = {label.casefold() for label in used}
    return sorted([*used, *(one for one in USUAL_LABELS if one.casefold() not in folded)], key=str.casefold)


def spelled_as_used(label: str) -> str:
    """The label as other segments spell it, so that ‘value’ and ‘Value’ stay one."""
    plain = " ".join(label.split())
    return next((one for one in labels_to_pick() if one.casefold() == plain.casefold()), plain)
