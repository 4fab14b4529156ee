"""Pairs of customers that are likely one person, for pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from crm.domain.likeness import words_for
from crm.kit.paging import Page
from crm.models import AuditEntry, Duplicate
from crm.queries.contacts import Row, rows_of

PAGE = 25
LOOKED = "duplicates.looked"


@dataclass(frozen=True)
class Pair:
    """Two customers side by side, and why they may be one."""

    duplicate: Duplicate
    first: Row
    second: Row

    @property
    def reasons(self) -> str:
        """In words."""
        return words_for(self.duplicate.reasons)


def suggested(*, dismissed: bool, after: str, size: int = PAGE) -> Page[Pair]:
    """A page of pairs, the likeliest first; the dismissed ones newest first. Three queries."""
    rows = Duplicate.objects.filter(dismissed_at__isnull=not dismissed).select_related("dismissed_by")
    if dismissed:
        rows = rows.order_by("-pk")
        rows = rows.filter(pk__lt=int(after)) if after.isdecimal() else rows
    else:
        rows = rows.order_by("-score", "pk")
        score, _, last = after.partition("-")
        if score.isdecimal() and last.isdecimal():
            rows = rows.filter(Q(score__lt=int(score)) | Q(score=int(score), pk__gt=int(last)))
    found = list(rows[: size + 1])
    shown = found[:size]
    people = {row.contact.pk: row for row in rows_of(_numbers(shown), with_badges=False)}
    pairs = [Pair(one, people[one.first_id], people[one.second_id]) for one in shown]
    end = shown[-1] if len(found) > size else None
    key = "" if end is None else str(end.pk) if dismissed else f"{end.score}-{end.pk}"
    return Page(rows=pairs, next_key=key, first=not after, size=size)


def like(contact_id: int) -> list[tuple[Row, str]]:
    """Who is likely the same person as a customer, with the reasons; three queries, one where nobody is."""
    found = list(
        Duplicate.objects.filter(
            Q(first=contact_id) | Q(second=contact_id), dismissed_at__isnull=True
        ).order_by("-score", "pk")[:3]
    )
    if not found:
        return []
    others = [one.second_id if one.first_id == contact_id else one.first_id for one in found]
    rows = {row.contact.pk: row for row in rows_of(others, with_badges=False)}
    return [
        (rows[other], words_for(one.reasons))
        for one, other in zip(found, others, strict=True)
        if other in rows
    ]


def looked_at() -> datetime | None:
    """When all customers were last looked through; one query."""
    looks = AuditEntry.objects.filter(subject="duplicates", action=LOOKED)
    return looks.order_by("-at").values_list("at", flat=True).first()


def _numbers(pairs: list[Duplicate]) -> list[int]:
    return [number for one in pairs for number in (one.first_id, one.second_id)]
