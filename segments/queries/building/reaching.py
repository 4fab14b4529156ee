"""Who of some contacts may be contacted, by channel, and why the others may not: four groups that add up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from django.db.models import Max

from crm.models import Consent, ConsentEntry
from segments.engine.language import moments
from segments.engine.language.rules import Attribute
from segments.mirror.everyone import Everyone
from segments.mirror.numbers import numbers

Ids = npt.NDArray[np.int64]
Marks = npt.NDArray[np.uint8]
YES, NO = 1, 2
OFFERS = "offers"
# What a channel writes to: the attribute that must be known. Letters need none that is kept here.
ADDRESSES = {"email": "email", "sms": "phone", "phone": "phone", "post": ""}
SHOWN = ("email", "sms")  # of which the builder speaks
Terms = tuple[str, str]  # a channel and a purpose
MOST_READ_AGAIN = 50_000
READ_ANEW_AFTER = 600  # seconds: what moved without a line in the ledger, as merging does


@dataclass(frozen=True)
class Reach:
    """A channel: `allowed` + `unrecorded` + `withdrawn` + `unreachable` is everybody asked about."""

    channel: str
    allowed: int
    unrecorded: int
    withdrawn: int
    unreachable: int


@dataclass
class _Answers:
    """What the ledger says, by channel and purpose: for each contact id `YES`, `NO` or nothing."""

    entry: int
    row: int
    read_at: datetime
    said: dict[Terms, Marks]


_kept: dict[str, _Answers] = {}
_reading = Lock()


def reach(members: Ids, *, contacts: Everyone, zone: ZoneInfo, as_of: datetime) -> list[Reach]:
    """How many of these contacts may be contacted with offers by each channel, and why the others may not.

    `contacts` is everyone as the caller has them open: the addresses are theirs.
    """
    wanted = [(channel, OFFERS) for channel in SHOWN]
    return reach_by(members, wanted, contacts=contacts, zone=zone, as_of=as_of)


def reach_by(
    members: Ids, wanted: Collection[Terms], *, contacts: Everyone, zone: ZoneInfo, as_of: datetime
) -> list[Reach]:
    """The same for each of these channels and purposes, in their order."""
    having, answers = _ground(wanted, contacts, zone, as_of)
    places = np.searchsorted(contacts.ids, members) if _rising(contacts.ids) else None
    found = []
    for channel, purpose in wanted:
        said, address = _of(answers.said[channel, purpose], members), ADDRESSES[channel]
        yes = said == YES
        agreed = allowed = int(np.count_nonzero(yes))
        if address:
            known = having[address]
            addressed = known[places] if places is not None else np.isin(members, contacts.ids[known])
            allowed = int(np.count_nonzero(yes & addressed))
        withdrawn = int(np.count_nonzero(said == NO))
        found.append(Reach(channel, allowed, len(members) - agreed - withdrawn, withdrawn, agreed - allowed))
    return found


def reached(channel: str, *, contacts: Everyone, zone: ZoneInfo, as_of: datetime) -> Ids:
    """The contacts who may be contacted with offers by a channel, rising: those that `reach` counts as allowed."""
    terms = (channel, OFFERS)
    return reached_by([terms], contacts=contacts, zone=zone, as_of=as_of)[terms]


def reached_by(
    wanted: Collection[Terms], *, contacts: Everyone, zone: ZoneInfo, as_of: datetime
) -> dict[Terms, Ids]:
    """For each channel and purpose who agreed and has the address it needs: contact ids, rising."""
    having, answers = _ground(wanted, contacts, zone, as_of)
    found = {}
    for channel, purpose in wanted:
        address = ADDRESSES[channel]
        ids = contacts.ids[having[address]] if address else contacts.ids
        found[channel, purpose] = np.sort(ids[_of(answers.said[channel, purpose], ids) == YES])
    return found


def _ground(
    wanted: Collection[Terms], contacts: Everyone, zone: ZoneInfo, as_of: datetime
) -> tuple[Mapping[str, npt.NDArray[np.bool_]], _Answers]:
    """By attribute who has the address, in the order of `contacts`; and what everybody said."""
    addresses = {ADDRESSES[channel] for channel, _ in wanted} - {""}
    rules = {name: Attribute(name, "is_set") for name in addresses}
    having: Mapping[str, npt.NDArray[np.bool_]] = {}
    if rules:
        having, _ = contacts.judge(rules, as_of=moments.to_us(as_of), zone=zone, wanted=tuple(rules))
    return having, _answers(as_of, wanted)


def _rising(ids: Ids) -> bool:
    return bool(np.all(ids[1:] > ids[:-1]))


def _of(marks: Marks, ids: Ids) -> Marks:
    """What was said by each of these; ids beyond the last who said anything said nothing."""
    if not len(marks):
        return np.zeros(len(ids), np.uint8)
    found = marks[np.minimum(ids, len(marks) - 1)]
    found[ids >= len(marks)] = 0
    return found


def forget() -> None:
    """Read everything again with the next question."""
    _kept.clear()


def _answers(as_of: datetime, wanted: Collection[Terms]) -> _Answers:
    """The answers of everybody; after the first reading of some terms only what the ledger added is read."""
    entry = ConsentEntry.objects.aggregate(newest=Max("pk"))["newest"] or 0
    row = Consent.objects.aggregate(newest=Max("pk"))["newest"] or 0
    with _reading:
        kept = _kept.get("now")
        if not (kept and (kept.entry, kept.row) == (entry, row) and _fresh(kept, as_of)):
            changed = _changed_since(kept, entry, row) if kept and _fresh(kept, as_of) else None
            said = None if kept is None or changed is None else _mended(kept.said, changed)
            read_at = as_of if kept is None or said is None else kept.read_at
            kept = _kept["now"] = _Answers(entry, row, read_at, said or {})
        for terms in wanted:
            if terms not in kept.said:
                kept.said[terms] = _read(*terms)
        return kept


def _fresh(kept: _Answers, as_of: datetime) -> bool:
    return abs((as_of - kept.read_at).total_seconds()) < READ_ANEW_AFTER


def _changed_since(kept: _Answers, entry: int, row: int) -> Ids | None:
    """The contacts whose answers changed since; None where that is too many, or rows went."""
    if entry < kept.entry or row < kept.row or entry - kept.entry + row - kept.row > MOST_READ_AGAIN:
        return None
    newer: Any = ConsentEntry.objects.filter(pk__gt=kept.entry).values_list("contact_id", flat=True)
    rows: Any = Consent.objects.filter(pk__gt=kept.row).values_list("contact_id", flat=True)
    return np.array(sorted({*newer, *rows}), np.int64)


def _read(channel: str, purpose: str) -> Marks:
    """What everybody said of a channel for a purpose, by contact id."""
    contacts, granted = numbers(
        ("contact_id", "CASE WHEN granted THEN 1 ELSE 0 END"),
        f"{Consent._meta.db_table} WHERE channel = %s AND purpose = %s",
        order="contact_id",
        given=[channel, purpose],
    )
    marks = np.zeros(int(contacts.max(initial=-1)) + 1, np.uint8)
    marks[contacts] = np.where(granted == 1, YES, NO)
    return marks


def _mended(held: dict[Terms, Marks], changed: Ids) -> dict[Terms, Marks]:
    """The answers with those of the changed contacts read again."""
    most = int(changed.max()) + 1 if len(changed) else 0
    found = {}
    for (channel, purpose), marks in held.items():
        grown = np.zeros(max(len(marks), most), np.uint8)
        grown[: len(marks)] = marks
        grown[changed] = 0
        rows = Consent.objects.filter(channel=channel, purpose=purpose)
        for at in range(0, len(changed), 500):
            some = rows.filter(contact_id__in=changed[at : at + 500].tolist())
            for contact, granted in some.values_list("contact_id", "granted"):
                grown[contact] = YES if granted else NO
        found[channel, purpose] = grown
    return found
