"""The log of a segment: who entered and left, when, because of what, by which version of its rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from crm.kit.paging import Page, cut, whole
from crm.models import AttributeDefinition, Contact, Interaction
from segments.engine.language.naming import quoted
from segments.engine.why.why import Node, leaves
from segments.models import MembershipChange, Segment
from segments.models.causes import CAUSES
from segments.queries.explaining import explain_segment

PAGE = 50
CHUNK = 2_000
NAMED = 5
CROWD = 20_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEFORE = timedelta(minutes=1)  # the sweep before the one that wrote the line


@dataclass(frozen=True)
class Asked:
    """Which lines: `way` is "in", "out" or nothing; a cause; from and before an instant."""

    way: str = ""
    cause: str = ""
    since: datetime | None = None
    until: datetime | None = None
    after: str = ""


@dataclass(frozen=True)
class Line:
    """One entry or exit; `evidence` are the facts that were kept as deciding, in words."""

    key: str
    pk: int
    contact_id: int
    name: str
    entered: bool
    at: datetime
    cause: str
    version: int
    evidence: list[str] = field(default_factory=list)

    @property
    def because(self) -> str:
        """The cause in words."""
        return CAUSES.get(self.cause, self.cause)


def log_of(segment: Segment, asked: Asked, *, see_sensitive: bool = False, size: int = PAGE) -> Page[Line]:
    """A page of the log, newest first, in at most six queries."""
    found = _chosen(segment, asked)
    order = ("-pk",) if _is_crowded(segment, found, asked, size) else ("-at", "-pk")
    rows = list(found.select_related("contact").order_by(*order)[: size + 1])
    return cut(lines_of(rows, see_sensitive=see_sensitive), size, after=asked.after, key="key")


def every_line(segment: Segment, asked: Asked, *, see_sensitive: bool = False) -> Iterator[Line]:
    """All lines asked for, newest first, in chunks."""
    after = ""
    while True:
        part = Asked(asked.way, asked.cause, asked.since, asked.until, after)
        page = log_of(segment, part, see_sensitive=see_sensitive, size=CHUNK)
        yield from page.rows
        if not page.next_key:
            return
        after = page.next_key


def _is_crowded(segment: Segment, found: QuerySet[MembershipChange], asked: Asked, size: int) -> bool:
    """True where the page ends among very many lines of one instant, as a first count writes them.

    A segment’s lines are numbered in the order of their instants, so both orders are one; but by instant, all lines of
    that one would be sorted, and by number a few lines of other segments are passed over.
    """
    if asked.way or asked.cause:
        return False
    instants = list(found.order_by("-at").values_list("at", flat=True)[: size + 1])
    if len(instants) <= size:
        return False
    same = MembershipChange.objects.filter(segment=segment, at=instants[-1])
    return same.order_by()[: CROWD + 1].count() > CROWD


def _chosen(segment: Segment, asked: Asked) -> QuerySet[MembershipChange]:
    found = MembershipChange.objects.filter(segment=segment)
    if asked.way in ("in", "out"):
        found = found.filter(entered=asked.way == "in")
    if asked.cause in CAUSES:
        found = found.filter(cause=asked.cause)
    if asked.since is not None:
        found = found.filter(at__gte=asked.since)
    if asked.until is not None:
        found = found.filter(at__lt=asked.until)
    moment, _, last = asked.after.partition("~")
    micros, key = whole(moment[:16]), whole(last)
    if micros is not None and key is not None:
        at = EPOCH + timedelta(microseconds=micros)
        found = found.filter(Q(at__lt=at) | Q(at=at, pk__lt=key), at__lte=at)
    return found


def lines_of(rows: Sequence[MembershipChange], *, see_sensitive: bool) -> list[Line]:
    """The lines with their evidence in words, in at most three queries; `contact` must be there."""
    told = _Facts(rows, see_sensitive)
    return [
        Line(
            key=f"{(row.at - EPOCH) // timedelta(microseconds=1)}~{row.pk}",
            pk=row.pk,
            contact_id=row.contact_id,
            name=row.contact.name,
            entered=row.entered,
            at=row.at,
            cause=row.cause,
            version=row.version,
            evidence=told.words(row),
        )
        for row in rows
    ]


class _Facts:
    """Reads at once what the evidence of many lines names."""

    def __init__(self, rows: Sequence[MembershipChange], see_sensitive: bool) -> None:
        held = [row.evidence for row in rows if isinstance(row.evidence, dict)]
        keys = [key for one in held for key in (one.get("interactions") or [])[:NAMED]]
        self.interactions = Interaction.objects.in_bulk(keys) if keys else {}
        names = {name for one in held for name in one.get("attributes") or []}
        known = AttributeDefinition.objects.filter(name__in=names).values_list("name", "label", "sensitive")
        defined = {name: (label, sensitive) for name, label, sensitive in known} if names else {}
        self.labels = {
            name: "a sensitive attribute" if sensitive and not see_sensitive else quoted(label or name)
            for name, (label, sensitive) in defined.items()
        }
        slugs = {slug for one in held for key in ("segments", "through") for slug in one.get(key) or []}
        read = Segment.objects.filter(slug__in=slugs).values_list("slug", "name") if slugs else []
        self.segments = dict(read)

    def words(self, row: MembershipChange) -> list[str]:
        """What decided, as short pieces."""
        kept = row.evidence
        if not isinstance(kept, dict):
            return []
        found = []
        for key in (kept.get("interactions") or [])[:NAMED]:
            one = self.interactions.get(key)
            if one is not None and one.contact_id == row.contact_id:
                found.append(f"{one.kind.replace('_', ' ')} on {one.at:%-d %b %Y}")
        if (more := len(kept.get("interactions") or []) - NAMED) > 0:
            found.append(f"{more} more interactions")
        changed = [self.labels.get(name, quoted(name)) for name in kept.get("attributes") or []]
        if changed:
            found.append(f"{', '.join(dict.fromkeys(changed))} changed")
        if kept.get("segments"):
            found.append(f"in or out of {self._others(kept)}")
        if kept.get("reason"):
            by = f"{kept['by']}: " if kept.get("by") else ""
            until = f", until {datetime.fromisoformat(kept['until']):%-d %b %Y}" if kept.get("until") else ""
            found.append(f"{by}{kept['reason']}{until}")
        return found

    def _others(self, kept: dict[str, Any]) -> str:
        """The other segments: `‘VIP’ (version 3), whose rule was changed, by way of ‘Loyal’`."""
        read, versions = kept["segments"], kept.get("versions") or []
        names = [self._named(slug) for slug in read]
        if len(versions) == len(read):
            names = [f"{name} (version {version})" for name, version in zip(names, versions, strict=True)]
            names[-1] += f", whose {'rule was' if len(read) == 1 else 'rules were'} changed"
        through = ", ".join(self._named(slug) for slug in kept.get("through") or [])
        return f"{', '.join(names)}{f', by way of {through}' if through else ''}"

    def _named(self, slug: str) -> str:
        return quoted(self.segments.get(slug, slug))


def last_move(contact: int, segment: Segment, *, see_sensitive: bool = False) -> Line | None:
    """The newest line of the log about a customer and a segment; in at most four queries."""
    rows = MembershipChange.objects.filter(contact=contact, segment=segment).select_related("contact")
    newest = rows.order_by("-pk").first()
    return None if newest is None else lines_of([newest], see_sensitive=see_sensitive)[0]


@dataclass(frozen=True)
class Turned:
    """A condition whose answer was another a minute before the line was written."""

    asks: str
    before: str
    after: str
    holds: bool


def what_turned(
    contact: Contact, segment: Segment, line: MembershipChange, *, see_sensitive: bool
) -> list[Turned]:
    """The conditions that time turned at a line of the log: asked as of its instant and of a minute before.

    With what is known of the contact today; nothing where the rule is not that of the line any more.
    """
    if segment.kind != Segment.DYNAMIC or line.version != segment.version:
        return []
    now = explain_segment(contact, segment, as_of=line.at, see_sensitive=see_sensitive, then=True)
    before = explain_segment(contact, segment, as_of=line.at - BEFORE, see_sensitive=see_sensitive, then=True)
    if now.why is None or before.why is None:
        return []
    earlier = {leaf.path: leaf for leaf in leaves(before.why.root)}
    return [
        Turned(leaf.asks, _seen(earlier[leaf.path]), _seen(leaf), bool(leaf.holds))
        for leaf in leaves(now.why.root)
        if leaf.path in earlier and leaf.holds != earlier[leaf.path].holds
    ]


def _seen(node: Node) -> str:
    return node.told.seen if node.told else ""
