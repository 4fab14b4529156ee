"""Records interactions that programs send, many at once, each once only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import IntegrityError, OperationalError, transaction

from crm.actions.auditing import record
from crm.actions.delivering import Key, claim, delivered
from crm.actions.holding import gone_of
from crm.actions.touching import NAMED, touch
from crm.domain.interaction_items import ContactKey, InteractionItem
from crm.domain.search import terms
from crm.models import Contact, ContactChange, Identifier, Interaction, SearchTerm, User
from crm.queries.merging import living_numbers

BATCH = 500
ATTEMPTS = 4


@dataclass(frozen=True)
class Outcome:
    """What became of one item. `contact` and `interaction` are ids, None where refused."""

    status: Literal["created", "duplicate", "refused"]
    contact: int | None = None
    interaction: int | None = None
    reason: str = ""


def record_interactions(
    *, items: Sequence[InteractionItem], origin: str, by: User | None, at: datetime
) -> list[Outcome]:
    """What became of each item, in their order; everything is durable when this returns.

    An item whose (source, message id) is there already, or stood earlier in `items`, is a duplicate. Contacts nobody
    knew are made; `origin` says in their history where they came from. When somebody else records the same at the
    same moment, the whole is tried again and then sees what they wrote.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _record(items, origin, by, at)
        except (IntegrityError, OperationalError):
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _record(items: Sequence[InteractionItem], origin: str, by: User | None, at: datetime) -> list[Outcome]:
    known = _recorded(items)
    fresh: dict[Key, InteractionItem] = {}
    for item in items:
        key = (item.source, item.message_id)
        if key not in known:
            fresh.setdefault(key, item)
    contacts = _held({item.contact for item in fresh.values()})
    missing = {
        item.contact: None
        for item in fresh.values()
        if item.contact not in contacts and item.contact.kind != "id"
    }
    contacts |= _make_contacts(list(missing), origin, by, at)
    wanted = {key: item for key, item in fresh.items() if item.contact in contacts}
    ids = claim(list(wanted))
    if len(ids) < len(wanted):
        raise IntegrityError("Somebody else delivered the same message meanwhile.")
    rows = {key: _row(ids[key], item, contacts[item.contact], at) for key, item in wanted.items()}
    Interaction.objects.bulk_create(rows.values(), batch_size=BATCH)
    if rows:
        touch({row.contact_id for row in rows.values()}, cause="interaction", evidence=_evidence(rows))
        record(
            action="interactions.recorded",
            subject=origin[:60],
            by=by,
            at=at,
            interactions=len(rows),
            contacts_made=len(missing),
        )
    return _outcomes(items, known, rows)


def _evidence(rows: dict[Key, Interaction]) -> dict[int, dict[str, Any]]:
    """By contact the newest interactions of this delivery: what may follow has them as its reason."""
    found: dict[int, list[int]] = {}
    for row in rows.values():
        found.setdefault(row.contact_id, []).append(row.pk)
    return {contact: {"interactions": ids[-NAMED:]} for contact, ids in found.items()}


def _outcomes(
    items: Sequence[InteractionItem],
    known: dict[Key, tuple[int, int | None]],
    rows: dict[Key, Interaction],
) -> list[Outcome]:
    outcomes = []
    told: set[Key] = set()
    for item in items:
        key = (item.source, item.message_id)
        if key in known:
            interaction, contact = known[key]
            outcomes.append(Outcome("duplicate", contact, interaction))
        elif key in rows:
            status: Literal["created", "duplicate"] = "duplicate" if key in told else "created"
            outcomes.append(Outcome(status, rows[key].contact_id, rows[key].pk))
            told.add(key)
        else:
            outcomes.append(
                Outcome("refused", reason=f"There is no contact with the id {item.contact.value}.")
            )
    return outcomes


def _recorded(items: Sequence[InteractionItem]) -> dict[Key, tuple[int, int | None]]:
    """Those of the items that are there already: their interactions, and whose they are; None: erased meanwhile."""
    found = delivered({(item.source, item.message_id) for item in items})
    owners = dict(Interaction.objects.filter(pk__in=found.values()).values_list("pk", "contact_id"))
    return {key: (interaction, owners.get(interaction)) for key, interaction in found.items()}


def _held(keys: Collection[ContactKey]) -> dict[ContactKey, int]:
    """The same, held: who was merged between the look-up and now is looked up again, and then found as the survivor."""
    for _ in range(ATTEMPTS):
        found = _contacts_of(keys)
        if not gone_of(found.values()):
            return found
    raise IntegrityError("Contacts are merged or erased again and again.")


def _contacts_of(keys: Collection[ContactKey]) -> dict[ContactKey, int]:
    """The living contact of each key that has one; a merged contact's id leads to the one it was merged into."""
    by_kind = defaultdict(list)
    for key in keys:
        by_kind[key.kind].append(key)
    found: dict[ContactKey, int] = {}
    for kind, of_kind in by_kind.items():
        if kind == "id":
            ids = living_numbers({int(key.value) for key in of_kind})
            found |= {key: ids[int(key.value)] for key in of_kind if int(key.value) in ids}
        else:
            rows = Identifier.objects.filter(kind=kind, value__in={key.value for key in of_kind})
            owners = dict(rows.values_list("value", "contact_id"))
            found |= {key: owners[key.value] for key in of_kind if key.value in owners}
    return found


def _make_contacts(
    keys: Sequence[ContactKey], origin: str, by: User | None, at: datetime
) -> dict[ContactKey, int]:
    """New contacts with one identifier each, found by search at once; two spellings of one value are one contact."""
    by_value: dict[tuple[str, str], ContactKey] = {}
    for key in keys:
        by_value.setdefault((key.kind, key.value), key)
    made = Contact.objects.bulk_create(
        [Contact(created_at=at, updated_at=at) for _ in by_value], batch_size=BATCH
    )
    pairs = list(zip(by_value.values(), made, strict=True))
    Identifier.objects.bulk_create(
        [
            Identifier(contact=new, kind=key.kind, value=key.value, shown=key.shown[:254])
            for key, new in pairs
        ],
        batch_size=BATCH,
    )
    SearchTerm.objects.bulk_create(
        [
            SearchTerm(contact=new, term=term)
            for key, new in pairs
            for term in terms("", "", [(key.kind, key.value)])
        ],
        batch_size=BATCH,
    )
    ContactChange.objects.bulk_create(
        [
            ContactChange(contact=new, at=at, by=by, source=origin, changes={key.kind: [None, key.shown]})
            for key, new in pairs
        ],
        batch_size=BATCH,
    )
    ids = {value: new.pk for value, new in zip(by_value, made, strict=True)}
    return {key: ids[key.kind, key.value] for key in keys}


def _row(number: int, item: InteractionItem, contact_id: int, at: datetime) -> Interaction:
    return Interaction(
        id=number,
        contact_id=contact_id,
        kind=item.kind,
        at=item.at,
        amount=item.amount,
        currency=item.currency,
        properties=dict(item.properties),
        source=item.source,
        message_id=item.message_id,
        recorded_at=at,
    )
