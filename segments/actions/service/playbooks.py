"""How service treats a segment's members: written, versioned, an older version again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from crm.actions import auditing
from crm.domain.texts import one_line, some_lines
from crm.models import User
from segments.models import Playbook, Segment

LONGEST = {"do": 2_000, "avoid": 2_000, "offer": 1_000, "tone": 1_000, "escalation": 1_000}


class PlaybookRefused(ValueError):
    """The playbook cannot be kept so; the text says what to do. `part` is what it is about, empty: the whole."""

    def __init__(self, sentence: str, part: str = "") -> None:
        super().__init__(sentence)
        self.part = part


def write(
    *, segment: Segment, parts: Mapping[str, str], note: str, started_from: int, by: User, at: datetime
) -> Playbook:
    """A new version of the playbook, which counts from now on; unchanged text makes no version.

    `started_from` is the number of the version that was edited, 0 for the first. Raises `PlaybookRefused` where
    somebody else wrote one meanwhile, or a part is too long.
    """
    texts = {part: some_lines(parts.get(part, "")) for part in Playbook.PARTS}
    for part, text in texts.items():
        if len(text) > LONGEST[part]:
            raise PlaybookRefused(f"{LONGEST[part]:,} characters at most. Shorten it.", part)
    note = one_line(note)[:300]
    with transaction.atomic():
        Segment.objects.select_for_update().get(pk=segment.pk)
        newest = Playbook.objects.filter(segment=segment).order_by("-number").first()
        if (newest.number if newest else 0) != started_from:
            raise PlaybookRefused(
                "Somebody wrote a newer version while you were writing. Yours is still here: compare, then save again."
            )
        if newest and all(getattr(newest, part) == text for part, text in texts.items()):
            return newest
        if newest is None and not any(texts.values()):
            raise PlaybookRefused("Write at least one line: an empty playbook helps nobody.")
        return _add(segment, texts, note, by=by, at=at)


def restore(*, segment: Segment, number: int, by: User, at: datetime) -> Playbook:
    """An older version's text as the newest. Raises `Playbook.DoesNotExist`."""
    with transaction.atomic():
        Segment.objects.select_for_update().get(pk=segment.pk)
        older = Playbook.objects.get(segment=segment, number=number)
        if older.current:
            return older
        texts = {part: getattr(older, part) for part in Playbook.PARTS}
        return _add(segment, texts, f"Restored from version {number}", by=by, at=at)


def _add(segment: Segment, texts: Mapping[str, str], note: str, *, by: User, at: datetime) -> Playbook:
    rows = Playbook.objects.filter(segment=segment)
    number = (rows.aggregate(last=Max("number"))["last"] or 0) + 1
    rows.filter(current=True).update(current=False)
    made = Playbook.objects.create(
        segment=segment, number=number, note=note, author=by, created_at=at, **texts
    )
    auditing.record(
        action="playbook.written", subject=f"segment {segment.pk}", by=by, at=at, number=number, note=note
    )
    return made
