"""What a help desk may see of a customer: badges, and nothing that is sensitive or not shown as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from crm.models import AttributeDefinition, Contact, Identifier
from segments.models import Segment
from segments.queries.explaining import explain_segments
from segments.queries.service.badges import badges_of
from segments.queries.service.standing import Standing, with_feedback


def contact_behind(kind: str, value: str) -> Contact | None:
    """The living contact whom a normalised identifier belongs to; one query."""
    rows = Identifier.objects.filter(
        kind=kind, value=value, contact__erased_at__isnull=True, contact__merged_into__isnull=True
    )
    found = rows.select_related("contact").first()
    return found.contact if found else None


def open_badges(contact_id: int) -> list[Segment]:
    """The segments a help desk may know this customer is in: shown as badges, with no sensitive attribute behind."""
    return without_sensitive(badges_of(contact_id).segments)


def desk_standings(contact_id: int, *, voter: str, as_of: datetime) -> list[Standing]:
    """The badges with why, until when, playbook and votes, in a fixed number of queries.

    Reasons name no segment but those shown here.
    """
    badges = badges_of(contact_id)
    segments = without_sensitive(badges.segments)
    if not segments:
        return []
    told = explain_segments(
        contact_id, segments, as_of=as_of, see_sensitive=False, name_others=False, since=badges.since
    )
    return with_feedback(contact_id, told, voter=voter)


def without_sensitive(segments: list[Segment]) -> list[Segment]:
    """Those whose rule, with the rules it refers to, reads no sensitive attribute; two queries."""
    names = AttributeDefinition.objects.filter(sensitive=True).values_list("name", flat=True)
    sensitive = frozenset(names)
    if not sensitive or not segments:
        return segments
    rules = dict(Segment.objects.values_list("slug", "rule"))
    return [segment for segment in segments if not _reads(segment.slug, rules, sensitive)]


def _reads(slug: str, rules: Mapping[str, Any], sensitive: frozenset[str]) -> bool:
    """True if the rule of this segment or of one it refers to reads one of these attributes."""
    waiting, seen = [slug], {slug}
    while waiting:
        for key, name in _named(rules.get(waiting.pop())):
            if key == "attribute" and (name in sensitive or name.partition(".")[0] in sensitive):
                return True
            if key == "segment" and name not in seen:
                seen.add(name)
                waiting.append(name)
    return False


def _named(document: Any) -> Iterator[tuple[str, str]]:
    """Every (key, text) of a rule's document, at any depth: what it names, whatever its shape."""
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, str):
                    yield key, inner
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
