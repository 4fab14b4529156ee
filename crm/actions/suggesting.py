"""Looks through all customers for pairs that are likely one person, and remembers which are not."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import transaction
from django.db.models.fields.json import KT

from crm.actions import auditing
from crm.actions.publishing import publish
from crm.domain.likeness import REASONS, keys_of, meaning, score_of
from crm.models import AttributeDefinition, Contact, Duplicate, Identifier, User

CHUNK = 5_000
LOOKED_AT = 50_000  # pairs of a reason that are weighed
MOST = 2_000  # pairs that are suggested at once; more are found once these are done
TOO_COMMON = 6  # a key that more records share says nothing of one person
LOOKED = "duplicates.looked"
Pair = tuple[int, int]
Ints = npt.NDArray[np.int64]


def find_duplicates(*, at: datetime) -> int:
    """How many pairs are suggested now. Each customer is read once, in parts; memory holds two numbers a key.

    Done twice, or by two at once, it leaves the same. What was dismissed stays dismissed; what is no longer alike is
    suggested no more.
    """
    found = _best(_pairs())
    with transaction.atomic():
        known = {(row.first_id, row.second_id): row for row in Duplicate.objects.select_for_update()}
        living = _living({number for pair in found for number in pair})
        wanted = {pair: why for pair, why in found.items() if set(pair) <= living}
        over = [row.pk for pair, row in known.items() if pair not in wanted and row.dismissed_at is None]
        Duplicate.objects.filter(pk__in=over).delete()
        Duplicate.objects.bulk_create(
            [
                Duplicate(first_id=first, second_id=second, reasons=why, score=score_of(why), found_at=at)
                for (first, second), why in wanted.items()
            ],
            batch_size=500,
            update_conflicts=True,
            unique_fields=["first", "second"],
            update_fields=["reasons", "score"],
        )
        suggested = Duplicate.objects.filter(dismissed_at__isnull=True).count()
        auditing.record(action=LOOKED, subject="duplicates", by=None, at=at, pairs=suggested)
    return suggested


def ask(*, by: User, at: datetime) -> None:
    """Have somebody look soon."""
    with transaction.atomic():
        publish("DuplicatesAsked")
        auditing.record(action="duplicates.asked", subject="duplicates", by=by, at=at)


def dismiss(*, pair: Duplicate, by: User, at: datetime) -> None:
    """Remember that the two are not one person; they are not suggested again."""
    with transaction.atomic():
        open_still = Duplicate.objects.filter(pk=pair.pk, dismissed_at__isnull=True)
        if open_still.update(dismissed_at=at, dismissed_by=by):
            _note("dismissed", pair, by, at)


def suggest_again(*, pair: Duplicate, by: User, at: datetime) -> None:
    """Undo `dismiss`."""
    with transaction.atomic():
        dismissed = Duplicate.objects.filter(pk=pair.pk, dismissed_at__isnull=False)
        if dismissed.update(dismissed_at=None, dismissed_by=None):
            _note("suggested_again", pair, by, at)


def _note(what: str, pair: Duplicate, by: User, at: datetime) -> None:
    subject = f"contact {pair.first_id}"
    auditing.record(action=f"duplicate.{what}", subject=subject, by=by, at=at, other=pair.second_id)


def _pairs() -> dict[Pair, list[str]]:
    """Every pair that shares a key, with the reasons."""
    keys = {reason: (array("q"), array("q")) for reason in REASONS}
    for contact, reason, key in _keys():
        keys[reason][0].append(key)
        keys[reason][1].append(contact)
    found: dict[Pair, list[str]] = {}
    for reason, (numbers, contacts) in keys.items():
        sharing = _sharing(np.array(numbers, np.int64), np.array(contacts, np.int64))
        for pair in islice(sharing, LOOKED_AT):
            reasons = found.setdefault(pair, [])
            if reason not in reasons:
                reasons.append(reason)
    return found


def _sharing(keys: Ints, contacts: Ints) -> Iterator[Pair]:
    order = np.lexsort((contacts, keys))
    keys, contacts = keys[order], contacts[order]
    starts = (
        np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))) if len(keys) else np.zeros(0, int)
    )
    sizes = np.diff(np.append(starts, len(keys)))
    for place in np.flatnonzero((sizes > 1) & (sizes <= TOO_COMMON)):
        group = np.unique(contacts[starts[place] : starts[place] + sizes[place]]).tolist()
        yield from ((one, other) for index, one in enumerate(group) for other in group[index + 1 :])


def _keys() -> Iterator[tuple[int, str, int]]:
    """(contact, reason, key) of everybody, a chunk at a time by number."""
    names: dict[str, list[str]] = {"birthday": [], "postcode": []}
    for name in AttributeDefinition.objects.filter(retired_at=None).values_list("name", flat=True):
        if meaning(name) and "__" not in name:
            names[meaning(name)].append(name)
    asked = [name for of_kind in names.values() for name in of_kind]
    read = {f"value_{place}": KT(f"attributes__{name}") for place, name in enumerate(asked)}
    last = 0
    while True:
        rows = list(
            Contact.objects.living()
            .filter(pk__gt=last)
            .order_by("pk")
            .values_list("pk", "first_name", "last_name", "company__name", *read.values())[:CHUNK]
        )
        if not rows:
            return
        yield from _of_chunk(rows, names, asked, after=last, upto=rows[-1][0])
        last = rows[-1][0]


def _of_chunk(
    rows: list[Any], names: dict[str, list[str]], asked: list[str], *, after: int, upto: int
) -> Iterator[tuple[int, str, int]]:
    named: dict[tuple[int, str], list[str]] = {}
    identifiers = Identifier.objects.filter(contact__gt=after, contact__lte=upto).exclude(kind="external_id")
    for contact, kind, value in identifiers.values_list("contact_id", "kind", "value"):
        named.setdefault((contact, kind), []).append(value)
    for pk, first_name, last_name, company, *values in rows:
        held = dict(zip(asked, values, strict=True))
        told = {
            kind: next((str(held[name]) for name in of_kind if held.get(name)), "")
            for kind, of_kind in names.items()
        }
        keys = keys_of(
            first_name,
            last_name,
            emails=named.get((pk, "email"), ()),
            phones=named.get((pk, "phone"), ()),
            company=company or "",
            **told,
        )
        for reason, key in keys:
            yield pk, reason, key


def _best(found: dict[Pair, list[str]]) -> dict[Pair, list[str]]:
    """The likeliest pairs; those that were dismissed do not take the place of others."""
    dismissed = Duplicate.objects.filter(dismissed_at__isnull=False)
    for pair in dismissed.values_list("first_id", "second_id"):
        found.pop(pair, None)
    order = sorted(found.items(), key=lambda item: (-score_of(item[1]), item[0]))
    return dict(order[:MOST])


def _living(ids: set[int]) -> set[int]:
    return set(Contact.objects.living().filter(pk__in=ids).values_list("pk", flat=True))
