"""What a help desk may see of a customer: badges, and nothing that is sensitive or not shown as one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from crm.models import Contact, Identifier
from segments.models import Segment
from segments.queries.catalogue import Defined, Written, definitions, written
from segments.queries.explaining import Known, explain_segments
from segments.queries.service.badges import badges_of
from segments.queries.service.standing import Standing, with_feedback


def contact_behind(kind: str, value: str) -> Contact | None:
    """The living contact whom a normalised identifier belongs to; one query."""
    rows = Identifier.objects.filter(
        kind=kind, value=value, contact__erased_at__isnull=True, contact__merged_into__isnull=True
    )
    found = list(rows.select_related("contact__company"))  # one at most
    return found[0].contact if found else None


def open_badges(contact_id: int) -> list[Segment]:
    """The segments a help desk may know this customer is in: shown as badges, with no sensitive attribute behind."""
    sensitive = _sensitive(definitions())
    return without_sensitive(badges_of(contact_id).segments, sensitive, written(archived=bool(sensitive)))


def desk_standings(contact: Contact, *, voter: str, as_of: datetime) -> list[Standing]:
    """The badges with why, until when, playbook and votes, in a fixed number of queries.

    Reasons name no segment but those shown here.
    """
    badges = badges_of(contact.pk)
    if not badges.segments:
        return []
    defined = definitions()
    sensitive = _sensitive(defined)
    there = written(archived=bool(sensitive))
    segments = without_sensitive(badges.segments, sensitive, there)
    if not segments:
        return []
    told = explain_segments(
        contact.pk,
        segments,
        as_of=as_of,
        see_sensitive=False,
        name_others=False,
        already=Known(contact, badges.since, defined, there),
    )
    return with_feedback(contact.pk, told, voter=voter)


def _sensitive(defined: Sequence[Defined]) -> frozenset[str]:
    return frozenset(one.name for one in defined if one.sensitive)


def without_sensitive(
    segments: list[Segment], sensitive: frozenset[str], there: Sequence[Written]
) -> list[Segment]:
    """Those whose rule, with the rules it refers to, reads no sensitive attribute; `there` are all segments."""
    if not sensitive:
        return segments
    rules = {one.slug: one.document for one in there}
    return [segment for segment in segments if not _reads(segment.slug, rules, sensitive)]


def _reads(slug: str, rules: Mapping[str, str], sensitive: frozenset[str]) -> bool:
    """True if the rule of this segment or of one it refers to reads one of these attributes."""
    waiting, seen = [slug], {slug}
    while waiting:
        for key, name in _named(rules.get(waiting.pop(), "null")):
            if key == "attribute" and (name in sensitive or name.partition(".")[0] in sensitive):
                return True
            if key == "segment" and name not in seen:
                seen.add(name)
                waiting.append(name)
    return False


@lru_cache(maxsize=5_000)
def _named(document: str) -> frozenset[tuple[str, str]]:
    """Every (key, text) of a rule's document, at any depth: what it names, whatever its shape."""
    found: set[tuple[str, str]] = set()
    waiting: list[Any] = [json.loads(document)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, str):
                    found.add((key, inner))
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return frozenset(found)
