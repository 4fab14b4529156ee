"""Two customers side by side before they become one, and what was merged into a customer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from crm.domain.joining import (
    COMPANY,
    NAME,
    Answer,
    BadChoice,
    Known,
    Line,
    Word,
    answers_of,
    line_of,
)
from crm.models import AttributeDefinition, Consent, Contact, Identifier, Merge
from crm.personal_data import REGISTRY
from crm.queries.origins import Origin, origins_of

UNDONE_WITHIN = timedelta(days=30)
TAGS = "tags"
MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Choices:
    """What a colleague chose: by part or attribute a side, by kind whose identifier is the first, newer yeses."""

    parts: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    firsts: Mapping[str, int] = field(default_factory=dict)
    answers: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Part:
    """One line of the profile for a page: its name, its label, what both have, and what becomes of it.

    `type` is that of an attribute; `hidden` is True where the viewer may not see the values.
    """

    name: str
    label: str
    line: Line
    survivor: Any
    merged: Any
    type: str = "text"
    hidden: bool = False


@dataclass(frozen=True)
class Named:
    """The identifiers of one kind on both sides; `first`: whose stands first."""

    kind: str
    survivor: Sequence[str]
    merged: Sequence[str]
    first: int


@dataclass(frozen=True)
class Going:
    """How many rows of a kind go over."""

    what: str
    rows: int
    more: bool


@dataclass(frozen=True)
class Preview:
    """Everything that becomes of two customers, for a page."""

    parts: Sequence[Part]
    attributes: Sequence[Part]
    named: Sequence[Named]
    answers: Sequence[Answer]
    going: Sequence[Going]
    earlier: int

    @property
    def differing(self) -> int:
        """So many values differ."""
        return sum(part.line.differs for part in (*self.parts, *self.attributes))


def words_of(contact_id: int) -> dict[tuple[str, str], Word]:
    """What a contact said, by channel and purpose; one query."""
    rows = Consent.objects.filter(contact=contact_id)
    return {(row.channel, row.purpose): Word(row.granted, row.since) for row in rows}


def profile_lines(
    survivor: Contact, merged: Contact, choices: Choices
) -> tuple[dict[str, Line], dict[str, Line]]:
    """What becomes of names and company, and of each attribute; two queries. Raises `BadChoice`.

    How new a value is, is told by the history; what is older than that counts from when the record was made.
    """
    first, second = _Side(survivor), _Side(merged)
    parts = {
        NAME: line_of(
            first.known((survivor.first_name, survivor.last_name), "first_name", "last_name"),
            second.known((merged.first_name, merged.last_name), "first_name", "last_name"),
            choices.parts.get(NAME),
            part=NAME,
        ),
        COMPANY: line_of(
            first.known(survivor.company_id, COMPANY),
            second.known(merged.company_id, COMPANY),
            choices.parts.get(COMPANY),
            part=COMPANY,
        ),
    }
    names = sorted({*survivor.attributes, *merged.attributes})
    unknown = [*(set(choices.parts) - set(parts)), *(set(choices.attributes) - set(names))]
    if unknown:
        raise BadChoice(f"Neither of the two has ‘{unknown[0]}’.", unknown[0])
    attributes = {
        name: line_of(
            first.known(survivor.attributes.get(name), name),
            second.known(merged.attributes.get(name), name),
            choices.attributes.get(name),
            part=name,
            folded=name == TAGS,
        )
        for name in names
    }
    return parts, attributes


class _Side:
    """One of the two, with where each of its values comes from."""

    def __init__(self, contact: Contact) -> None:
        self._made = contact.created_at
        self._origins: Mapping[str, Origin] = origins_of(contact.pk)

    def known(self, value: Any, *names: str) -> Known:
        found = [self._origins[name] for name in names if name in self._origins]
        if not found:
            return Known(value, self._made)
        newest = max(found, key=lambda origin: origin.at)
        return Known(value, newest.at, newest.words)


def preview(survivor: Contact, merged: Contact, choices: Choices, *, see_sensitive: bool) -> Preview:
    """The two side by side, in a fixed number of queries. Raises `BadChoice`."""
    definitions = {row.name: row for row in AttributeDefinition.objects.all()}
    secret = {name for name, row in definitions.items() if row.sensitive and not see_sensitive}
    parts, attributes = profile_lines(survivor, merged, choices)
    both = (survivor, merged)
    shown = {
        NAME: ("Name", *(f"{one.first_name} {one.last_name}".strip() for one in both)),
        COMPANY: ("Company", *(one.company.name if one.company else "" for one in both)),
    }
    return Preview(
        parts=[
            Part(name, shown[name][0], line, shown[name][1], shown[name][2])
            for name, line in parts.items()
            if not (line.survivor.missing and line.merged.missing)
        ],
        attributes=[
            Part(
                name,
                definitions[name].label if name in definitions else name,
                line,
                line.survivor.value,
                line.merged.value,
                definitions[name].type if name in definitions else "text",
                name in secret,
            )
            for name, line in attributes.items()
            if not (line.survivor.missing and line.merged.missing)
        ],
        named=_named(survivor.pk, merged.pk, choices.firsts),
        answers=answers_of(words_of(survivor.pk), words_of(merged.pk), choices.answers),
        going=_going(merged),
        earlier=Contact.objects.filter(merged_into=merged).count(),
    )


def _named(survivor: int, merged: int, firsts: Mapping[str, int]) -> list[Named]:
    rows = Identifier.objects.filter(contact__in=(survivor, merged)).order_by("pk")
    found: dict[tuple[str, int], list[str]] = {}
    for row in rows:
        found.setdefault((row.kind, row.contact_id), []).append(row.shown)
    return [
        Named(
            kind,
            found.get((kind, survivor), []),
            found.get((kind, merged), []),
            firsts.get(kind, survivor),
        )
        for kind in Identifier.KINDS
        if (kind, survivor) in found or (kind, merged) in found
    ]


def _going(merged: Contact) -> list[Going]:
    found = []
    for terms in REGISTRY.values():
        if terms.on_merge not in ("move", "unite") or not terms.export or terms.model is Identifier:
            continue
        rows = terms.model._base_manager.filter(**{terms.link: merged})[: MOST_COUNTED + 1].count()
        if rows:
            found.append(Going(terms.called, min(rows, MOST_COUNTED), rows > MOST_COUNTED))
    return found


def merges_into(contact_id: int) -> list[Merge]:
    """What was merged into a customer and stands, the newest first; one query."""
    rows = Merge.objects.filter(survivor=contact_id, undone_at__isnull=True)
    return list(rows.select_related("merged", "by").order_by("-pk")[:50])


def undoable_until(merge: Merge) -> datetime:
    """Until when a merge can be undone."""
    return merge.at + UNDONE_WITHIN


def living_number(contact_id: int) -> int | None:
    """The number of the living customer that a number stands for now; None: nobody. One query."""
    return living_numbers([contact_id]).get(contact_id)


def living_numbers(ids: Collection[int]) -> dict[int, int]:
    """The number of the living customer that each number stands for now; those that stand for nobody are left out."""
    rows = Contact.objects.filter(
        Q(merged_into__isnull=True) | Q(merged_into__erased_at__isnull=True),
        pk__in=[pk for pk in ids if 0 < pk < 2**63],  # others are no numbers of the database
        erased_at__isnull=True,
    )
    return {pk: merged or pk for pk, merged in rows.values_list("pk", "merged_into")}
