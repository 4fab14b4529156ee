"""Makes segments and saves their rules: each save is a version, and nothing invalid is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.text import slugify

from crm.actions.auditing import record
from crm.actions.publishing import publish
from crm.models import User
from segments.engine.language.check import check
from segments.engine.language.parse import parse_document
from segments.engine.language.refusals import Problem, Refused
from segments.engine.language.sentence import write
from segments.mirror.everyone import Preparing
from segments.models import Segment, SegmentVersion
from segments.queries.building.previewing import Rehearsal, rehearse
from segments.queries.catalogue import catalogue
from segments.queries.segments import references

# Words that stand in addresses of their own below /segments/.
RESERVED = frozenset(
    {
        "compare",
        "draft",
        "draft-from-text",
        "import",
        "labels",
        "lists",
        "movement",
        "new",
        "people",
        "phrase",
    }
    | {"place", "preview", "templates", "values", "why"}
)
ATTEMPTS = 5  # at a slug that others take in the same moment


class Outdated(ValueError):
    """Somebody else saved the segment since the editor opened it."""


def create_segment(
    *,
    name: str,
    rule: dict[str, Any] | None = None,
    kind: str = Segment.DYNAMIC,
    hue: int | None = None,
    label: str = "",
    description: str = "",
    shown_as_badge: bool = True,
    slug: str | None = None,
    note: str = "",
    by: User | None,
    at: datetime,
) -> Segment:
    """A new segment in its first version. Raises `Refused` where name or rule cannot be."""
    name = name.strip()
    if not name:
        raise Refused([Problem("/name", "Give the segment a name.")])
    if len(name) > 120:
        raise Refused([Problem("/name", "A name has at most 120 characters.")])
    document = rule if kind == Segment.DYNAMIC else {}
    sentence = _sentence(document, slug or "") if kind == Segment.DYNAMIC else "Listed by hand."
    with transaction.atomic():
        _check_others(document, slug or "")
        segment = _made(
            slug or name,
            name=name,
            description=description,
            kind=kind,
            hue=hue or _next_hue(),
            label=label,
            shown_as_badge=shown_as_badge,
            rule=document or {},
            sentence=sentence,
            owner=by,
            created_at=at,
            updated_at=at,
        )
        _add_version(segment, note or "First version", by, at)
        record(action="segment.created", subject=f"segment {segment.pk}", by=by, at=at, name=name)
        publish("SegmentSaved", segment=segment.pk)
    return segment


def save_rule(
    *,
    segment: Segment,
    rule: dict[str, Any],
    note: str = "",
    started_from: int | None = None,
    restored_from: int | None = None,
    by: User | None,
    at: datetime,
) -> Segment:
    """The segment with a new version of its rule, with what it would change kept; without a change it stays as it is.

    `started_from` is the version the editor opened. Raises `Refused` with every problem, and `Outdated` where another
    version came in between.
    """
    sentence = _sentence(rule, segment.slug)
    rehearsed = _rehearsed(segment, rule, at)
    with transaction.atomic():
        _check_others(rule, segment.slug)
        if _is_same(segment, rule, started_from):
            segment.refresh_from_db()
            return segment
        changed = Segment.objects.filter(pk=segment.pk, kind=Segment.DYNAMIC)
        if started_from is not None:
            changed = changed.filter(version=started_from)
        if not changed.update(
            rule=rule, sentence=sentence, version=F("version") + 1, problem="", updated_at=at
        ):
            raise Outdated(
                "Somebody saved this segment since you opened it. Your draft is kept; look at theirs first."
            )
        segment.refresh_from_db()
        _add_version(segment, note, by, at, rehearsed=rehearsed, restored_from=restored_from)
        record(
            action="segment.rule_saved",
            subject=f"segment {segment.pk}",
            by=by,
            at=at,
            version=segment.version,
            sentence=sentence,
        )
        publish("SegmentSaved", segment=segment.pk)
    return segment


def _sentence(document: Any, slug: str) -> str:
    known = catalogue(exclude=slug)
    return write(check(parse_document(document), known, slug=slug), known.labels)


def _check_others(document: Any, slug: str) -> None:
    """Look again at a rule that names segments, which are locked until it is saved. Raises `Refused`.

    So two that are saved at once make no circle, and none that is archived meanwhile is named.
    """
    if references(document):
        list(Segment.objects.live().select_for_update().order_by("pk").values_list("pk"))
        _sentence(document, slug)


def _made(wanted: str, **fields: Any) -> Segment:
    """The row of a new segment under a free slug, also where others make one of that name in the same moment."""
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return Segment.objects.create(slug=_free_slug(wanted), **fields)
        except IntegrityError:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _is_same(segment: Segment, rule: Any, started_from: int | None) -> bool:
    """True if the saved rule, of the version the editor began from, says just this."""
    saved = Segment.objects.select_for_update().filter(pk=segment.pk, kind=Segment.DYNAMIC).first()
    if saved is None or (started_from is not None and saved.version != started_from):
        return False
    try:
        return parse_document(saved.rule) == parse_document(rule)
    except Refused:
        return False


def _rehearsed(segment: Segment, rule: Any, at: datetime) -> Rehearsal | None:
    """What saving changes, to be kept with the version; None where it cannot be counted at once."""
    try:
        return rehearse(segment, rule, as_of=at)
    except (Preparing, Refused):
        return None


def _add_version(
    segment: Segment,
    note: str,
    by: User | None,
    at: datetime,
    *,
    rehearsed: Rehearsal | None = None,
    restored_from: int | None = None,
) -> None:
    SegmentVersion.objects.create(
        segment=segment,
        number=segment.version,
        rule=segment.rule,
        sentence=segment.sentence,
        note=note[:300],
        author=by,
        created_at=at,
        restored_from=restored_from,
        joins=rehearsed.joins if rehearsed else None,
        leaves=rehearsed.leaves if rehearsed else None,
        stays=rehearsed.stays if rehearsed else None,
    )


def _free_slug(name: str) -> str:
    base = slugify(name)[:70] or "segment"
    taken = RESERVED | set(Segment.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def _next_hue() -> int:
    """The hue used least; 7 is next to the accent, so it goes last."""
    used = list(Segment.objects.live().values_list("hue", flat=True))
    return min((1, 5, 8, 3, 10, 6, 9, 2, 4, 7), key=used.count)
