"""Who of some contacts may be contacted, by channel, and why the others may not: four groups that add up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Max

from crm.models import Consent, ConsentEntry
from segments.engine import moments
from segments.engine.rules import Attribute
from segments.mirror import everyone
from segments.queries.catalogue import catalogue

Ids = npt.NDArray[np.int64]
# What a channel writes to: the attribute that must be known.
ADDRESSES = {"email": "email", "sms": "phone"}
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
    """What the ledger says of offers, by channel: ids who said yes and ids who said no, sorted."""

    entry: int
    row: int
    read_at: datetime
    yes: dict[str, Ids]
    no: dict[str, Ids]


_kept: dict[str, _Answers] = {}
_reading = Lock()


def reach(members: Ids, *, as_of: datetime) -> list[Reach]:
    """How many of these contacts may be contacted with offers by each channel, and why the others may not."""
    contacts = everyone.now(rebuild=False)
    rules = {channel: Attribute(name, "is_set") for channel, name in ADDRESSES.items()}
    zone = catalogue(contacts).zone
    having, _ = contacts.judge(rules, as_of=moments.to_us(as_of), zone=zone, wanted=tuple(rules))
    answers = _answers(as_of)
    return [_reach(channel, members, contacts.ids[having[channel]], answers) for channel in ADDRESSES]


def _reach(channel: str, members: Ids, addressed: Ids, answers: _Answers) -> Reach:
    said_yes = members[np.isin(members, answers.yes[channel])]
    withdrawn = int(np.count_nonzero(np.isin(members, answers.no[channel])))
    allowed = int(np.count_nonzero(np.isin(said_yes, addressed)))
    return Reach(
        channel=channel,
        allowed=allowed,
        unrecorded=len(members) - len(said_yes) - withdrawn,
        withdrawn=withdrawn,
        unreachable=len(said_yes) - allowed,
    )


def forget() -> None:
    """Read everything again with the next question."""
    _kept.clear()


def _answers(as_of: datetime) -> _Answers:
    """The answers of everybody; after the first reading only what the ledger added is read."""
    entry = ConsentEntry.objects.aggregate(newest=Max("pk"))["newest"] or 0
    row = Consent.objects.aggregate(newest=Max("pk"))["newest"] or 0
    with _reading:
        kept = _kept.get("now")
        if kept and (kept.entry, kept.row) == (entry, row) and _fresh(kept, as_of):
            return kept
        changed = _changed_since(kept, entry, row) if kept and _fresh(kept, as_of) else None
        if kept is None or changed is None:
            kept = _Answers(entry, row, as_of, _read(granted=True), _read(granted=False))
        else:
            kept = _Answers(
                entry,
                row,
                kept.read_at,
                _mended(kept.yes, changed, _read(granted=True, among=changed)),
                _mended(kept.no, changed, _read(granted=False, among=changed)),
            )
        _kept["now"] = kept
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


def _read(*, granted: bool, among: Ids | None = None) -> dict[str, Ids]:
    found = {}
    for channel in ADDRESSES:
        rows = Consent.objects.filter(channel=channel, purpose="offers", granted=granted)
        if among is not None:
            parts = [among[at : at + 500].tolist() for at in range(0, len(among), 500)]
            ids = [
                key
                for part in parts
                for key in rows.filter(contact_id__in=part).values_list("contact_id", flat=True)
            ]
            found[channel] = np.array(sorted(ids), np.int64)
        else:
            stream = rows.order_by("contact_id").values_list("contact_id", flat=True)
            found[channel] = np.fromiter(stream.iterator(chunk_size=20_000), np.int64)
    return found


def _mended(held: dict[str, Ids], changed: Ids, now: dict[str, Ids]) -> dict[str, Ids]:
    return {
        channel: np.union1d(np.setdiff1d(ids, changed, assume_unique=True), now[channel])
        for channel, ids in held.items()
    }
