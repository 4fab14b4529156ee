"""Writes a batch of interactions: each once, whoever is unknown made a customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crm.actions.delivering import claim, delivered
from crm.actions.holding import gone_of
from crm.actions.importing.inserting import insert_all
from crm.actions.importing.marks import Marks, Occurrences
from crm.actions.importing.people import Written, owners_of, write_people
from crm.domain.import_rows import ContactRow
from crm.domain.interaction_rows import InteractionRow
from crm.models import Interaction, User

# The same for every file: so a longer export of the same rows adds only what is new.
SOURCE = "import"
FIELDS = (
    "id",
    "contact",
    "kind",
    "at",
    "amount",
    "currency",
    "properties",
    "source",
    "message_id",
    "recorded_at",
)


def message_id_of(row: InteractionRow, occurrences: Occurrences) -> str:
    """What makes the row count once: its own id, or its content and how often the file has said that so far."""
    if row.message_id:
        return row.message_id
    times = occurrences.count(row.content)
    return row.content if times == 1 else f"{row.content}-{times}"


def write_interactions(
    rows: Sequence[InteractionRow], ids: Sequence[str], *, by: User | None, at: datetime, source: str
) -> Written:
    """Write a batch inside the caller's transaction; `ids` are the message ids of its rows, in order."""
    written = Written(problems=[(row.number, problem) for row in rows for problem in row.problems])
    known = {message_id for _, message_id in delivered({(SOURCE, message_id) for message_id in ids})}
    fresh: list[tuple[InteractionRow, str]] = []
    for row, message_id in zip(rows, ids, strict=True):
        if message_id in known:
            written.unchanged += 1
        else:
            known.add(message_id)
            fresh.append((row, message_id))
    owners = _owners([row for row, _ in fresh], written, by=by, at=at, source=source)
    claimed = claim([(SOURCE, message_id) for _, message_id in fresh])
    insert_all(
        Interaction,
        FIELDS,
        (
            (
                claimed[SOURCE, message_id],
                owner,
                row.kind,
                row.at,
                row.amount,
                row.currency,
                row.properties,
                SOURCE,
                message_id,
                at,
            )
            for (row, message_id), owner in zip(fresh, owners, strict=True)
            if (SOURCE, message_id) in claimed
        ),
    )
    written.created = len(claimed)
    written.unchanged += len(fresh) - len(claimed)
    written.contacts.update(owners)
    return written


def _owners(
    rows: Sequence[InteractionRow], written: Written, *, by: User | None, at: datetime, source: str
) -> list[int]:
    """The contact of each row; those unknown are made, with the names that the rows give."""
    found = owners_of(naming for row in rows for naming in row.who)
    while gone_of(found.values()):  # merged into another between the look-up and now
        found = owners_of(naming for row in rows for naming in row.who)

    def owner_of(row: InteractionRow) -> int | None:
        return next((found[key] for naming in row.who if (key := naming[:2]) in found), None)

    strangers = [row for row in rows if owner_of(row) is None]
    if strangers:
        made, _ = write_people(
            [ContactRow(row.number, row.identifiers, row.first_name, row.last_name) for row in strangers],
            seen=Marks(),
            by=by,
            at=at,
            source=source,
        )
        written.contacts_created = made.created
        written.problems += made.problems
        found.update(owners_of(naming for row in strangers for naming in row.who))
    return [owner for row in rows if (owner := owner_of(row)) is not None]
