"""How service treats the members of segments."""

from __future__ import annotations

from collections.abc import Collection

from crm.kit.paging import Page, cut, whole
from segments.models import Playbook, Segment

PAGE = 20


def playbooks_of(segment_ids: Collection[int]) -> dict[int, Playbook]:
    """The playbook in use of each segment that has one with something in it; one query."""
    rows = Playbook.objects.filter(segment_id__in=segment_ids, current=True)
    return {playbook.segment_id: playbook for playbook in rows if not playbook.empty}


def current_playbook(segment: Segment) -> Playbook | None:
    """The newest version, an emptied one included; one query."""
    return Playbook.objects.filter(segment=segment, current=True).select_related("author").first()


def playbook_versions(segment: Segment, *, after: str = "", size: int = PAGE) -> Page[Playbook]:
    """Its versions, newest first; `after` is the number of the last one seen. One query."""
    rows = Playbook.objects.filter(segment=segment).select_related("author").order_by("-number")
    key = whole(after)
    if key is not None:
        rows = rows.filter(number__lt=key)
    return cut(list(rows[: size + 1]), size, after=after, key="number")
